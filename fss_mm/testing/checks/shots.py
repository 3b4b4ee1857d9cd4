"""Episodes of a batch, and supports of an episode."""

from __future__ import annotations

import torch

from ..case import HeadCase
from ..results import head_check, skip_unless
from .comparing import logits_of, require_same


@head_check(
    'scores would depend on the batch size, and on which episodes happen to be tested '
    'together'
)
def check_episodes_do_not_mix(case: HeadCase) -> None:
    """Three episodes together are three episodes."""
    model = case.model()
    query, supports = case.features(model, 3, case.most_shots(2))
    both = case.predicts_supports
    with torch.no_grad():
        together = model.decode_head(query, supports, with_support=both)
        for i in range(3):
            one = query.rows([i]), supports.rows([i])
            alone = model.decode_head(*one, with_support=both)
            wrong = f'episode {i} of a batch is not as it is alone'
            require_same(together.query_logits[i], alone.query_logits[0], wrong)
            if both:
                require_same(together.support_logits[i], alone.support_logits[0], wrong)


@head_check(
    'supports are a set: the same episode, drawn in another order, would be scored '
    'otherwise'
)
def check_order_of_shots(case: HeadCase) -> None:
    """Three supports, turned round; a head may say that it looks at their order."""
    head = case.prototype.decode_head
    skip_unless(
        case.most_shots(3) > 1,
        f'{case.name} looks at one support at a time (max_shots = 1)',
    )
    skip_unless(
        not head.shots_are_ordered, f'{case.name} declares shots_are_ordered = True'
    )
    model = case.model()
    shots = case.most_shots(3)
    query, supports = case.features(model, 2, shots)
    turned = supports.shots(range(shots)[::-1])
    require_same(
        logits_of(model, (query, supports)),
        logits_of(model, (query, turned)),
        'the same supports in another order give other logits; say '
        'shots_are_ordered = True if they should',
    )


@head_check(
    'a test represents each support once and puts it into any number of sets; what '
    'looks at all shots together belongs into merge_shots'
)
def check_supports_alone(case: HeadCase) -> None:
    """What one support says of the class is the same alone and among others."""
    case.skip_without_classes()
    model = case.model()
    head = model.decode_head
    _, supports = case.features(model, 2, 3)
    with torch.no_grad():
        together = head.represent_shots(head.reduce_supports(supports))
        for i in range(3):
            one = head.reduce_supports(supports.shots([i]))
            for name, part in head.represent_shots(one).parts.items():
                require_same(
                    together[name][:, i],
                    part[:, 0],
                    f'{name!r} of support {i} is not as it is without the others',
                )
