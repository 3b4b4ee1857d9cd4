"""From an image's files to its pixels, through the pipeline of its role."""

from __future__ import annotations

import copy
import hashlib
import os
import random
from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import Compose
from PIL import Image

from ..index.image_files import first_undecodable
from ..registry import TRANSFORMS
from ..structures import QUERY, SUPPORT, LoadedImage
from ..utils.local_seed import local_seed
from .packing import pack_image


class ImageLoader:
    """Loads images as queries or as supports.

    Args:
        query_pipeline (Sequence[dict]): Transforms of a query.
        support_pipeline (Sequence[dict], optional): Transforms of a support; None for
            those of a query.
    """

    def __init__(
        self,
        query_pipeline: Sequence[dict],
        support_pipeline: Sequence[dict] | None,
    ) -> None:
        if support_pipeline is None:
            support_pipeline = query_pipeline
        configs = {QUERY: query_pipeline, SUPPORT: support_pipeline}
        self.pipelines = {role: _compose(config) for role, config in configs.items()}
        self.digests = {role: _digest(config) for role, config in configs.items()}

    def __call__(self, info: dict, role: str, words: Sequence[int]) -> LoadedImage:
        """Load an image.

        Args:
            info (dict): What the pipeline starts from: ``name``, ``class_id``, paths.
            role (str): 'query' or 'support'.
            words (Sequence[int]): What its transforms draw at random is a function of.

        Raises:
            OSError: If a file cannot be decoded.
            ValueError: If an image and its mask do not fit.
        """
        start = dict(reduce_zero_label=False, seg_fields=[]) | info
        paths = [info.get('img_path'), info.get('seg_map_path')]
        for more in ('more_seg_map_paths', 'ignored_mask_paths'):
            paths += info.get(more, ())
        try:
            with local_seed(*words):
                before = _random_state()
                results = self.pipelines[role](start)
                drew = _random_state() != before
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise OSError(first_undecodable(paths, error)) from error
        except ValueError as error:  # ours name the file, Pillow's do not
            raise ValueError(first_undecodable(paths, error)) from error
        key = None if drew else f'{self.digests[role]} {_pixels_on_disk(results)}'
        return pack_image(results, key)


def _compose(transforms: Sequence[dict]) -> Compose:
    return Compose([TRANSFORMS.build(copy.deepcopy(t)) for t in transforms])


def _digest(transforms: Sequence[dict]) -> str:
    text = repr([dict(transform) for transform in transforms])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _random_state() -> tuple:
    """Where the generators stand that transforms draw from."""
    _, keys, place, *_ = np.random.get_state()
    torch_state = torch.default_generator.get_state().numpy().tobytes()
    return random.getstate(), place, keys.tobytes(), torch_state


def _pixels_on_disk(results: dict) -> str:
    """What names an image's content, and the classes that a pipeline may look at."""
    path = results.get('img_path')
    if path is None:  # drawn
        where = f'{results["name"]} {tuple(results["ori_shape"][:2])}'
    else:
        stat = os.stat(path)
        where = f'{os.path.abspath(path)} {stat.st_size} {stat.st_mtime_ns}'
    how = results.get('ignored_classes'), results.get('img_range')
    reading = results.get('mask_reading')
    return f'{where} {results["class_id"]} {how} {reading and reading.digest}'
