"""A class that was learned from a user's supports.

Shape letters: K supports, H W size of a photograph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from ..engine.describe_images import Scales
from ..structures import ClassRepresentation, LoadedImage
from .pictures import Picture
from .prompts.kinds import Prompt


@dataclass(frozen=True)
class Labelled:
    """A photograph in which a class is marked.

    Args:
        picture (Picture): The photograph.
        labels (np.ndarray): (H, W), uint8: 0 background, 1 the class, 255 counts
            nowhere.
        prompt (Prompt, optional): What the labels were made of. Defaults to None: a
            mask.
    """

    picture: Picture = field(repr=False)
    labels: np.ndarray = field(repr=False)
    prompt: Prompt | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Support:
    """What a class is learned from, and held out by; nothing of it is kept then.

    Args:
        labels (np.ndarray): (H, W), uint8, in the photograph's size: 0, 1 and 255.
        image (LoadedImage): The photograph prepared as a query, for what holds it out.
        features (tuple[SupportFeatures]): (1, 1, ...), of each test scale.
    """

    labels: np.ndarray = field(repr=False)
    image: LoadedImage = field(repr=False)
    features: Scales = field(repr=False)


@dataclass(frozen=True)
class LearnedClass:
    """A class as it is looked for in images.

    Args:
        name (str): Its name.
        representations (tuple[ClassRepresentation, ...]): (1, ...), of each test scale.
        num_supports (int): K.
        level (float): What log-odds it usually has where it is
            (:func:`~.learning.learn_class`): the unit in which it is compared with
            other classes.
        origin (str): Hash of what it was learned from: the name, supports, masks and
            whether weights were tuned. Together with the model's fingerprint it says
            which class this is, also where threads or GPUs round it otherwise.
        held_out_ious (tuple[float, ...]): Of each support as a query for the others, in
            percent; empty where there is but one.
        supports (tuple[Labelled, ...]): The photographs, which ``show_supports`` draws:
            three bytes a pixel, and one of the labels. Empty for a class read from a
            file.

    Raises:
        ValueError: If there is no representation, or a value is no number.
    """

    name: str
    representations: tuple[ClassRepresentation, ...] = field(repr=False)
    num_supports: int
    level: float
    origin: str
    held_out_ious: tuple[float, ...] = ()
    supports: tuple[Labelled, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        finite = all(map(_is_finite, self.representations)) and self.representations
        if not (finite and math.isfinite(self.level) and self.level > 0):
            raise ValueError(
                f'class {self.name!r} holds values that are no numbers: no pixel would '
                'be found. Look whether the weights are those of a training that '
                'diverged, or compute in float32'
            )

    def tensors(self) -> dict[str, Tensor]:
        """All that it is looked for by, by names with the scale in front."""
        return {
            f'{scale}.{name}': value
            for scale, one in enumerate(self.representations)
            for name, value in one.tensors().items()
        }

    @property
    def is_adapted(self) -> bool:
        """Whether it brings weights of its own."""
        return bool(self.representations[0].weights)

    @property
    def mean_iou(self) -> float:
        """Mean of ``held_out_ious``, in percent; NaN where there are none."""
        return float(np.mean(self.held_out_ious)) if self.held_out_ious else np.nan

    def to(self, device: torch.device) -> LearnedClass:
        """The same with its tensors on a device."""
        moved = [one.map(lambda x: x.to(device)) for one in self.representations]
        return replace(self, representations=tuple(moved))


def _is_finite(one: ClassRepresentation) -> bool:
    return all(bool(x.isfinite().all()) for x in one.tensors().values())
