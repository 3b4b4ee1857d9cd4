"""A trained segmentor as files that need no PyTorch.

Shape letters: N images, C classes, K shots, H W image size, h w feature size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..models import FewShotSegmentor, encoder_licences, require_accepted
from ..models.segmentors.arithmetic import Arithmetic
from ..structures import Levels
from ..version import __version__
from .checks import check_classes, check_stages
from .exported import ExportedFile, onnx_path, refuse_existing, write_model
from .graph import OPSET, require_exporter, to_onnx
from .samples import Size, sample_class, sample_images
from .stages import BakedClasses, Classes, EncoderStage, SegmentStage

_IMAGES = dict(images=('batch', 'height', 'width', 'channels'))
# two numbers and sizes of images: what changes between them is of any size in a graph
_SAMPLES: tuple[tuple[int, Size], ...] = ((2, (129, 97)), (3, (161, 129)))


def export_classes(
    segmentor: FewShotSegmentor,
    classes: Classes,
    path: str | Path,
    levels: Mapping[str, float] | None = None,
    size: Size | None = None,
    facts: Mapping[str, str] | None = None,
    opset: int = OPSET,
    overwrite: bool = False,
    accept_licence: bool = False,
) -> ExportedFile:
    """Write one file that finds given classes: images in, masks out.

    Input: ``images`` (N, H, W, 3), uint8 RGB, of any number and size; normalisation is
    in the graph. Outputs, at the images' own size: ``mask`` (N, H, W), uint8, 0 for the
    background and 1, 2, ... for the classes in order; ``probabilities`` (N, C, H, W),
    of each class against its background; ``logits``, their log-odds, of the same shape.
    What the strategies of the segmentor have made of a class is in the file: shots that
    are kept apart, adapted weights, scales. It computes in single precision.

    Args:
        segmentor (FewShotSegmentor): A trained model; it is left as it is.
        classes (Mapping[str, Sequence[ClassRepresentation]]): By name, one for each of
            the segmentor's ``test_scales``, of N = 1.
        path (str | Path): The file.
        levels (Mapping[str, float], optional): By name, the unit in which a class's
            log-odds are compared with those of others: where several are above 0, the
            largest in its own unit has the pixel. Defaults to 1 for all.
        size (tuple[int, int], optional): (H, W) that images are resized to in the
            graph, as the model's pipeline does. Defaults to None: they are not.
        facts (Mapping[str, str], optional): Kept in the file beside our own, such as
            ``fingerprint`` and ``licence``.
        opset (int): Version of ONNX's operators. Defaults to :data:`.graph.OPSET`.
        overwrite (bool): Whether a file of this name may be replaced.
        accept_licence (bool): Write weights of an encoder whose licence restricts how
            they are passed on (DINOv3's, non-commercial ones). Defaults to False: they
            are refused. The file names the licence either way.

    Raises:
        FileExistsError: If it is there and may not be.
        ImportError: If the packages of ``fss_mm[export]`` are missing.
        ValueError: If the classes do not fit, the model cannot be exported, or a
            licence was not accepted.
    """
    path = onnx_path(path)
    require_exporter(opset)
    refuse_existing([path], overwrite)
    levels = dict(levels or {})
    check_classes(segmentor, classes, levels, size)
    require_accepted(encoder_licences(segmentor), accept_licence)
    plain = _plain_copy(segmentor)
    stage = BakedClasses(plain, classes, levels, size).eval()
    own = dict(
        kind='classes',
        classes=json.dumps(list(classes)),
        levels=json.dumps(list(stage.levels)),
    )
    job = _Job(
        stage,
        tuple((sample_images(*sample),) for sample in _SAMPLES),
        _IMAGES,
        ('mask', 'probabilities', 'logits'),
        _facts(plain, size, opset) | own | dict(facts or {}),
        type(plain.decode_head).__name__,
    )
    return _write([path], [job], opset)[0]


def export_stages(
    segmentor: FewShotSegmentor,
    path: str | Path,
    shots: int = 1,
    size: Size | None = None,
    facts: Mapping[str, str] | None = None,
    opset: int = OPSET,
    overwrite: bool = False,
    accept_licence: bool = False,
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
        accept_licence (bool): Likewise.

    Returns:
        tuple[ExportedFile, ExportedFile]: Encoder and segment stage.

    Raises:
        FileExistsError: As in :func:`export_classes`, as the rest.
        ImportError: Likewise.
        ValueError: If the model cannot be exported in two parts, or a licence was not
            accepted.
    """
    path = onnx_path(path)
    paths = [path.with_suffix(f'.{part}.onnx') for part in ('encoder', 'segment')]
    require_exporter(opset)
    refuse_existing(paths, overwrite)
    check_stages(segmentor, shots)
    require_accepted(encoder_licences(segmentor), accept_licence)
    plain = _plain_copy(segmentor)
    encoder = EncoderStage(plain, size).eval()
    samples = tuple((sample_images(*sample),) for sample in _SAMPLES)
    with torch.no_grad():
        levels = [encoder(*sample) for sample in samples]
    learned = [sample_class(plain, n, shots, at).tensors() for n, at in _SAMPLES]
    found = _facts(plain, size, opset) | dict(facts or {})
    first = _Job(
        encoder,
        samples,
        _IMAGES,
        tuple(f'level_{i}' for i in range(len(levels[0]))),
        found | dict(kind='encoder'),
        f'the encoder of {type(plain.decode_head).__name__}',
    )
    second = _Job(
        SegmentStage(plain, shots).eval(),
        tuple(zip(levels, learned)),
        _axes_of_levels(levels[0]) | _axes_of(learned[0]),
        ('logits', 'probabilities'),
        found | dict(kind='segment', shots=str(shots)),
        f'the segment stage of {type(plain.decode_head).__name__}, to which neither '
        'images nor their size are given,',
    )
    return _write(paths, [first, second], opset)


@dataclass(frozen=True)
class _Job:
    """A module, and what its file says; arguments as in :func:`to_onnx`."""

    stage: nn.Module
    samples: tuple[tuple, tuple]
    axes: Mapping[str, Sequence[str]]
    outputs: tuple[str, ...]
    facts: Mapping[str, str]
    what: str


def _write(
    paths: Sequence[Path], jobs: Sequence[_Job], opset: int
) -> tuple[ExportedFile, ...]:
    """Export all, then write all: where one cannot be had there is no file."""
    models = [
        to_onnx(job.stage, job.samples, job.axes, job.outputs, opset, job.what)
        for job in jobs
    ]
    for path, model, job in zip(paths, models, jobs):
        write_model(model, path, job.facts)
    return tuple(
        ExportedFile(path, job.stage, tuple(job.axes), job.outputs, job.samples[0])
        for path, job in zip(paths, jobs)
    )


def _plain_copy(segmentor: FewShotSegmentor) -> FewShotSegmentor:
    """For tests alone, on the CPU, in single precision; without kept features."""
    copy = deepcopy(segmentor, {id(segmentor.feature_bank): None})
    copy.arithmetic = Arithmetic()
    return copy.cpu().float().eval()


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
        resize_mode=head.resize_mode,
        opset=str(opset),
        encoder_licences=json.dumps(encoder_licences(segmentor)),
    )


def _numbers(values: Tensor) -> list[float]:
    return [round(x, 4) for x in values.flatten().tolist()]
