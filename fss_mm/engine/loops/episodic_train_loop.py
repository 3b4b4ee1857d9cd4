"""A training loop whose length is told in epochs of pairs."""

from __future__ import annotations

from mmengine.dist import get_world_size
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from ...registry import LOOPS


@LOOPS.register_module()
class EpisodicTrainLoop(IterBasedTrainLoop):
    """mmengine's loop of iterations, for papers that count epochs.

    An epoch shows as many episodes as the data set has (image, class) pairs, so the
    number of iterations follows from the fold, the batch size and the number of
    processes, and stays true when one of them changes.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader | dict): Of training episodes.
        max_epochs (float): Length of the training.
        **kwargs: As in mmengine's ``IterBasedTrainLoop``, but for ``max_iters``.
    """

    def __init__(
        self, runner: Runner, dataloader: DataLoader | dict, max_epochs: float, **kwargs
    ) -> None:
        super().__init__(runner, dataloader, max_iters=1, **kwargs)
        step = self.dataloader.batch_size * get_world_size()
        pairs = len(self.dataloader.dataset)
        self._max_iters = max(1, int(max_epochs * pairs) // step)
