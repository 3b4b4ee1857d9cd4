"""Errors in both images of a pair, and how alike they are (SimPropNet section 3.1).

For a pair of images A and B of a class, the ratio of inner products

    (Z^e(A) . Z^e(B)) / (Z^g(A) . Z^g(B))

of vectors of the mispredicted pixels and of the objects. What the paper leaves open:

- *Which prediction.* An error needs a support: A is segmented with B as its support,
  and B with A, so that both errors are of this pair. No head has to predict supports.
- *Which pixels are mispredicted.* Missed and added ones together; each kind by itself
  is measured, too.
- *Which features.* The paper's are of a VGG-16, of an unnamed layer; here those of the
  model's own backbone at the levels of its head, or of any other encoder.
- *A yardstick.* What the paper does not measure: the ratio of the pixels that were
  found, and that of the background. If any two regions of the images have a ratio near
  1, a high one of the errors tells nothing of errors.

Shape letters: P pairs, C channels, H W mask size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ..evaluation.markdown import markdown_table
from ..models.segmentors.image_encoder import ImageEncoder
from ..structures import Episode
from .figures import new_figure, png_of
from .levels import chosen
from .regions import by_class, cosines, inner_ratio, region_vectors, show, stacked
from .result import AnalysisResult
from .streams import encoded_images, predicted_samples
from .subject import Subject, distinct_pairs

NAME = 'error_similarity'
PARTS = ('errors', 'missed', 'added', 'found', 'background')
PAPER = '.87 ± .25 (CANet, VGG-16, 1,000 pairs of PASCAL VOC)'
WORDS = (
    'Ratio: inner product of the vectors of a part in both images, over that of the '
    'objects (ground truth); mean ± standard deviation over the pairs. Cosines: the '
    'same of vectors of length 1. Each image is segmented with the other one as its '
    'support. Errors: missed and added pixels together. Pairs in which an image has no '
    f'such part are left out. The paper: {PAPER}.'
)
Key = tuple[int, int, int]  # class, image, support


def error_regions(prediction: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """The parts of an image by what was said of them.

    Args:
        prediction (Tensor): (H, W), 0 or 1.
        mask (Tensor): (H, W): 0, 1 or 255, which is in no part.

    Returns:
        dict[str, Tensor]: Names of :data:`PARTS`, and 'object', to (H, W) bool.
    """
    said, fg, bg = prediction == 1, mask == 1, mask == 0
    missed, added = fg & ~said, bg & said
    return dict(
        errors=missed | added,
        missed=missed,
        added=added,
        found=fg & said,
        background=bg,
        object=fg,
    )


def measure_error_similarity(
    subject: Subject, encoder: ImageEncoder, levels: Sequence[int] | None
) -> tuple[np.ndarray, dict[str, dict[str, np.ndarray]]]:
    """Ratios and cosines of the parts of both images of pairs.

    Args:
        subject (Subject): Model and episodes, of one shot.
        encoder (ImageEncoder): Whose features are pooled, on its device.
        levels (Sequence[int], optional): Of its backbone; None for all.

    Returns:
        tuple: Class ids (P,); 'ratio' and 'cosine' to names of :data:`PARTS` to (P,),
        nan where an image has no such part.

    Raises:
        ValueError: If episodes have several shots, or there is no such level.
    """
    pairs = distinct_pairs(subject.loader)
    predictions = predict_both_ways(subject, pairs)
    vectors = part_vectors(encoder, subject.loader, predictions, levels)
    both = [
        [(p.class_id, p.query, p.supports[0]) for p in pairs],
        [(p.class_id, p.supports[0], p.query) for p in pairs],
    ]
    sides = [
        {name: stacked([vectors[k][name] for k in keys]) for name in (*PARTS, 'object')}
        for keys in both
    ]
    return np.array([p.class_id for p in pairs]), part_similarities(*sides)


def part_similarities(
    a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]
) -> dict[str, dict[str, np.ndarray]]:
    """Ratios and cosines of parts, of their vectors (P, C) in both images."""
    objects = cosines(a['object'], b['object'])
    ratio = {n: inner_ratio(a[n], b[n], a['object'], b['object']) for n in PARTS}
    return dict(
        ratio=ratio,
        cosine={n: cosines(a[n], b[n]) for n in PARTS} | dict(objects=objects),
    )


def predict_both_ways(
    subject: Subject, pairs: Sequence[Episode]
) -> dict[Key, tuple[np.ndarray, tuple[int, int]]]:
    """Predictions of both images of pairs, each with the other one as its support.

    Returns:
        dict: Class, image and support to a packed mask and its (H, W).
    """
    swapped = [replace(p, query=p.supports[0], supports=(p.query,)) for p in pairs]
    found = {}
    samples = predicted_samples(subject.model, subject.loader, [*pairs, *swapped])
    for sample in samples:
        episode, mask = sample.episode, sample.pred_sem_seg.data[0].cpu().numpy()
        key = episode.class_id, episode.query, episode.supports[0]
        found[key] = np.packbits(mask == 1), mask.shape
    return found


def part_vectors(
    encoder: ImageEncoder,
    loader: DataLoader,
    predictions: Mapping[Key, tuple[np.ndarray, tuple[int, int]]],
    levels: Sequence[int] | None,
) -> dict[Key, dict[str, np.ndarray | None]]:
    """Vectors of the parts that predictions divide images into."""
    by_image = defaultdict(list)
    for key in predictions:
        by_image[key[1], key[0]].append(key)
    vectors: dict[Key, dict[str, np.ndarray | None]] = {}
    for pair, image, features in encoded_images(encoder, loader, list(by_image)):
        regions = {}
        for key in by_image[pair]:
            said = unpacked(*predictions[key])
            parts = error_regions(said, image.mask)
            regions |= {(key, name): part for name, part in parts.items()}
        found = region_vectors(chosen(features.levels, levels), regions)
        for (key, name), vector in found.items():
            vectors.setdefault(key, {})[name] = vector
    return vectors


def unpacked(packed: np.ndarray, size: tuple[int, int]) -> Tensor:
    """A mask (H, W) of 0 and 1 from its bits."""
    flat = np.unpackbits(packed, count=size[0] * size[1])
    return torch.from_numpy(flat.reshape(size))


def describe_error_similarity(
    class_ids: np.ndarray,
    found: Mapping[str, Mapping[str, np.ndarray]],
    classes: Sequence[str],
    facts: Mapping,
) -> AnalysisResult:
    """The tables, numbers and picture of :func:`measure_error_similarity`."""
    table = {
        kind: {name: by_class(v, class_ids, classes) for name, v in values.items()}
        for kind, values in found.items()
    }
    parts = [
        [n, *_cells(table['ratio'].get(n)), *_cells(table['cosine'][n])[1:]]
        for n in table['cosine']
    ]
    names = list(table['ratio']['errors'])
    rows = [
        [name, *_cells(table['ratio']['errors'], name),
         *(show(table['ratio'][part][name]) for part in PARTS[1:])]
        for name in names
    ]  # fmt: skip
    return AnalysisResult(
        NAME,
        'How alike the errors in both images of a pair are',
        [
            markdown_table(['part', 'pairs', 'ratio', 'cosine'], parts),
            'Ratios by class:',
            markdown_table(['class', 'pairs', *PARTS], rows),
            WORDS,
        ],
        table,
        {'Measured on': facts},
        _picture(found['ratio']),
    )


def _cells(column: Mapping[str, Mapping] | None, name: str = 'all') -> list[str]:
    """Number of pairs, mean and spread."""
    return (
        ['-', '-'] if column is None else [str(column[name]['n']), show(column[name])]
    )


def _picture(ratios: Mapping[str, np.ndarray]) -> bytes:
    """Histograms of the ratios of errors, found pixels and background."""
    figure = new_figure()
    axes = figure.subplots()
    shown = {name: ratios[name][~np.isnan(ratios[name])] for name in PARTS}
    kept = np.concatenate([shown['errors'], shown['background'], shown['found']])
    top = np.quantile(kept, 0.99) if len(kept) else 1.0
    edges = np.linspace(min(0.0, *kept, 0.0), max(top, 1.5), 41)
    for name in ('errors', 'found', 'background'):
        if not len(shown[name]):
            continue
        label = f'{name}: mean {shown[name].mean():.2f}, {len(shown[name])} pairs'
        clipped = shown[name].clip(edges[0], edges[-1])
        axes.hist(clipped, edges, histtype='step', linewidth=1.8, label=label)
    axes.axvline(
        0.87,
        color='black',
        linestyle=':',
        label='errors in the paper (CANet, VGG-16): .87',
    )
    axes.set_xlabel('ratio of inner products, part over object')
    axes.set_ylabel('pairs')
    axes.legend(fontsize='small')
    return png_of(figure)
