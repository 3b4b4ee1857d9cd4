"""What was found in one image.

Shape letters: H W size of a photograph, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample


@dataclass(frozen=True)
class SegmentedImage:
    """An image with its mask.

    Args:
        name (str): Of the image, as it was passed.
        mask (np.ndarray): (H, W), uint8: 0 background, else the place in ``classes``
            from 1 on.
        classes (tuple[str, ...]): C names.
        scores (dict[str, float]): Of each class the mean probability where it was
            found, 0 if it was not.
        pixels (np.ndarray): (H, W, 3), uint8, BGR: the image itself.
        probabilities (np.ndarray, optional): (C, H, W), float32, of each class against
            its background, if they were asked for; the refined ones, where a refiner
            is on. Defaults to None.
    """

    name: str
    mask: np.ndarray = field(repr=False)
    classes: tuple[str, ...]
    scores: dict[str, float]
    pixels: np.ndarray = field(repr=False)
    probabilities: np.ndarray | None = field(default=None, repr=False)

    @property
    def data_sample(self) -> SegDataSample:
        """The same as mmseg's data sample: ``pred_sem_seg`` (1, H, W), and names."""
        found = SegDataSample(
            metainfo=dict(
                img_path=self.name, ori_shape=self.mask.shape, classes=self.classes
            )
        )
        found.pred_sem_seg = PixelData(data=torch.from_numpy(self.mask)[None])
        return found

    def mask_of(self, name: str) -> np.ndarray:
        """Where one class is: (H, W), bool.

        Raises:
            ValueError: If no class has this name.
        """
        if name not in self.classes:
            raise ValueError(f'no class {name!r}; there are {", ".join(self.classes)}')
        return self.mask == 1 + self.classes.index(name)
