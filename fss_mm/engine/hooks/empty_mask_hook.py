"""Masks that lose their class on the way to the network."""

from __future__ import annotations

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook

from ...evaluation.empty_masks import MaskCounts, describe_empty_masks, shown_pixels
from ...registry import HOOKS
from ...structures import FewShotSegDataSample
from ..empty_supports import require_supports


@HOOKS.register_module()
class EmptyMaskHook(Hook):
    """Refuse classes that no support shows; count empty masks in training.

    A small object may vanish when its mask is resized. Where that happens to all
    supports of a class, training, validation and test fail before their first step.
    Where it happens to some, training warns of the first one of each class, and tells
    how many there were at its end; validation and test are counted by
    :class:`~fss_mm.evaluation.FewShotIoUMetric`, and a report has the numbers.
    """

    def __init__(self) -> None:
        self.counts: dict[str, MaskCounts] = {}
        self._warned: set[str] = set()
        self._checked = False

    def before_train(self, runner) -> None:
        """Check the supports of training and of validation.

        Raises:
            ValueError: Naming the classes of which no support shows a pixel.
        """
        self.counts, self._warned = {}, set()
        require_supports(runner.train_dataloader)
        if runner.val_loop is not None:
            self.before_val(runner)

    def before_val(self, runner) -> None:
        """The same of validation; in a training, once."""
        if not self._checked:
            require_supports(runner.val_dataloader)
            self._checked = True

    def before_test(self, runner) -> None:
        """The same of a test."""
        require_supports(runner.test_dataloader)

    def after_train_iter(
        self, runner, batch_idx: int, data_batch: dict, outputs: dict | None = None
    ) -> None:
        """Count the masks of a batch, and warn of a class's first empty one."""
        samples = data_batch.get('data_samples') if data_batch else None
        for sample in samples or ():
            if not sample.get('support_class_pixels'):
                continue  # of a training that is not episodic
            own = self.counts.setdefault(sample.class_name, MaskCounts())
            own.add(shown_pixels(sample.metainfo, sample.class_pixels))
            if own.describe() and sample.class_name not in self._warned:
                self._warned.add(sample.class_name)
                runner.logger.warning(_first_warning(sample))

    def after_train(self, runner) -> None:
        """Tell how many masks were empty, by class, in all processes."""
        total: dict[str, MaskCounts] = {}
        for counts in all_gather_object(self.counts):
            for name, own in counts.items():
                total.setdefault(name, MaskCounts()).merge(own)
        text = describe_empty_masks(total)
        if text:
            runner.logger.warning(f'training: {text}')


def _first_warning(sample: FewShotSegDataSample) -> str:
    places = zip(
        (*sample.support_names, sample.query_name),
        (*sample.support_class_pixels, sample.class_pixels),
        (*sample.support_img_shapes, sample.img_shape),
    )
    names = [f'{name} at {h} x {w}' for name, pixels, (h, w) in places if pixels == 0]
    return (
        f'Class {sample.class_name!r}: a mask shows no pixel of it behind the pipeline '
        f'({", ".join(names)}). This is said once for each class; how many there are '
        'is said when training ends'
    )
