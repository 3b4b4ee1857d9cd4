"""A trained segmentor as files that need no PyTorch.

Shape letters: N images, C classes, K shots, H W image size, h w feature size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor

from ..models import FewShotSegmentor
from ..models.segmentors.arithmetic import Arithmetic
from ..structures import ClassRepresentation, Levels
from ..version import __version__
from .exported import ExportedFile, refuse_existing, write_model
from .graph import OPSET, require_exporter, to_onnx
from .stages import BakedClasses, Classes, EncoderStage, SegmentStage

Size = tuple[int, int]
_IMAGES = dict(images=('batch', 'height', 'width', 'channels'))
# two numbers and sizes of images: what changes between them is of any size in a graph
_SAMPLES: tuple[tuple[int, Size], ...] = ((2, (129, 97)), (3, (161, 129)))


def export_classes(
    segmentor: FewShotSegmentor,
    classes: Classes,
    path: str | Path,
    factors: Mapping[str, float] | None = None,
    size: Size | None = None,
    facts: Mapping[str, str] | None = None,
    opset: int = OPSET,
    overwrite: bool = False,
) -> ExportedFile:
    """Write one file that finds given classes: images in, masks out.

    Input: ``images`` (N, H, W, 3), uint8 RGB, of any number and size. Outputs, at the
    images' own size: ``mask`` (N, H, W), uint8, 0 for the background and 1, 2, ... for
    the classes in order; ``probabilities`` (N, C, H, W), of each class against its
    background; ``logits``, of the same shape. Normalisation is in the graph. What the
    strategies of the segmentor have made of a class is in the file: shots that are kept
    apart, adapted weights, scales. It computes in single precision.

    Args:
        segmentor (FewShotSegmentor): A trained model; it is left as it is.
        classes (Mapping[str, Sequence[ClassRepresentation]]): By name, one for each of
            the segmentor's ``test_scales``, of N = 1.
        path (str | Path): The file.
        factors (Mapping[str, float], optional): Factors on the logits of classes, by
            name, which calibrate them against one another. Defaults to 1 for all.
        size (tuple[int, int], optional): (H, W) that images are resized to in the
            graph, as the model's pipeline does. Defaults to None: they are not.
        facts (Mapping[str, str], optional): Kept in the file beside our own, such as
            ``fingerprint`` and ``license``.
        opset (int): Version of ONNX's operators. Defaults to :data:`.graph.OPSET`.
        overwrite (bool): Whether a file of this name may be replaced.

    Raises:
        FileExistsError: If it is there and may not be.
        ImportError: If the packages of ``fss_mm[export]`` are missing.
        ValueError: If the classes do not fit, or the model cannot be exported.
    """
    path = Path(path)
    require_exporter(opset)
    refuse_existing([path], overwrite)
    factors = dict(factors or {})
    _check_classes(segmentor, classes, factors)
    if size is None and tuple(segmentor.test_scales) != (1,):
        raise ValueError(
            f'test_scales={tuple(segmentor.test_scales)} needs images of one size in '
            'the graph: give size=(H, W) (--size H W), or leave test_scales out'
        )
    plain = _plain_copy(segmentor)
    stage = BakedClasses(plain, classes, factors, size).eval()
    own = dict(
        kind='classes',
        classes=json.dumps(list(classes)),
        factors=json.dumps(list(stage.factors)),
    )
    return _write(
        stage,
        tuple((_images(*sample),) for sample in _SAMPLES),
        _IMAGES,
        ('mask', 'probabilities', 'logits'),
        path,
        _facts(plain, size, opset) | own | dict(facts or {}),
        opset,
    )


def export_stages(
    segmentor: FewShotSegmentor,
    path: str | Path,
    shots: int = 1,
    size: Size | None = None,
    facts: Mapping[str, str] | None = None,
    opset: int = OPSET,
    overwrite: bool = False,
) -> tuple[ExportedFile, ExportedFile]:
    """Write two files: an encoder, and a segment stage that any class is given to.

    ``STEM.encoder.onnx``: ``images`` as in :func:`export_classes` to ``level_0``, ...,
    (N, C, h, w): an image is encoded once, whatever number of classes it is searched
    for. ``STEM.segment.onnx``: levels, and the class as inputs with the names of
    ``ClassRepresentation.tensors()``, (N, ...), to ``logits`` (N, 2, h, w) and
    ``probabilities`` (N, h, w), at the head's resolution.

    Args:
        segmentor (FewShotSegmentor): A trained model; it is left as it is.
        path (str | Path): ``STEM.onnx``.
        shots (int): K of the classes. It matters to models with ``shot_fusion``, which
            keep shots apart: their files take just so many. Defaults to 1.
        size (tuple[int, int], optional): As in :func:`export_classes`.
        facts (Mapping[str, str], optional): Likewise.
        opset (int): Likewise.
        overwrite (bool): Likewise.

    Returns:
        tuple[ExportedFile, ExportedFile]: Encoder and segment stage.

    Raises:
        FileExistsError: As in :func:`export_classes`, as the rest.
        ImportError: Likewise.
        ValueError: If the model cannot be exported in two parts.
    """
    path = Path(path)
    paths = [path.with_suffix(f'.{part}.onnx') for part in ('encoder', 'segment')]
    require_exporter(opset)
    refuse_existing(paths, overwrite)
    _check_stages(segmentor, shots)
    plain = _plain_copy(segmentor)
    encoder = EncoderStage(plain, size).eval()
    samples = tuple((_images(*sample),) for sample in _SAMPLES)
    found = _facts(plain, size, opset) | dict(facts or {})
    with torch.no_grad():
        levels = [encoder(*sample) for sample in samples]
        learned = [_sample_class(plain, n, shots, at) for n, at in _SAMPLES]
    names = [f'level_{i}' for i in range(len(levels[0]))]
    first = _write(
        encoder, samples, _IMAGES, names, paths[0], found | dict(kind='encoder'), opset
    )
    inputs = tuple((maps, one.tensors()) for maps, one in zip(levels, learned))
    second = _write(
        SegmentStage(plain).eval(),
        inputs,
        _axes_of_levels(levels[0]) | _axes_of(learned[0].tensors()),
        ('logits', 'probabilities'),
        paths[1],
        found | dict(kind='segment', shots=str(shots)),
        opset,
    )
    return first, second


def _write(stage, samples, axes, outputs, path, facts, opset) -> ExportedFile:
    """Export a stage, and write its file."""
    model = to_onnx(stage, samples, axes, outputs, opset, facts['head'])
    write_model(model, path, facts)
    return ExportedFile(path, stage, tuple(axes), tuple(outputs), samples[0])


# ---- what can be exported ----------------------------------------------------------


def _check_classes(
    segmentor: FewShotSegmentor, classes: Classes, factors: Mapping[str, float]
) -> None:
    _require_representations(segmentor)
    if not 0 < len(classes) < 256:
        raise ValueError(f'{len(classes)} classes, expected 1 to 255')
    scales = len(segmentor.test_scales)
    for name, found in classes.items():
        if len(found) != scales:
            raise ValueError(
                f'class {name!r} has {len(found)} representations, and the model '
                f'{scales} test_scales: expected one for each'
            )
    if unknown := sorted(set(factors) - set(classes)):
        raise ValueError(f'factors of {unknown}, which are not among {list(classes)}')


def _check_stages(segmentor: FewShotSegmentor, shots: int) -> None:
    _require_representations(segmentor)
    if segmentor.fine_tuning is not None:
        raise ValueError(
            'fine_tuning gives each class weights of its own, and a segment stage has '
            'one set: export given classes (--classes), or the model without it'
        )
    if tuple(segmentor.test_scales) != (1,):
        raise ValueError(
            f'test_scales={tuple(segmentor.test_scales)} runs both parts more than once: '
            'export given classes (--classes), or leave test_scales out'
        )
    segmentor.require_shots(shots)


def _require_representations(segmentor: FewShotSegmentor) -> None:
    head = segmentor.decode_head
    if not head.represents:
        raise ValueError(
            f'{type(head).__name__} cannot be exported: it has a forward alone, and no '
            'class as a value (represent_shots and segment) to put into a file'
        )
    if not hasattr(segmentor.data_preprocessor, 'normalize'):
        raise ValueError(
            f'{type(segmentor.data_preprocessor).__name__} has no normalize(images) to '
            'put into the graph; use FewShotDataPreProcessor'
        )


# ---- what goes into the graph ------------------------------------------------------


def _plain_copy(segmentor: FewShotSegmentor) -> FewShotSegmentor:
    """For tests alone, on the CPU, in single precision; without kept features."""
    copy = deepcopy(segmentor, {id(segmentor.feature_bank): None})
    copy.arithmetic = Arithmetic()
    return copy.cpu().float().eval()


def _images(count: int, size: Size) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    shape = (count, *size, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def _sample_class(
    segmentor: FewShotSegmentor, count: int, shots: int, size: Size
) -> ClassRepresentation:
    """N classes from random supports, for the shapes of what is kept of them."""
    images = _images(count * shots, size).permute(0, 3, 1, 2)
    masks = torch.zeros(count, shots, *size, dtype=torch.uint8)
    masks[..., : size[0] // 2, :] = 1
    images = segmentor.data_preprocessor.normalize(images).unflatten(0, (count, shots))
    supports = segmentor.encode_supports(images, masks)
    return segmentor.represent(segmentor.describe_supports(supports))


def _axes_of_levels(levels: Levels) -> dict[str, Sequence[str]]:
    names = [f'level_{i}' for i in range(len(levels))]
    return {n: ('batch', 'channels', f'{n}_height', f'{n}_width') for n in names}


def _axes_of(tensors: Mapping[str, Tensor]) -> dict[str, Sequence[str]]:
    return {
        name: ('batch', *(f'{name}_{i}' for i in range(1, value.ndim)))
        for name, value in tensors.items()
    }


def _facts(
    segmentor: FewShotSegmentor, size: Size | None, opset: int
) -> dict[str, str]:
    """What a file says of itself."""
    preprocessor, head = segmentor.data_preprocessor, segmentor.decode_head
    return dict(
        fss_mm_version=__version__,
        head=type(head).__name__,
        backbone=type(segmentor.backbone).__name__,
        images='uint8 RGB (batch, height, width, 3); normalised in the graph',
        mean=json.dumps(_numbers(preprocessor.mean)),
        std=json.dumps(_numbers(preprocessor.std)),
        size=json.dumps(size),
        align_corners=json.dumps(head.align_corners),
        opset=str(opset),
    )


def _numbers(values: Tensor) -> list[float]:
    return [round(x, 4) for x in values.flatten().tolist()]
