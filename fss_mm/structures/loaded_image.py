"""One image in one role of an episode: which one, and what was loaded.

Shape letters: H W image size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

QUERY, SUPPORT = 'query', 'support'


@dataclass(frozen=True, slots=True)
class ImageRole:
    """An image, the class that is meant, and whether it is a query or a support.

    What a data set loads for it is the same in every episode that has it.

    Args:
        image (int): Index of the image in its data set.
        class_id (int): The class, as in the data set's masks.
        role (str): 'query' or 'support'.
        test (str): Name of the test whose data set has it, where several run at once.
            Defaults to ''.
    """

    image: int
    class_id: int
    role: str
    test: str = ''


@dataclass(frozen=True)
class LoadedImage:
    """What a pipeline made of an image.

    Args:
        image (Tensor): (3, H, W), uint8, in the loader's channel order.
        mask (Tensor, optional): (H, W), uint8: 0, 1 or 255. Its size may differ from
            the image's. Defaults to None: the image has none.
        meta (dict): ``name``, ``img_path``, ``ori_shape`` and ``img_shape`` (height,
            width), ``class_pixels`` of the mask (int; None without one), and ``key``:
            what names these very pixels, None where the pipeline drew at random.
        base_mask (Tensor, optional): (H, W), uint8, labels of the base classes.
            Defaults to None.
    """

    image: Tensor
    mask: Tensor | None = None
    meta: dict = field(default_factory=dict)
    base_mask: Tensor | None = None
