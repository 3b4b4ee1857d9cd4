"""Tests encode each image once, and put together what they kept."""

from __future__ import annotations

import torch

from ...structures import cat_records
from ..case import HeadCase
from ..drawn import samples_of
from ..results import head_check
from .comparing import require_same


@head_check(
    'tests that encode each image once would give other scores than tests that walk '
    'through episodes'
)
def check_encode_once(case: HeadCase) -> None:
    """Each support and query by itself, then merged, as a plain prediction is."""
    case.skip_without_classes()
    model, shots = case.model(), case.most_shots(2)
    inputs = case.inputs(model, 2, shots)
    images, masks = inputs['support'], inputs['support_mask']
    found = []
    with torch.no_grad():
        plain = model.predict(inputs, samples_of(inputs))
        for i in range(2):
            kept = []
            for j in range(shots):
                one = model.encode_supports(images[i : i + 1, [j]], masks[i][None, [j]])
                kept.append(model.describe_supports(one))
            known = model.represent(cat_records(kept, 1), [i])
            query = model.encode_queries(inputs['query'][i : i + 1])
            found.append(model.segment(model.describe_queries(query), known)[0])
    for i, (sample, logits) in enumerate(zip(plain, found)):
        require_same(
            logits,
            sample.seg_logits.data,
            f'episode {i}, put together of images that were encoded one by one, is not '
            'as in a plain prediction',
        )
