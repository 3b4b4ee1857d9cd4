"""What a step of a training computes and holds, counted without data and without a GPU.

The model is built on PyTorch's meta device, where tensors have shapes and no values, so
that a step of any size is counted in a second or two.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from torch.utils.weak import WeakIdKeyDictionary

from fss_mm.models.layers.multi_pass_decoder import MultiPassDecoder
from fss_mm.registry import MODELS
from fss_mm.structures import EpisodeLabels

# numbers that an optimiser keeps of each weight that is trained
_KEPT = dict(SGD=1, Adam=2, AdamW=2)


@dataclass(frozen=True)
class StepCost:
    """Of one step of a training.

    Args:
        flops (int): Of convolutions and products of matrices, forward and backward; an
            addition is one of them.
        memory (int): Bytes of tensors at their most: weights, what the optimiser keeps,
            images, activations, gradients. Without what cuDNN, CUDA and the allocator
            take beside them.
    """

    flops: int
    memory: int


def step_cost(cfg: Config) -> StepCost | None:
    """Count a step of a config's training, in single precision.

    Where CANet and CRNet show some episodes an earlier prediction, at random, the mean
    number of them is counted. The loss is a cross-entropy, whatever the config's is,
    and supports are as large as queries.

    Args:
        cfg (Config): An experiment; it is not changed.

    Returns:
        StepCost | None: None for what no arithmetic knows: kept features of a bank,
        pipelines without a size, a model that decides by values or is trained without
        episodes.
    """
    size, model = training_size(cfg), cfg.get('model')
    if size is None or model.get('feature_bank') is not None:
        return None
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    try:
        return _count(cfg, size)
    except Exception:  # of many kinds; an estimate must not stop a plan
        return None


def _count(cfg: Config, size: tuple[int, int]) -> StepCost:
    loader = cfg.train_dataloader
    n, k = loader.batch_size, loader.dataset.get('num_shots', 1)
    with torch.device('meta'), _means_for_chances():
        model = MODELS.build(cfg.model).train()
        inputs = dict(
            query=torch.zeros(n, 3, *size),
            support=torch.zeros(n, k, 3, *size),
            support_mask=torch.zeros(n, k, *size, dtype=torch.uint8),
        )
        labels = EpisodeLabels(
            torch.zeros(n, *size, dtype=torch.uint8), inputs['support_mask'], (1,) * n
        )
        model.decode_head.loss_by_feat = _cross_entropy
        with Meter() as meter:
            losses = model.feature_loss(*model.encode(inputs), labels)
            sum(x for x in losses.values() if x.requires_grad).backward()
    trained = sum(_bytes(x) for x in model.parameters() if x.requires_grad)
    kept = _KEPT.get(cfg.optim_wrapper.optimizer.type, 2) * trained
    there = [*model.parameters(), *model.buffers(), *inputs.values()]
    held = sum(map(_bytes, there)) + kept
    return StepCost(meter.flops, held + meter.peak)


def _bytes(x: Tensor) -> int:
    return x.numel() * x.element_size()


def _cross_entropy(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Of (N, 2, h, w) and (N, H, W), without the accuracies that need values."""
    whole = F.interpolate(logits, labels.shape[-2:], mode='bilinear')
    return dict(loss_ce=F.cross_entropy(whole, labels.long()))


@contextmanager
def _means_for_chances() -> Iterator[None]:
    """Let as many episodes see a first pass as do so in the mean."""

    def history(self: MultiPassDecoder, x: Tensor, empty: Tensor):
        passes = torch.zeros(len(x), dtype=torch.long, device=x.device)
        shown = round(len(x) * (1 - self.reset_prob))
        if not shown:
            return empty, passes
        with torch.no_grad():
            first = self.one_pass(x[:shown], empty[:shown]).softmax(-3)
        return torch.cat([first, empty[shown:]]), passes

    with patch.object(MultiPassDecoder, '_random_history', history):
        yield


class Meter(TorchDispatchMode):
    """Counts what is computed in a context, and the bytes that are held at once.

    ``flops`` and ``peak``. PyTorch's own counter keeps hooks of modules beside its
    count, which fail where a module runs once with and once without gradients.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = self.now = self.peak = 0
        self._known = WeakIdKeyDictionary()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run an operation, and add what it has taken and made."""
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=found)
        for tensor in pytree.tree_leaves(found):
            if isinstance(tensor, Tensor):
                self._hold(tensor.untyped_storage())
        return found

    def _hold(self, storage: torch.UntypedStorage) -> None:
        if storage in self._known:
            return
        self._known[storage] = size = storage.nbytes()
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._let_go, size)

    def _let_go(self, size: int) -> None:
        self.now -= size


def training_size(cfg: Config) -> tuple[int, int] | None:
    """(H, W) of a training's queries; None where its pipeline does not say."""
    pipeline = cfg.train_dataloader.dataset.get('query_pipeline') or ()
    for step in reversed(pipeline):
        size = step.get('crop_size', step.get('scale'))
        if isinstance(size, (tuple, list)) and len(size) == 2:
            # a crop is (height, width), and a scale (width, height)
            return tuple(size if 'crop_size' in step else reversed(size))
    return None
