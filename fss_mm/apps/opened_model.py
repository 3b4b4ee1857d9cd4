"""A model as the page uses it: opened once, its features kept, one user at a time.

Shape letters: C classes, H W image size, h w feature size.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import RLock

import numpy as np
import torch
from torch.nn import functional as F

from ..inference import FewShotInferencer
from ..inference.class_file import read_classes
from ..inference.learned_class import Labelled, LearnedClass
from ..inference.learning import learn_class
from ..inference.pictures import Picture
from ..inference.prompts import OwnPrompter, Prompt, mask_of
from ..inference.results import SegmentedImage
from ..inference.segmenting import (
    Logits,
    comparable,
    log_odds,
    merge_classes,
    refined_odds,
    segment_batch,
)
from ..inference.supports import encode_supports
from .at_hand import ModelChoice, licence_of, open_choice
from .feature_cache import FeatureCache

_TIMES = 20  # passes whose median is the time a picture


@dataclass(frozen=True)
class Found:
    """Logits of classes in one photograph, from which any threshold makes a mask.

    Args:
        picture (Picture): At the size that is worked with.
        classes (tuple[LearnedClass, ...]): C.
        logits (tuple[Logits, ...]): C, of each test scale (1, 2, h, w).
    """

    picture: Picture
    classes: tuple[LearnedClass, ...]
    logits: tuple[Logits, ...]


class OpenedModel:
    """A model and a strategy, with the features of the pictures that it has seen.

    Args:
        key (tuple[str, str]): Model and strategy.
        choice (ModelChoice): What it is opened from.
        inferencer (FewShotInferencer): It is opened; no class is added to it.
        cache (FeatureCache): Shared with other models.
    """

    def __init__(
        self,
        key: tuple[str, str],
        choice: ModelChoice,
        inferencer: FewShotInferencer,
        cache: FeatureCache,
    ) -> None:
        self.key, self.choice, self.inferencer = key, choice, inferencer
        self.cache = cache
        self.licence = licence_of(choice, inferencer.segmentor)
        self._lock = RLock()  # the network, and GrabCut's memory, one at a time
        self._times: list[float] = []

    @classmethod
    def open(
        cls, key: tuple[str, str], choice: ModelChoice, cache: FeatureCache
    ) -> OpenedModel:
        """Open a model, and look at a grey picture so that its time is known.

        Raises:
            ValueError: If it cannot be opened.
        """
        opened = cls(key, choice, open_choice(choice, key[1]), cache)
        grey = Picture('grey', np.full((64, 64, 3), 128, np.uint8))
        for _ in range(2):  # the first one warms up
            started = time.perf_counter()
            opened.cache.forget(opened.inferencer.segmentor)
            opened._encode_query(grey)
            opened._times = [time.perf_counter() - started]
        return opened

    @property
    def fingerprint(self) -> str:
        """What names the model that a class belongs to."""
        return self.inferencer.fingerprint

    @property
    def seconds(self) -> float:
        """Of encoding a picture, the median of the last ones."""
        return median(self._times)

    def mask_of(self, picture: Picture, prompt: Prompt) -> np.ndarray:
        """What a prompt becomes: (H, W), bool; errors as of the library's."""
        with self._lock:
            own = OwnPrompter(self.inferencer.segmentor, self.inferencer.prepare)
            return mask_of(picture, prompt, own)

    def learn(self, name: str, labelled: Sequence[Labelled]) -> LearnedClass:
        """Learn a class; its photographs are encoded if they never were.

        Raises:
            ValueError: If it cannot be learned.
        """
        segmentor, prepare = self.inferencer.segmentor, self.inferencer.prepare
        with self._lock:
            supports = encode_supports(segmentor, prepare, labelled, self.cache)
            return learn_class(segmentor, name, supports, encode=self.cache)

    def read_classes(self, path: Path) -> list[LearnedClass]:
        """Classes of a file, on the model's device.

        Raises:
            ValueError: If it is no file of classes, is damaged, or of another model.
        """
        device = self.inferencer.segmentor.data_preprocessor.device
        return [one.to(device) for one in read_classes(path, self.fingerprint)]

    def find(self, picture: Picture, classes: Sequence[LearnedClass]) -> list[Logits]:
        """Logits of classes in a photograph, which is encoded if it never was."""
        with self._lock, self._timed():
            image = self.inferencer.prepare.query(picture)
            known = [one.representations for one in classes]
            segmentor = self.inferencer.segmentor
            return segment_batch(segmentor, [image], known, self.cache)

    def segmented(
        self, found: Found, size: tuple[int, int], threshold: float = 0.5
    ) -> SegmentedImage:
        """One mask of all classes.

        Args:
            found (Found): Of one photograph.
            size (tuple[int, int]): H and W of the mask.
            threshold (float): Of a class's probability; 0.5 is the model's own mask.
        """
        shift = math.log(threshold / (1 - threshold))
        levels: Sequence[float] = comparable([one.level for one in found.classes])
        with self._lock, torch.inference_mode():
            odds, levels = self._odds(found, size, levels)
            mask, _ = merge_classes([own - shift for own in odds], levels)
            scores = _scores(odds, mask)
        names = tuple(one.name for one in found.classes)
        pixels = found.picture.pixels
        known = dict(zip(names, scores))
        return SegmentedImage(found.picture.name, mask, names, known, pixels)

    def _odds(self, found: Found, size: tuple[int, int], levels: Sequence[float]):
        segmentor = self.inferencer.segmentor
        if segmentor.refiner is None:
            return [log_odds(segmentor, own, size) for own in found.logits], levels
        shown = found.picture.size  # a refiner looks at the picture as it is kept
        odds = [log_odds(segmentor, own, shown) for own in found.logits]
        odds, levels = refined_odds(segmentor, odds, levels, found.picture.pixels)
        if size == shown:
            return odds, levels
        resized = [F.interpolate(o[None, None], size, mode='bilinear') for o in odds]
        return [one[0, 0] for one in resized], levels

    def _encode_query(self, picture: Picture) -> None:
        from ..inference.segmenting import computing
        from ..structures import QUERY

        with self._lock, computing(self.inferencer.segmentor):
            image = self.inferencer.prepare.query(picture)
            self.cache(self.inferencer.segmentor, QUERY, [image])

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Note how long it took, if a picture was encoded."""
        before, started = self.cache.passes, time.perf_counter()
        yield
        if self.cache.passes != before:
            self._times = [*self._times, time.perf_counter() - started][-_TIMES:]


def _scores(odds: Sequence[torch.Tensor], mask: np.ndarray) -> list[float]:
    """Of each class the mean probability where it was found, 0 if it was not."""
    places = torch.from_numpy(mask).to(odds[0].device)
    found = [own[places == place] for place, own in enumerate(odds, start=1)]
    return [float(own.sigmoid().mean()) if own.numel() else 0.0 for own in found]
