"""Named protocols: which images may be drawn for which class.

A number without its protocol is not a result. Here stands how a protocol chooses
images; how it draws and scores episodes stands in the configs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Protocol:
    """How a protocol chooses the images of PASCAL-5^i.

    Args:
        train_split (str): List of the training images.
        val_split (str): List of the test images.
        min_pixels (int): Fewest pixels of the class, at the mask's own size, in an
            image of an episode.
        novel_images (str): What happens in training to images with a pixel of a novel
            class, 'keep' or 'drop'; see ``FewShotSegDataset``.
        source (str): Where the protocol comes from.
    """

    train_split: str
    val_split: str
    min_pixels: int
    novel_images: str
    source: str


PROTOCOLS = dict(
    pfenet=Protocol('pfenet_train', 'val', 2048, 'keep', 'Tian et al., PFENet, 2020'),
    bam=Protocol('pfenet_train', 'val', 2048, 'drop', 'Lang et al., BAM, CVPR 2022'),
)


def check_protocol(name: str, min_pixels: int, novel_images: str | None) -> None:
    """Check that a data set of a named protocol follows it.

    Args:
        name (str): Other names than those of :data:`PROTOCOLS` are not checked.
        min_pixels (int): As the data set has it.
        novel_images (str, optional): Likewise; None where it does not apply.

    Raises:
        ValueError: If one of them is not the protocol's.
    """
    rules = PROTOCOLS.get(name)
    if rules is None:
        return
    given = (min_pixels, novel_images or rules.novel_images)
    if given != (rules.min_pixels, rules.novel_images):
        raise ValueError(
            f'protocol {name!r} means min_pixels={rules.min_pixels} and '
            f'novel_images={rules.novel_images!r}, got min_pixels={given[0]} and '
            f'novel_images={given[1]!r}; give these, or another name'
        )
