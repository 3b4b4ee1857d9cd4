"""Refuse to train on what is to be tested."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from torch.utils.data import Dataset

from ...registry import DATASETS, HOOKS
from ..leaks import (
    CLASS_REMEDY,
    IMAGE_REMEDY,
    UNCHECKED_REMEDY,
    class_names,
    describe_unchecked,
    few_shot_datasets,
    find_leaks,
)
from ..past_of_weights import past_of, remarks_on
from ..taught_as_background import describe_background


@HOOKS.register_module()
class LeakCheckHook(Hook):
    """Before the first step, compare the training data with those of val and test.

    Training fails if one of these is found:

    - A held-out class, that is one of which validation or test episodes are drawn, is
      trained: it has candidates in training, images whose pixels of it are supervised
      as that class. Classes are compared by name, so that data sets with different
      class tables can be compared; case, spaces, underscores and hyphens do not count.
      Of synonyms those of VOC and COCO are known ('tv' and 'tvmonitor'). A held-out
      class that training teaches as background (``novel_images='keep'``) is no leak;
      on how many images and pixels it does is said.
    - The weights that training starts from (``load_from``, ``resume``, files that the
      model names) were ever trained on a held-out class.
    - An image is on both sides: it is the query or a support of episodes (a candidate
      of any class) in training, and so it is in validation or test. Being on a list
      does not count: an image of the training list that shows a novel class and is
      therefore dropped is never trained, and an image of the test list without a
      held-out class is never tested. Files are compared by identity (links are
      followed) and by content, so that a copy under another name is found; an image
      that was encoded anew is not. Images without a file are compared by name.

    Data sets inside a wrapper, in its attribute ``datasets``, are looked into. Training
    data without ``candidates``, such as an ordinary data set of mmseg, cannot be
    checked: training fails, and the error names the held-out classes among
    ``metainfo['classes']``. Of data of validation and test that cannot be checked, or
    whose files are not there, a warning says so.

    Args:
        allow_shared_images (bool): Warn of shared images instead of failing, for
            protocols that test on images of the training list, such as PANet's.
            Defaults to False.
        allow_unchecked (bool): Warn of training data that cannot be checked instead of
            failing. Defaults to False.
        allow_trained_classes (bool): Warn of tested classes that are trained instead of
            failing, for supervised models, which are asked for what they have learned.
            Defaults to False.
    """

    def __init__(
        self,
        allow_shared_images: bool = False,
        allow_unchecked: bool = False,
        allow_trained_classes: bool = False,
    ) -> None:
        self.allow_shared_images = allow_shared_images
        self.allow_unchecked = allow_unchecked
        self.allow_trained_classes = allow_trained_classes

    def before_train(self, runner) -> None:
        """Check on the first process; all fail together, or none does.

        Raises:
            ValueError: Naming what has leaked, how much of it, and the remedy; or what
                cannot be checked.
        """
        failure: Exception | None = None
        if is_main_process():
            try:
                self._check(runner)
            except Exception as error:  # whatever it is, the other processes wait
                failure = error
        message = [failure and str(failure)]
        broadcast_object_list(message)
        if failure is not None:
            raise failure
        if message[0] is not None:
            raise ValueError(message[0])

    def _check(self, runner) -> None:
        train, foreign = few_shot_datasets([runner.train_dataloader.dataset])
        held_out, other = few_shot_datasets(held_out_datasets(runner))
        if held_out:
            for dataset in foreign:
                self._refuse(runner, describe_unchecked(dataset, held_out))
        for dataset in other:
            runner.logger.warning(
                f'leak check: {type(dataset).__name__} has no candidates and is not '
                'checked'
            )
        if held_out:
            self._check_past(runner, held_out)
        if train and held_out:
            level, text = check_leaks(
                train, held_out, self.allow_shared_images, self.allow_trained_classes
            )
            runner.logger.log(level, f'leak check: {text}')
        else:
            runner.logger.warning(
                'leak check: NOTHING WAS CHECKED, for want of '
                f'{"training" if held_out else "validation and test"} data that have '
                'candidates'
            )

    def _check_past(self, runner, held_out: Sequence[Dataset]) -> None:
        """Likewise, the weights that training starts from."""
        allowed = 'allow_trained_classes=True' * self.allow_trained_classes
        for line in remarks_on(past_of(runner.cfg), held_out, allowed):
            runner.logger.warning(f'leak check, of the weights at the start: {line}')

    def _refuse(self, runner, unchecked: str) -> None:
        """Fail, or warn where that is allowed."""
        if not self.allow_unchecked:
            raise ValueError(f'{unchecked}; {UNCHECKED_REMEDY}')
        runner.logger.warning(
            f'leak check: NOT CHECKED (allow_unchecked=True): {unchecked}'
        )


def held_out_datasets(runner) -> list[Dataset]:
    """The data sets of validation and test; that of the test is built for it."""
    found = [] if runner.val_loop is None else [runner.val_dataloader.dataset]
    test, val = (runner.cfg.get(f'{part}_dataloader') for part in ('test', 'val'))
    if test is None or (found and val is not None and test.dataset == val.dataset):
        return found
    try:
        return [*found, DATASETS.build(test.dataset)]
    except FileNotFoundError as error:  # one may train where only training data lie
        runner.logger.warning(f'leak check: THE TEST DATA ARE NOT CHECKED: {error}')
        return found


def check_leaks(
    train: Sequence[Dataset],
    held_out: Sequence[Dataset],
    allow_shared_images: bool,
    allow_trained_classes: bool = False,
) -> tuple[int, str]:
    """Compare data sets that have candidates.

    Returns:
        tuple[int, str]: Level of logging, and what was checked.

    Raises:
        ValueError: If something has leaked.
    """
    report = find_leaks(train, held_out)
    leaks = []
    if report.trained and not allow_trained_classes:
        leaks.append(f'{report.trained}. {CLASS_REMEDY}')
    if report.shared and not allow_shared_images:
        leaks.append(f'{report.shared}. {IMAGE_REMEDY}')
    if leaks:
        raise ValueError('\n'.join(leaks))
    if report.trained:
        return logging.WARNING, (
            f'{report.compared}: {report.trained} (allow_trained_classes=True); '
            + (report.shared or f'no image is shared (by {report.means})')
        )
    background = describe_background(train, class_names(held_out))
    supervision = 'has a pixel of supervision'
    if background:
        supervision = f'is trained as a class, but {background}'
    text = f'{report.compared}: no held-out class {supervision}, '
    if report.shared:
        return logging.WARNING, f'{text}BUT (allow_shared_images=True) {report.shared}'
    return logging.INFO, f'{text}no image is shared (by {report.means})'
