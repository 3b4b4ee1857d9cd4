"""Passes over one's own prediction: when to stop, and what training sees.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor

from ...utils.masks import foreground_mask
from .precision import at_least_single


class MultiPassDecoder(BaseModule):
    """Layers that see the prediction of an earlier pass, or zeros.

    A method implements :meth:`one_pass`, and :meth:`prepare` for what is the same in
    all passes. Between B and C there may be further dimensions, such as CRNet's two
    branches, which then settle together.

    In training CANet's code keeps each pair's prediction of the last epoch and shows
    zeros instead with ``reset_prob``. Here the earlier prediction is made on the spot,
    without gradients: nothing has to be remembered from epoch to epoch or survive a
    resume, and the price is a forward pass of these layers for ``1 - reset_prob`` of
    the episodes.

    At test passes go on until no more than ``tolerance`` of the cells change their
    label, ``max_passes`` at most; each episode stops by itself and no label is looked
    at. (CANet's code stops all episodes at the first drop of the *test* mIoU; see
    ``LabelStoppedTestLoop``.)

    Args:
        reset_prob (float): Share of the training episodes that see no history.
            Defaults to 0.7.
        max_passes (int): At test. Defaults to 5.
        tolerance (float, optional): Share of the cells, in [0, 1]. None makes
            ``max_passes`` passes in any case. Defaults to 0: until nothing changes.

    Raises:
        ValueError: For numbers out of range.
    """

    def __init__(
        self,
        reset_prob: float = 0.7,
        max_passes: int = 5,
        tolerance: float | None = 0.0,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        shares = [reset_prob] if tolerance is None else [reset_prob, tolerance]
        if max_passes < 1 or not all(0 <= share <= 1 for share in shares):
            raise ValueError(
                'expected max_passes >= 1, reset_prob and tolerance in [0, 1], got '
                f'max_passes={max_passes}, reset_prob={reset_prob} and '
                f'tolerance={tolerance}'
            )
        self.reset_prob = reset_prob
        self.max_passes, self.tolerance = max_passes, tolerance

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Decode, in one pass in training and in several at test.

        Args:
            x (Tensor): (B, ..., C, h, w).

        Returns:
            tuple[Tensor, Tensor]: Logits (B, ..., 2, h, w) and the number of passes
            that made each of them, (B,).
        """
        x = self.prepare(x)
        empty = x.new_zeros(*x.shape[:-3], 2, *x.shape[-2:])
        if not self.training:
            return self._iterate(x, empty)
        history, passes = self._random_history(x, empty)
        return self.one_pass(x, history), passes + 1

    def prepare(self, x: Tensor) -> Tensor:
        """What all passes share; by default nothing."""
        return x

    def one_pass(self, x: Tensor, history: Tensor) -> Tensor:
        """Decode once.

        Args:
            x (Tensor): (B, ..., C, h, w), from :meth:`prepare`.
            history (Tensor): (B, ..., 2, h, w), probabilities of an earlier pass or
                zeros.

        Returns:
            Tensor: Logits (B, ..., 2, h, w).
        """
        raise NotImplementedError

    def _random_history(self, x: Tensor, empty: Tensor) -> tuple[Tensor, Tensor]:
        """Predictions of a first pass for some episodes, zeros for the others."""
        shown = torch.rand(len(x), device=x.device) >= self.reset_prob
        history = empty.clone()
        if shown.any():
            # autocast must not keep weights that it has cast without gradients: some
            # torch versions would use them in the second pass, which then trains none
            device = x.device.type
            enabled = torch.is_autocast_enabled(device)
            with torch.no_grad(), torch.autocast(device, None, enabled, False):
                first = self.one_pass(x[shown], empty[shown])
            history[shown] = _probabilities(first).to(history.dtype)
        return history, shown.long()

    def _iterate(self, x: Tensor, empty: Tensor) -> tuple[Tensor, Tensor]:
        """Pass after pass, until each episode has settled."""
        logits = self.one_pass(x, empty)
        passes = x.new_ones(x.shape[0], dtype=torch.long)
        if self.tolerance is None:  # nothing to look at in between
            for _ in range(self.max_passes - 1):
                logits = self.one_pass(x, _probabilities(logits))
            return logits, passes * self.max_passes
        if torch.compiler.is_compiling():
            return self._iterate_all(x, logits)
        going = torch.ones_like(passes, dtype=torch.bool)
        for _ in range(self.max_passes - 1):
            if not going.any():
                break
            before = logits[going]
            after = self.one_pass(x[going], _probabilities(before))
            logits = logits.index_put((going,), after)
            passes = passes + going
            going = going.index_put((going,), self._moves(before, after))
        return logits, passes

    def _iterate_all(self, x: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The same results by ``max_passes`` passes of all episodes.

        A compiled or exported graph cannot ask in between whether all have settled.
        """
        going = x.new_ones(x.shape[0], dtype=torch.bool)
        passes = going.long()
        for _ in range(self.max_passes - 1):
            after = self.one_pass(x, _probabilities(logits))
            moves = self._moves(logits, after)
            chosen = going.view(-1, *[1] * (logits.ndim - 1))
            logits = torch.where(chosen, after, logits)
            passes = passes + going
            going = going & moves
        return logits, passes

    def _moves(self, before: Tensor, after: Tensor) -> Tensor:
        """Whether more than ``tolerance`` of an episode's labels changed: (B,)."""
        changed = foreground_mask(before, -3) != foreground_mask(after, -3)
        return changed.float().flatten(1).mean(1) > self.tolerance


def _probabilities(logits: Tensor) -> Tensor:
    """Softmax over the classes, made in single precision, in the logits' own."""
    return at_least_single(logits).softmax(-3).to(logits.dtype)
