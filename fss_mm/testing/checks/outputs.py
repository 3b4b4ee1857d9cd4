"""What comes out: types, shapes, precision."""

from __future__ import annotations

import torch

from ...structures import FewShotHeadOutput
from ..case import HeadCase
from ..drawn import samples_of
from ..results import head_check, require
from .comparing import require_finite

_SIZES = (65, 65), (33, 49)


@head_check(
    'whoever trains, tests or exports the head takes two logits a cell, background and '
    'foreground, for images of any size and any number of supports'
)
def check_output(case: HeadCase) -> None:
    """(N, 2, h, w) at two sizes and 1, 2 and 5 shots; (N, K, 2, h, w) of supports."""
    model = case.model(torch.float32)
    for size, shots in zip(_SIZES * 2, case.shots(1, 2, 5)):
        episodes = case.features(model, 2, shots, size=size)
        of = f'{shots} supports of {size[0]} x {size[1]} pixels'
        with torch.no_grad():
            output = model.decode_head(*episodes, with_support=case.predicts_supports)
        require(
            isinstance(output, FewShotHeadOutput),
            f'forward returns {type(output).__name__}, expected FewShotHeadOutput',
        )
        shape = tuple(output.query_logits.shape)
        require(
            len(shape) == 4 and shape[:2] == (2, 2),
            f'query_logits have shape {shape} for 2 queries and {of}, expected '
            '(2, 2, h, w)',
        )
        if case.predicts_supports:
            found = tuple(output.support_logits.shape)
            require(
                len(found) == 5 and found[:3] == (2, shots, 2),
                f'support_logits have shape {found} for {of}, expected '
                f'(2, {shots}, 2, h, w)',
            )
        require_finite(output, of)


@head_check('a prediction is scored and shown at the size of the query')
def check_prediction(case: HeadCase) -> None:
    """A mask of 0 and 1, as large as the query's."""
    model = case.model(torch.float32)
    inputs = case.inputs(model, size=(33, 49))
    with torch.no_grad():
        (sample, _) = model.predict(inputs, samples_of(inputs))
    mask = sample.pred_sem_seg.data
    require(
        tuple(mask.shape) == (1, 33, 49),
        f'the mask has shape {tuple(mask.shape)} for a query of (33, 49)',
    )
    values = set(mask.unique().tolist())
    require(values <= {0, 1}, f'the mask has values {sorted(values)}, expected 0 and 1')


@head_check(
    'what is rounded on its way cannot be compared with a reference in double '
    'precision, and a head that fixes a precision stops under autocast'
)
def check_precision(case: HeadCase) -> None:
    """Single in, single out; double in, double out; bfloat16 by autocast."""
    for dtype in (torch.float32, torch.float64):
        model = case.model(dtype)
        with torch.no_grad():
            found = model.decode_head(*case.features(model)).query_logits.dtype
        require(found == dtype, f'features of {dtype} give logits of {found}')
    for training in (False, True):
        model = case.model(torch.float32, training)
        episodes = case.features(model)
        with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
            require_finite(model.decode_head(*episodes), 'bfloat16')
