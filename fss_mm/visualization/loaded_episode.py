"""An episode as the data set loads it: a strip without a prediction, and its caption.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from torch.utils.data import Dataset

from ..structures import Episode, FewShotSegDataSample
from .episode_strip import draw_episode, rgb_images, stack_rows
from .html_page import Entry

LINE_HEIGHT = 16
CHARACTER_WIDTH = 8
BLOCK_WIDTH = 480


@dataclass(frozen=True)
class EpisodePicture:
    """An episode, drawn or not.

    Args:
        episode (Episode): The episode.
        class_name (str): Its class.
        row (np.ndarray, optional): The strip, RGB; None where ``error`` says why not.
        lines (tuple[str, ...]): Names and sizes of the images. Defaults to none.
        error (str): Defaults to ''.
        sample (FewShotSegDataSample, optional): As it was loaded. Defaults to None.
    """

    episode: Episode
    class_name: str
    row: np.ndarray | None
    lines: tuple[str, ...] = ()
    error: str = ''
    sample: FewShotSegDataSample | None = None

    @property
    def heading(self) -> str:
        """Class, seed and number."""
        seed, number = self.episode.seed, self.episode.number
        return f'{self.class_name}: seed {seed}, episode {number}'

    @property
    def file_name(self) -> str:
        """As the pictures of a test are called."""
        class_name = re.sub(r'\W+', '_', self.class_name)
        return f'{self.episode.seed}_{self.episode.number:05d}_{class_name}.png'

    def png(self) -> bytes:
        """A file with the caption above the strip, or the error in its place."""
        lines = (self.heading, *self.lines, *self.error.splitlines())
        if self.row is None:
            return _encode('.png', text_block(lines))
        block = text_block(lines, self.row.shape[1])
        return _encode('.png', stack_rows([block, self.row]))

    def entry(self) -> Entry:
        """The picture's place in a page."""
        picture = None if self.row is None else _encode('.jpg', self.row)
        label = f'{self.episode.seed}/{self.episode.number}'
        return Entry(
            self.class_name, label, self.heading, self.lines, picture, self.error
        )


def draw_or_explain(dataset: Dataset, episode: Episode, flip: bool) -> EpisodePicture:
    """Load and draw an episode, or keep the reason why that cannot be done.

    Args:
        dataset (Dataset): Has ``candidates``.
        episode (Episode): Of that data set.
        flip (bool): Whether the loader's channels are BGR.
    """
    name = dataset.candidates.class_names[episode.class_id]
    try:
        item = dataset[episode]
        sample = item['data_samples']
        lines = tuple(caption_lines(sample))
        row = draw_loaded(item, flip)
        return EpisodePicture(episode, name, row, lines, sample=sample)
    except Exception as error:  # the loaders of a pipeline raise many kinds
        reason = f'{type(error).__name__}: {error}'
        return EpisodePicture(episode, name, None, error=reason)


def draw_loaded(item: dict, flip: bool) -> np.ndarray:
    """Draw an item of the data set: supports, query, truth.

    Args:
        item (dict): ``inputs`` with ``query`` (3, H, W) and ``support`` (K, 3, H, W),
            uint8, which a training without episodes lacks; ``data_samples``, a
            FewShotSegDataSample.
        flip (bool): Whether the channels are BGR.

    Returns:
        np.ndarray: (any, any, 3), uint8, RGB.
    """
    inputs, sample = item['inputs'], item['data_samples']
    alone = 'support' not in inputs
    return draw_episode(
        rgb_images(inputs['query'][None], flip)[0],
        () if alone else rgb_images(inputs['support'], flip),
        () if alone else inputs['support_mask'].numpy(),
        sample.gt_sem_seg.data[0].cpu().numpy(),
    )


def caption_lines(sample: FewShotSegDataSample) -> list[str]:
    """Say what a loaded episode is made of: a line for each image, supports first.

    A line holds the name, the size on disk and, behind an arrow, the size that the
    network gets, as height x width; the query's mask may have a third size. A mask
    without a pixel of the class is told.
    """
    supports = zip(
        sample.support_names,
        sample.support_ori_shapes,
        sample.support_img_shapes,
        sample.support_class_pixels,
    )
    lines = [
        f'support {i}: {name}, {_size(size)} -> {_size(loaded)}{_if_empty(pixels)}'
        for i, (name, size, loaded, pixels) in enumerate(supports, start=1)
    ]
    query = f'query: {sample.query_name}, {_size(sample.ori_shape)}'
    query += f' -> {_size(sample.img_shape)}'
    mask = tuple(sample.gt_sem_seg.shape[-2:])
    if mask != tuple(sample.img_shape):
        query += f', its mask {_size(mask)}'
    return [*lines, f'{query}{_if_empty(sample.class_pixels)}']


def text_block(lines: Sequence[str], width: int = BLOCK_WIDTH) -> np.ndarray:
    """Black text on white, wrapped: (any, at least ``width``, 3), uint8.

    OpenCV's letters are those of ASCII: any other one shows as a question mark.
    """
    width = max(width, BLOCK_WIDTH)
    rows = [
        row for line in lines for row in textwrap.wrap(line, width // CHARACTER_WIDTH)
    ]
    block = np.full((LINE_HEIGHT * len(rows) + 4, width, 3), 255, np.uint8)
    for i, row in enumerate(rows, start=1):
        place = (2, LINE_HEIGHT * i - 4)
        text = row.encode('ascii', 'replace').decode()
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(block, text, place, font, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return block


def _encode(suffix: str, image: np.ndarray) -> bytes:
    """An RGB image as a file."""
    quality = (cv2.IMWRITE_JPEG_QUALITY, 92) if suffix == '.jpg' else ()
    return cv2.imencode(suffix, image[..., ::-1], quality)[1].tobytes()


def _if_empty(pixels: int | None) -> str:
    return ', NO PIXEL OF THE CLASS' if pixels == 0 else ''


def _size(shape: Sequence[int]) -> str:
    return f'{shape[0]} x {shape[1]}'
