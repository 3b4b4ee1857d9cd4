"""A class as a value: made, kept, read again, put together."""

from __future__ import annotations

import io

import torch

from ...structures import ClassRepresentation, cat_records
from ..case import HeadCase
from ..results import head_check, require, skip_unless
from .comparing import logits_of, require_same

_HALF = 0.05  # share of the largest logit that rounding a class to 11 bits may change


@head_check(
    'what is trained would not be what a test uses, which represents and segments apart'
)
def check_represent_then_segment(case: HeadCase) -> None:
    """Forward is represent, then segment, in training and at test."""
    case.skip_without_classes()
    for training in (False, True):
        model = case.model(training=training)
        head, logits = model.decode_head, []
        query, supports = case.features(model, 2, case.most_shots(2))
        for apart in (False, True):
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)  # of dropout
                if apart:
                    reduced = head.reduce_query(query)  # first, as in forward
                    output = head.segment(reduced, head.represent(supports))
                else:
                    output = head(query, supports)
            logits.append(output.query_logits)
        mode = 'training' if training else 'eval mode'
        require_same(*logits, f'forward and represent, then segment, differ in {mode}')


@head_check(
    'a class is written to a file and read by another process, which knows nothing but '
    'its tensors'
)
def check_class_is_kept(case: HeadCase) -> None:
    """Saved, read in another order, and used by a head that knows other classes."""
    case.skip_without_classes()
    model, other = case.model(), case.model()
    query, supports = case.features(model, 2, case.most_shots(2))
    expected = logits_of(model, (query, supports))
    with torch.no_grad():
        file = io.BytesIO()
        torch.save(model.decode_head.represent(supports).tensors(), file)
        file.seek(0)
        read = torch.load(file, weights_only=True)
        again = ClassRepresentation.from_tensors(dict(reversed(read.items())))
        head = other.decode_head
        logits_of(other, case.features(other, 2, case.most_shots(2), seed=1))
        found = head.segment(head.reduce_query(query), again).query_logits
    require_same(
        found,
        expected,
        'a class that was saved, read and used by another copy of the head gives other '
        'logits: something of it is kept in the head, or parts are taken by their '
        'order and not by their names',
    )


@head_check('classes are kept in half precision where there are many')
def check_class_in_half_precision(case: HeadCase) -> None:
    """Parts rounded to float16 give nearly the same logits."""
    case.skip_without_classes()
    model = case.model(torch.float32)
    head = model.decode_head
    query, supports = case.features(model, 2, case.most_shots(2))
    with torch.no_grad():
        known, reduced = head.represent(supports), head.reduce_query(query)
        half = known.map(lambda x: x.half().to(x) if x.is_floating_point() else x)
        logits = [head.segment(reduced, x).query_logits for x in (half, known)]
    require_same(*logits, 'a class rounded to half precision gives other logits', _HALF)


@head_check(
    'classes are learned at different times, and a query is compared with all of them '
    'at once'
)
def check_classes_together(case: HeadCase) -> None:
    """Classes one by one are those of a batch; a query is reduced once for all."""
    case.skip_without_classes()
    model = case.model()
    head = model.decode_head
    query, supports = case.features(model, 3, case.most_shots(2))
    with torch.no_grad():
        kept = [head.represent(supports.rows([i])) for i in range(3)]
        reduced = head.reduce_query(query.rows([0]))
        known = cat_records(kept)
        together = head.segment(reduced.repeated(3), known).query_logits
        for i, one in enumerate(kept):
            alone = head.segment(reduced, one).query_logits
            require_same(
                together[i], alone[0], f'class {i} of three is not as it is alone'
            )
    apart = (together[0] - together[1]).abs().max().item()
    require(apart > 0, 'two classes give the same logits: nothing of a class is used')


@head_check('a trained head is read from its checkpoint')
def check_checkpoint(case: HeadCase) -> None:
    """Another head of the same config, with the same state, predicts the same."""
    skip_unless(case.from_config, f'{case.name} was given built: no second one')
    model = case.model()
    other = case.anew(1).double().eval()
    other.load_state_dict(model.state_dict())
    episodes = case.features(model)
    require_same(
        logits_of(other, episodes),
        logits_of(model, episodes),
        'a second head with the state_dict of the first gives other logits: some '
        'tensor is neither a parameter nor a buffer',
    )
