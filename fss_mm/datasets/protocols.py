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
