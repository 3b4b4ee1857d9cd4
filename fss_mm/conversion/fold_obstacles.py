"""Why a fold cannot be trained or tested: lines of subject, cause and remedy."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace

from torch.utils.data import Sampler

from ..datasets import FewShotSegDataset
from ..engine.empty_supports import blind_classes
from ..engine.leaks import (
    candidate_images,
    class_names,
    shared_images,
    supervised_pixels,
)
from ..utils.text import shorten
from .class_findings import LEAVE_OUT

_SHOWN = 3
_LISTS = (
    '--train-split and --test-split, two lists of image names (in a config, split of '
    'each data set)'
)
_SHOW_ALL = (
    "--novel-images ignore or keep (in a config novel_images='ignore' or 'keep'), with "
    f'separate images, {_LISTS}'
)


def poor_lines(
    subject: str, part: str, dataset: FewShotSegDataset, known: Collection[str]
) -> list[str]:
    """Why there are no episodes of some of the classes.

    Args:
        subject (str): What to call the fold.
        part (str): 'train', 'val' or 'test'.
        dataset (FewShotSegDataset): Of this part.
        known (Collection[str]): Names of classes that are passed over.
    """
    candidates, needed = dataset.candidates, dataset.num_shots + 1
    few = candidates.poor(needed) if candidates.images else candidates.left_out
    poor = [one for one in few if one.name not in known]
    if not poor:
        return []
    word = _word(part)
    where = f'{subject} ({shorten(list(map(str, poor)), _SHOWN)})'
    if any(one.dropped for one in poor):
        rest = len(candidates.classes) > len(poor)
        remedy = f'use {_SHOW_ALL}' + (f'; or {LEAVE_OUT}' if rest else '')
        return [
            f'{where}: cannot be {word}, since training leaves out the images that '
            f"show a held-out class (novel_images='drop') and too few are left; "
            f'{remedy}'
        ]
    return [
        f'{where}: cannot be {word}, an episode needs {needed} images of its class; '
        f'add images, also to the list of names, or leave classes out with {LEAVE_OUT}'
    ]


def leak_lines(subject: str, built: dict[str, FewShotSegDataset]) -> list[str]:
    """Why ``LeakCheckHook`` would refuse to train.

    Args:
        subject (str): What to call the fold.
        built (dict[str, FewShotSegDataset]): Of 'train', 'val' and 'test'.
    """
    held_out = [built['val'], built['test']]
    trained = supervised_pixels(built['train'], class_names(held_out))
    images = shared_images(
        candidate_images([built['train']]), candidate_images(held_out)
    )
    lines = []
    if trained:
        names = shorten([repr(name) for name, *_ in trained], _SHOWN)
        lines.append(
            f'{subject} ({names}): cannot be trained, a held-out class and a trained '
            'one have the same name but for case, spaces or hyphens; rename or unite '
            'them'
        )
    if images:
        pairs = [f'{one} is {twin}' for one, twin in sorted(images.items())]
        lines.append(
            f'{subject} ({len(images)} images, {shorten(pairs, 1)}): cannot be '
            'trained, training and test share images; remove copies of an image, or '
            f'give both their own, {_LISTS}'
        )
    return lines


def blind_lines(dataset: FewShotSegDataset, sampler: Sampler) -> list[str]:
    """Why ``EmptyMaskHook`` would refuse to train or test: a line for each class.

    Args:
        dataset (FewShotSegDataset): Of a part.
        sampler (Sampler): Of its episodes.
    """
    found = blind_classes(SimpleNamespace(dataset=dataset, sampler=sampler))
    return [
        f'class {name!r}: no support shows a pixel of it where masks are resized to '
        "the config's size; crop the images around the objects, or leave the class out "
        'of --classes'
        for name in found
    ]


def _word(part: str) -> str:
    return 'trained' if part == 'train' else 'tested'
