"""Which label of a supervised model a class of a test has: by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmengine.hooks import Hook
from torch.utils.data import Dataset

from ...datasets.class_synonyms import fold_name
from ...models import SupervisedSegmentor
from ...registry import HOOKS
from ...utils.distributed import unwrapped
from ...utils.text import shorten
from ..checkpoint_meta import meta_of
from ..leaks import few_shot_datasets


@HOOKS.register_module()
class LabelNamesHook(Hook):
    """Tell a :class:`~fss_mm.models.SupervisedSegmentor` which label a class has.

    The labels are those of the training's data set, whose names a checkpoint carries;
    the classes are those of which validation or test has episodes. A head that
    ``knows_base_classes``, such as AMP's, is not tested with others than those of the
    checkpoint. Nothing happens to other models.
    :class:`~fss_mm.engine.FewShotRunner` registers it by itself.
    """

    priority = 'LOWEST'  # behind the check of what the weights saw

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()

    def after_load_checkpoint(self, runner, checkpoint: Mapping) -> None:
        """Take the names from the checkpoint."""
        self.names = label_names(meta_of(checkpoint)['dataset_meta'])

    def before_train(self, runner) -> None:
        """Take those of the training.

        Raises:
            ValueError: If the model has another number of labels.
        """
        model = unwrapped(runner.model)
        if not isinstance(model, SupervisedSegmentor):
            return
        self.names = label_names(runner.train_dataloader.dataset.metainfo)
        if len(self.names) != model.num_classes:
            raise ValueError(
                f'model.decode_head.num_classes={model.num_classes}, but the training '
                f'has {len(self.names)} labels ({shorten(self.names)}): set it to that'
            )

    def before_val(self, runner) -> None:
        """Tell them."""
        self._tell(runner, runner.val_loop)

    def before_test(self, runner) -> None:
        """Tell them, and check those that a head knows.

        Raises:
            ValueError: If the test has other base classes than the weights.
        """
        self._tell(runner, runner.test_loop)
        head = getattr(unwrapped(runner.model), 'decode_head', None)
        if self.names and getattr(head, 'knows_base_classes', False):
            datasets, _ = few_shot_datasets([runner.test_loop.dataloader.dataset])
            for dataset in datasets:
                require_base_classes(self.names, label_names(dataset.metainfo))

    def _tell(self, runner, loop) -> None:
        model = unwrapped(runner.model)
        if isinstance(model, SupervisedSegmentor):
            datasets, _ = few_shot_datasets([loop.dataloader.dataset])
            model.use_labels(labels_of_classes(self.names, datasets))


def label_names(meta: Mapping) -> tuple[str, ...]:
    """Names of the labels 0, 1, ... that a training teaches.

    Args:
        meta (Mapping): Of its data set: ``classes``, and of a few-shot data set
            ``base_classes``, by the ids 1, 2, ... of the table; else ``classes`` are
            those of mmseg, with the background.
    """
    classes = tuple(meta.get('classes') or ())
    if 'base_classes' not in meta:
        return classes
    return 'background', *(classes[c - 1] for c in meta['base_classes'])


def require_base_classes(trained: Sequence[str], tested: Sequence[str]) -> None:
    """Check that labels of supports mean what they meant in training.

    Args:
        trained (Sequence[str]): Names of the labels in the weights.
        tested (Sequence[str]): Those of the test's data set.

    Raises:
        ValueError: If they differ.
    """
    ours, theirs = ([*map(fold_name, names)] for names in (trained, tested))
    if ours != theirs:
        raise ValueError(
            f'the weights know the base classes {shorten(trained[1:], 25)}, and the '
            f'test has {shorten(tested[1:], 25)}: give test_dataloader.dataset the '
            'base_classes of the training, in its order'
        )


def labels_of_classes(
    names: Sequence[str], datasets: Sequence[Dataset]
) -> dict[str, int]:
    """The label of each class of which there are episodes, by the class's name.

    Args:
        names (Sequence[str]): Of the labels.
        datasets (Sequence[Dataset]): Data sets of a test.

    Raises:
        ValueError: If a class is none of the labels.
    """
    labels = {fold_name(name): i for i, name in enumerate(names)}
    wanted = {c: None for one in datasets for c in one.candidates.class_names.values()}
    unknown = [name for name in wanted if fold_name(name) not in labels]
    if unknown:
        known = shorten(names, 25) if names else 'not known: give a checkpoint'
        raise ValueError(
            f'the supervised model does not know {", ".join(unknown)}: its labels are '
            f'{known}. Give one that was trained on all tested classes, or another '
            '--fold'
        )
    return {name: labels[fold_name(name)] for name in wanted}
