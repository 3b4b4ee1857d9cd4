"""Any number of images through a model: read, segmented and finished side by side.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

import torch

from ..models import FewShotSegmentor
from ..structures import LoadedImage
from .inputs import NamedInput
from .learned_class import LearnedClass
from .pictures import Picture, UnreadablePicture
from .preparing import Preparation
from .read_ahead import read_ahead
from .results import SegmentedImage
from .segmenting import (
    Logits,
    comparable,
    log_odds,
    merge_classes,
    refined_odds,
    segment_batch,
)

Read = tuple[Picture, LoadedImage] | UnreadablePicture
Segmented = tuple[Picture, list[Logits]] | UnreadablePicture


class SegmentationStream:
    """From named images to results, in order, with few of them in memory.

    Threads read and prepare images before the network needs them, and resize its
    logits to the photographs' sizes after it; the network itself runs in the caller's
    thread.

    Args:
        segmentor (FewShotSegmentor): In eval mode, on its device.
        prepare (Preparation): What is done to an image before the encoder.
        classes (Sequence[LearnedClass]): What to look for.
        batch_size (int): Neighbours of one size that share a pass. Defaults to 1.
        workers (int): Threads for each of the two. Defaults to 2.
    """

    def __init__(
        self,
        segmentor: FewShotSegmentor,
        prepare: Preparation,
        classes: Sequence[LearnedClass],
        batch_size: int = 1,
        workers: int = 2,
    ) -> None:
        self.segmentor, self.prepare = segmentor, prepare
        self.names = tuple(one.name for one in classes)
        self.representations = [one.representations for one in classes]
        self.levels = comparable([one.level for one in classes])
        self.batch_size, self.workers = max(batch_size, 1), workers
        self.ahead = 2 * max(batch_size, workers, 1)

    def __call__(
        self, inputs: Iterable[NamedInput], keep_probabilities: bool = False
    ) -> Iterator[SegmentedImage | UnreadablePicture]:
        """Segment images.

        Args:
            inputs (Iterable[NamedInput]): Any number.
            keep_probabilities (bool): Put them into the results. Defaults to False.

        Yields:
            SegmentedImage | UnreadablePicture: The error of an image that cannot be
            used, in its place.
        """

        def finish(found: Segmented) -> SegmentedImage | UnreadablePicture:
            return self.finish(found, keep_probabilities)

        read = read_ahead(self.read, inputs, self.workers, self.ahead)
        yield from read_ahead(finish, self._segment(read), self.workers, self.ahead)

    def read(self, one: NamedInput) -> Read:
        """Decode an image and prepare it."""
        if isinstance(one.source, UnreadablePicture):
            return one.source
        try:
            picture = self.prepare.reader(one.source, one.name)
            return picture, self.prepare.query(picture)
        except UnreadablePicture as error:
            return error

    def _segment(self, read: Iterable[Read]) -> Iterator[Segmented]:
        for shape, alike in groupby(read, key=_shape):
            if shape is None:
                yield from alike
                continue
            while some := list(islice(alike, self.batch_size)):
                pictures, images = zip(*some)
                found = segment_batch(self.segmentor, images, self.representations)
                for row, picture in enumerate(pictures):
                    own = slice(row, row + 1)
                    yield picture, [tuple(x[own] for x in one) for one in found]

    def finish(
        self, found: Segmented, keep_probabilities: bool = False
    ) -> SegmentedImage | UnreadablePicture:
        """One mask of all classes, in the photograph's size."""
        if isinstance(found, UnreadablePicture):
            return found
        picture, logits = found
        with torch.inference_mode():
            odds = [log_odds(self.segmentor, own, picture.size) for own in logits]
            odds, levels = refined_odds(
                self.segmentor, odds, self.levels, picture.pixels
            )
            mask, scores = merge_classes(odds, levels)
            kept = None
            if keep_probabilities:
                kept = torch.stack(odds).float().sigmoid().cpu().numpy()
        scores = dict(zip(self.names, scores))
        return SegmentedImage(
            picture.name, mask, self.names, scores, picture.pixels, kept
        )


def _shape(one: Read) -> tuple[int, ...] | None:
    return None if isinstance(one, UnreadablePicture) else tuple(one[1].image.shape)
