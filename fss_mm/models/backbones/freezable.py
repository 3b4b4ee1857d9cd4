"""What all encoders have in common: what of them is trained."""

from __future__ import annotations

import logging

from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import nn


class FreezableBackbone(BaseModule):
    """A network, ``body``, that is trained or not.

    Args:
        name (str): Of the network, for messages.
        weights (str, optional): Where its weights come from; None: random.
        frozen (bool): No parameter is trained.
        norm_eval (bool): Batch norms keep their running statistics.
        init_cfg (dict, optional): As in mmengine, in the place of ``weights``.

    Raises:
        ValueError: If there are both ``weights`` and ``init_cfg``.
    """

    body: nn.Module

    def __init__(
        self,
        name: str,
        weights: str | None,
        frozen: bool,
        norm_eval: bool,
        init_cfg: dict | None,
    ) -> None:
        if weights is not None and init_cfg is not None:
            raise ValueError(
                f'{name}: weights={weights!r} and init_cfg={init_cfg} name two sources '
                'of weights; give weights=None with init_cfg'
            )
        super().__init__(init_cfg)
        self.name, self.weights = name, weights
        self.frozen, self.norm_eval, self.mode = frozen, norm_eval, True

    def train(self, mode: bool = True) -> FreezableBackbone:
        """Set the mode: a frozen network stays in eval mode, as do its batch norms."""
        self.mode = mode  # as asked for, whatever stays in eval mode
        super().train(mode and not self.frozen)
        for module in self.body.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.train(mode and not self.norm_eval)
        return self

    def init_weights(self) -> None:
        """Load the weights, or draw them.

        Raises:
            ValueError: If the weights do not fit the network.
            OSError: If they are not there, or cannot be downloaded.
        """
        if self.weights is not None:
            self.load_weights(self.weights)
            self._is_init = True
            print_log(f'Loaded {self.weights} into {self.name}', logger='current')
            return
        if self.frozen and self.init_cfg is None:
            print_log(
                f'{self.name} is frozen and starts from random weights: unless a '
                'checkpoint is loaded, give weights, or frozen=False',
                'current',
                logging.WARNING,
            )
        super().init_weights()

    def load_weights(self, weights: str) -> None:
        """Fill ``body``; see the class for what ``weights`` can be."""
        raise NotImplementedError
