"""Several shots by fine-tuning on them: a class that brings its own weights.

Shape letters: N classes, K shots, H W mask size, h w feature size.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from ...registry import OPTIMIZERS
from ...structures import (
    PLAIN,
    ClassRepresentation,
    EpisodeLabels,
    SupportFeatures,
    cat_records,
)
from ...utils.local_seed import local_torch_seed
from ...utils.random_words import Stream, below, random_words
from ...utils.restored import restored
from ..decode_heads import FewShotDecodeHead
from .adapted_weights import in_precision_of
from .class_tuning import tune_class
from .shot_fusion import ShotFusion

if TYPE_CHECKING:
    from ..segmentors import FewShotSegmentor


class FineTuning:
    """Train the head on pairs of a class's supports before it segments queries.

    CRNet's section 4.6: each step takes a random ordered pair of the K supports, one in
    the query's place, and minimises the training loss; of the K^2 pairs those of an
    image with itself are not left out. The backbone stays as it is, so that images are
    encoded once and the steps see features only. The head is put back as it was,
    whatever happens; what was learned travels in the representation. Which pairs are
    taken, and what dropout draws, is a function of the class and its supports. All runs
    in the weights' own precision.

    The paper states neither optimiser nor learning rate nor number of steps, nor which
    support the fine-tuned model is shown. See docs/benchmarks.md for what they change.

    Where a loss or the result is not finite the class has diverged: the head's own
    weights are used, and the representation says so.

    With ``tuned='class'`` the head is left as it is, and what was represented of the
    class is trained instead, such as AMP's rows: each support in turn takes the
    query's place and is segmented with the class of all (AMP's released code). One
    support is enough, and the class brings no weights.

    Args:
        steps (int): Pairs seen for a class; with ``tuned='class'`` how often each
            support is seen. Defaults to 100.
        optimizer (dict): Any optimiser of mmengine. Defaults to
            ``dict(type='SGD', lr=2.5e-4, momentum=0.9)``: CANet's, at a tenth of its
            learning rate.
        tuned (str): 'head' or 'class'. Defaults to 'head'.

    Raises:
        ValueError: If ``steps`` is below 1, or ``tuned`` is neither.
    """

    def __init__(
        self,
        steps: int = 100,
        optimizer: dict = dict(type='SGD', lr=2.5e-4, momentum=0.9),  # noqa: B006
        tuned: str = 'head',
    ) -> None:
        if not isinstance(steps, int) or steps < 1:
            raise ValueError(f'steps={steps!r}, expected a whole number, at least 1')
        if tuned not in ('head', 'class'):
            raise ValueError(f"tuned={tuned!r}, expected 'head' or 'class'")
        self.steps, self.optimizer, self.tuned = steps, optimizer, tuned

    @property
    def tunes_head(self) -> bool:
        """Whether classes bring weights of the head."""
        return self.tuned == 'head'

    def check(
        self, head: FewShotDecodeHead, shot_fusion: ShotFusion | None = None
    ) -> None:
        """Check that a head can be fine-tuned.

        Args:
            head (FewShotDecodeHead): Of the segmentor.
            shot_fusion (ShotFusion, optional): Of the segmentor. Defaults to None.

        Raises:
            ValueError: If supports cannot take the query's place, if there is no such
                optimiser or nothing to train, for SyncBatchNorm (processes take
                different episodes), or if a class of all shots is to be trained and
                shots are kept apart.
        """
        if shot_fusion is not None and not self.tunes_head:
            raise ValueError(
                "fine_tuning=dict(tuned='class') trains the class of all shots, and "
                'shot_fusion keeps them apart: leave one of the two out'
            )
        if PLAIN not in head.support_views:
            raise ValueError(
                f'fine_tuning takes supports as queries, and {type(head).__name__} has '
                f'them encoded as {head.support_views} alone: leave it out'
            )
        trained = [p for p in head.parameters() if p.requires_grad]
        if self.tunes_head and not trained:
            raise ValueError(
                f'fine_tuning: {type(head).__name__} has nothing to train; leave it '
                'out, or use shot_fusion'
            )
        if any(isinstance(m, nn.SyncBatchNorm) for m in head.modules()):
            raise ValueError(
                'fine_tuning: SyncBatchNorm would mix the episodes of all processes; '
                'build the head with another norm'
            )
        try:
            self._build_optimizer(trained or [torch.zeros(1, requires_grad=True)])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f'fine_tuning: optimizer={self.optimizer}: {error}'
            ) from error

    def require_shots(self, num_shots: int) -> None:
        """Check that there are pairs.

        Raises:
            ValueError: If there is but one support.
        """
        if self.tunes_head and num_shots < 2:
            raise ValueError(
                'fine-tuning needs at least 2 supports to make pairs of, and episodes '
                f'have {num_shots} (N/A in Table 4 of CRNet, too): use --shot 5, say, '
                'or the model without fine_tuning'
            )

    def represent(
        self,
        segmentor: FewShotSegmentor,
        supports: SupportFeatures,
        seeds: Sequence[int],
    ) -> ClassRepresentation:
        """Fine-tune, class by class.

        Args:
            segmentor (FewShotSegmentor): Whose head is fine-tuned and put back.
            supports (SupportFeatures): Of N classes.
            seeds (Sequence[int]): Of each class: its data sample's
                ``support_set_seed``.

        Returns:
            ClassRepresentation: With ``weights`` and ``diverged``.

        Raises:
            ValueError: If there is but one support, or another number of seeds than of
                classes.
        """
        self.require_shots(supports.num_shots)
        if len(seeds) != len(supports.masks):
            raise ValueError(
                f'{len(seeds)} seeds for the supports of {len(supports.masks)} '
                'classes; fine-tuning draws at random and needs one for each, such as '
                "a data sample's support_set_seed"
            )
        found = []
        # gradients are needed, also under inference_mode; and autocast would keep its
        # casts of weights, which change at each step
        device = supports.masks.device.type
        with torch.inference_mode(False), torch.autocast(device, enabled=False):
            for i, seed in enumerate(seeds):
                one = supports.map(lambda x, i=i: x[i : i + 1].detach().clone())
                found.append(self._represent_one(segmentor, one, seed))
        return cat_records(found)

    def _represent_one(
        self, segmentor: FewShotSegmentor, supports: SupportFeatures, seed: int
    ) -> ClassRepresentation:
        head = segmentor.decode_head
        supports = in_precision_of(head, supports)
        found = self._tuned(segmentor, supports, seed)
        if found is not None:
            return found
        print_log(
            f'fine-tuning diverged for the supports of seed {seed}; they are used '
            'without. Lower fine_tuning.optimizer.lr if there are many',
            'current',
            logging.WARNING,
        )
        found = _described(segmentor, supports, self.tunes_head)
        return replace(found, diverged=torch.ones_like(found.diverged))

    def _tuned(
        self, segmentor: FewShotSegmentor, supports: SupportFeatures, seed: int
    ) -> ClassRepresentation | None:
        """What was learned of one class; None where it diverged."""
        if not self.tunes_head:
            found = tune_class(
                segmentor, supports, seed, self.steps, self._build_optimizer
            )
            return found and replace(found, diverged=_not_diverged(supports))
        with restored(segmentor.decode_head):
            if self.adapt(segmentor, supports, seed):
                found = _described(segmentor, supports)
                if _is_finite(segmentor, supports, found):
                    return found
        return None

    def adapt(
        self,
        segmentor: FewShotSegmentor,
        supports: SupportFeatures,
        seed: int,
        after_step: Callable[[int], None] | None = None,
    ) -> bool:
        """Train the head in place, on the supports of one class.

        Args:
            segmentor (FewShotSegmentor): Whose head it is, and whose loss.
            supports (SupportFeatures): Of one class.
            seed (int): Of its supports.
            after_step (Callable, optional): Called with the number of steps done, to
                look at what has been learned. Defaults to None.

        Returns:
            bool: Whether all losses were finite; it stops at the first that is not.
        """
        shots, head = supports.num_shots, segmentor.decode_head
        self.require_shots(shots)
        first, *words = random_words(seed, 0, self.steps + 1, Stream.FINE_TUNING)
        trained = [p for p in head.train().parameters() if p.requires_grad]
        optimizer = self._build_optimizer(trained)
        with torch.enable_grad(), local_torch_seed(first, supports.masks.device):
            for step, word in enumerate(words, start=1):
                query, support = divmod(below(word, shots * shots), shots)
                loss = _pair_loss(segmentor, supports, query, support)
                if not loss.isfinite():
                    return False
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if after_step is not None:
                    after_step(step)
        head.eval()
        return True

    def _build_optimizer(self, trained: list[Tensor]) -> torch.optim.Optimizer:
        return OPTIMIZERS.build(dict(self.optimizer, params=trained))


def _pair_loss(
    segmentor: FewShotSegmentor, supports: SupportFeatures, query: int, support: int
) -> Tensor:
    """Training loss of one support in the query's place, shown another as support."""
    shown = supports.shots([support])
    labels = EpisodeLabels(supports.masks[:, query], shown.masks)
    losses = segmentor.feature_loss(supports.shots([query]).as_queries(), shown, labels)
    return segmentor.parse_losses(losses)[0]


@torch.no_grad()
def _described(
    segmentor: FewShotSegmentor, supports: SupportFeatures, with_weights: bool = True
) -> ClassRepresentation:
    """The class as the head sees it now, perhaps with a copy of its weights."""
    head = segmentor.decode_head
    shots = head.represent_shots(head.reduce_supports(supports))
    state = head.state_dict(keep_vars=False) if with_weights else {}
    weights = {k: v.detach().clone().unsqueeze(0) for k, v in state.items()}
    found = replace(segmentor.merge_shots(shots), weights=weights)
    return replace(found, diverged=_not_diverged(supports))


def _not_diverged(supports: SupportFeatures) -> Tensor:
    return supports.masks.new_zeros(1, dtype=torch.bool)


@torch.no_grad()
def _is_finite(
    segmentor: FewShotSegmentor, supports: SupportFeatures, found: ClassRepresentation
) -> bool:
    """Whether weights, and what the head now sees in a support, are numbers."""
    first = supports.shots([0])
    logits = segmentor.decode_head(first.as_queries(), first).query_logits
    return all(bool(x.isfinite().all()) for x in (logits, *found.tensors().values()))
