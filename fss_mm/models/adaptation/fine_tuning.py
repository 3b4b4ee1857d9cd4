"""Several shots by fine-tuning on them, episode by episode.

Shape letters: N episodes, K shots, H W mask size, h w feature size.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from ...registry import MODELS, OPTIMIZERS
from ...structures import EpisodeFeatures, FewShotSegDataSample
from ...utils.local_seed import local_torch_seed
from ...utils.random_words import Stream, below, random_words
from ...utils.restored import restored
from ..segmentors import FewShotSegmentor
from ..segmentors.few_shot_segmentor import Samples
from .segmentor_wrapper import SegmentorWrapper


@MODELS.register_module()
class FineTuning(SegmentorWrapper):
    """Train on pairs of an episode's supports before segmenting its query.

    CRNet's section 4.6: each step takes a random ordered pair of the K supports, one in
    the query's place, and minimises the training loss; of the K^2 pairs those of an
    image with itself are not left out. The backbone stays as it is, so that images are
    encoded once and the steps see features only. Weights, buffers and modes are put
    back behind each episode, whatever happens in it. Which pairs are taken, and what
    dropout draws, is a function of the episode's images. All runs in the weights' own
    precision, also where a test is under autocast.

    The paper states neither optimiser nor learning rate nor number of steps, nor which
    support the fine-tuned model is shown. See docs/benchmarks.md for what they change.

    Where a loss or the result is not finite the episode has diverged: it is segmented
    with the weights as they were, the sample is marked (``diverged`` in its meta
    information) and the report counts it.

    Args:
        segmentor (dict | FewShotSegmentor): What is wrapped. With K supports to be
            shown behind the fine-tuning a :class:`ShotFusion` ('Finetune + Fusion' of
            Table 4), with the first one ``dict(type='ShotFusion', max_shots=1)``
            ('Finetune').
        steps (int): Pairs seen in an episode. Defaults to 100.
        optimizer (dict): Any optimiser of mmengine. Defaults to
            ``dict(type='SGD', lr=2.5e-4, momentum=0.9)``: CANet's, at a tenth of its
            learning rate.

    Examples:
        >>> model = dict(type='FineTuning', steps=100,
        ...              segmentor=dict(type='ShotFusion', segmentor=model))

    Raises:
        ValueError: If ``steps`` is below 1, if there is no such optimiser or nothing to
            train, or for SyncBatchNorm: processes take different episodes.
    """

    def __init__(
        self,
        segmentor: dict | FewShotSegmentor,
        steps: int = 100,
        optimizer: dict = dict(type='SGD', lr=2.5e-4, momentum=0.9),  # noqa: B006
    ) -> None:
        super().__init__(segmentor)
        if not isinstance(steps, int) or steps < 1:
            raise ValueError(f'steps={steps!r}, expected a whole number, at least 1')
        if not any(p.requires_grad for p in self.learners.parameters()):
            raise ValueError(
                f'FineTuning: {type(self.decode_head).__name__} has nothing to train; '
                'use ShotFusion, or the segmentor by itself'
            )
        if any(isinstance(m, nn.SyncBatchNorm) for m in self.learners.modules()):
            raise ValueError(
                'FineTuning: SyncBatchNorm would mix the episodes of all processes; '
                'build the head with another norm'
            )
        self.steps, self.optimizer = steps, optimizer
        try:
            self._build_optimizer()
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f'FineTuning: optimizer={optimizer}: {error}') from error

    @property
    def learners(self) -> nn.ModuleList:
        """All of the segmentor but its backbone."""
        fixed = 'backbone', 'data_preprocessor'
        return nn.ModuleList(m for n, m in self.named_children() if n not in fixed)

    def require_shots(self, num_shots: int) -> None:
        """At least 2, of which the segmentor can look at as many as it is shown."""
        if num_shots < 2:
            raise ValueError(
                'fine-tuning needs at least 2 supports to make pairs of, and episodes '
                f'have {num_shots} (N/A in Table 4 of CRNet, too): use --shot 5, say, '
                'or the model without FineTuning'
            )
        self.segmentor.require_shots(num_shots)

    def segment(self, features: EpisodeFeatures, data_samples: Samples) -> Tensor:
        """Fine-tune and segment, episode by episode: (N, 2, h, w).

        Raises:
            ValueError: If there is but one support.
        """
        dtype = next(self.learners.parameters()).dtype
        features = features.map_features(lambda x: x.detach().to(dtype))
        # autocast keeps its casts of the weights, which change at each step here
        with torch.autocast(features.support_masks.device.type, enabled=False):
            logits = [
                self._segment_episode(features.episodes(slice(i, i + 1)), sample)
                for i, sample in enumerate(data_samples)
            ]
        return torch.cat(logits)

    def _segment_episode(
        self, features: EpisodeFeatures, sample: FewShotSegDataSample
    ) -> Tensor:
        with restored(self.learners):
            if self.adapt(features, sample.task_seed):
                logits = self.segmentor.segment(features, [sample])
                if logits.isfinite().all():
                    return logits
        sample.set_metainfo(dict(diverged=True))
        print_log(
            f'fine-tuning diverged in episode {sample.number} of seed {sample.seed}; '
            'it is segmented without. Lower optimizer.lr if there are many',
            'current',
            logging.WARNING,
        )
        return self.segmentor.segment(features, [sample])

    def adapt(
        self,
        features: EpisodeFeatures,
        task_seed: int,
        after_step: Callable[[int], None] | None = None,
    ) -> bool:
        """Train the learners in place, on the supports of one episode.

        Args:
            features (EpisodeFeatures): Of one episode.
            task_seed (int): Of the episode's data sample.
            after_step (Callable, optional): Called with the number of steps done, to
                look at what has been learned. Defaults to None.

        Returns:
            bool: Whether all losses were finite; it stops at the first that is not.

        Raises:
            ValueError: If there is but one support.
        """
        shots = features.num_shots
        self.require_shots(shots)
        first, *words = random_words(task_seed, 0, self.steps + 1, Stream.FINE_TUNING)
        learners, optimizer = self.learners.train(), self._build_optimizer()
        device = features.support_masks.device
        with torch.enable_grad(), local_torch_seed(first, device):
            for step, word in enumerate(words, start=1):
                query, support = divmod(below(word, shots * shots), shots)
                loss = self._pair_loss(features, query, support)
                if not loss.isfinite():
                    return False
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if after_step is not None:
                    after_step(step)
        learners.eval()
        return True

    def _build_optimizer(self) -> torch.optim.Optimizer:
        trained = [p for p in self.learners.parameters() if p.requires_grad]
        return OPTIMIZERS.build(dict(self.optimizer, params=trained))

    def _pair_loss(self, features: EpisodeFeatures, query: int, support: int) -> Tensor:
        pair = features.support_as_query(query, support)
        losses = self.segmentor.loss(pair, features.support_masks[:, query])
        return self.parse_losses(losses)[0]
