"""What can be put into a file, and the word for what cannot."""

from __future__ import annotations

from collections.abc import Mapping

from ..models import FewShotSegmentor
from .stages import Classes


def check_classes(
    segmentor: FewShotSegmentor,
    classes: Classes,
    levels: Mapping[str, float],
    size: tuple[int, int] | None,
) -> None:
    """Check that classes can be put into a file.

    Args:
        segmentor (FewShotSegmentor): Whose classes they are.
        classes (Mapping[str, Sequence[ClassRepresentation]]): By name.
        levels (Mapping[str, float]): By names of classes.
        size (tuple[int, int], optional): That images are resized to.

    Raises:
        ValueError: If not, with what to do.
    """
    _require_graph(segmentor)
    if segmentor.refiner is not None:
        raise ValueError(
            f'{type(segmentor.refiner).__name__} is no part of a graph: export without '
            'it (--cfg-options model.refiner=None), and call it on the probabilities '
            'that the file gives'
        )
    if not 0 < len(classes) < 256:
        raise ValueError(f'{len(classes)} classes, expected 1 to 255')
    scales = len(segmentor.test_scales)
    for name, found in classes.items():
        if len(found) != scales:
            raise ValueError(
                f'class {name!r} has {len(found)} representations, and the model '
                f'{scales} test_scales: expected one for each'
            )
    if size is None and tuple(segmentor.test_scales) != (1,):
        raise ValueError(
            f'test_scales={tuple(segmentor.test_scales)} needs images of one size in '
            'the graph: give size=(H, W) (--size H W), or leave test_scales out'
        )
    if unknown := sorted(set(levels) - set(classes)):
        raise ValueError(f'levels of {unknown}, which are not among {list(classes)}')
    if low := {name: level for name, level in levels.items() if not level > 0}:
        raise ValueError(f'levels={low}, expected numbers above 0')


def check_stages(segmentor: FewShotSegmentor, shots: int) -> None:
    """Check that a model can be written in two parts.

    Args:
        segmentor (FewShotSegmentor): The model.
        shots (int): Supports of a class.

    Raises:
        ValueError: If not, with what to do.
    """
    _require_graph(segmentor)
    if segmentor.fine_tuning is not None and segmentor.fine_tuning.tunes_head:
        raise ValueError(
            'fine_tuning gives each class weights of its own, and a segment stage has '
            'one set: export given classes (--classes), or the model without it'
        )
    if tuple(segmentor.test_scales) != (1,):
        raise ValueError(
            f'test_scales={tuple(segmentor.test_scales)} runs both parts more than '
            'once: export given classes (--classes), or leave test_scales out'
        )
    segmentor.require_shots(shots)


def _require_graph(segmentor: FewShotSegmentor) -> None:
    head = segmentor.decode_head
    if not head.represents:
        raise ValueError(
            f'{type(head).__name__} cannot be exported: it has a forward alone, and no '
            'class as a value (represent_shots and segment) to put into a file'
        )
    for module in segmentor.modules():
        if reason := getattr(module, 'no_graph', ''):
            raise ValueError(f'{type(module).__name__} cannot be exported: {reason}')
    if not hasattr(segmentor.data_preprocessor, 'normalize'):
        raise ValueError(
            f'{type(segmentor.data_preprocessor).__name__} has no normalize(images) to '
            'put into the graph; use FewShotDataPreProcessor'
        )
