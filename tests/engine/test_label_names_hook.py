"""Which label of a supervised model a class of a test has."""

from types import SimpleNamespace

import pytest

from fss_mm.engine.hooks.label_names_hook import (
    LabelNamesHook,
    label_names,
    labels_of_classes,
)
from tests.models.test_supervised_segmentor import build


def test_names_of_a_few_shot_training_and_of_mmsegs():
    ours = dict(classes=('ant', 'bee', 'cat'), base_classes=(3, 1))
    assert label_names(ours) == ('background', 'cat', 'ant')
    assert label_names(dict(classes=('background', 'ant'))) == ('background', 'ant')
    assert label_names({}) == ()


def test_classes_are_found_by_name(make_dataset):
    test = make_dataset(novel_classes=('bee', 'dog'), fold=None, test_mode=True)
    labels = labels_of_classes(('background', 'DOG', 'ant', 'bee'), [test])
    assert labels == dict(bee=3, dog=1)
    with pytest.raises(ValueError, match=r'does not know dog: its labels are backg'):
        labels_of_classes(('background', 'bee'), [test])
    with pytest.raises(ValueError, match=r'not known: give a checkpoint'):
        labels_of_classes((), [test])


def runner(model, train=None, test=None):
    def loader(dataset):
        return SimpleNamespace(dataset=dataset)

    loop = SimpleNamespace(dataloader=loader(test))
    return SimpleNamespace(
        model=model, train_dataloader=loader(train), val_loop=loop, test_loop=loop
    )


def test_a_training_and_a_checkpoint_tell_the_model(make_dataset):
    model = build()
    train = make_dataset(fold=None, novel_classes=('dog',))
    test = make_dataset(fold=None, novel_classes=('bee', 'cat'), test_mode=True)
    hook = LabelNamesHook()
    hook.before_train(runner(model, train))
    hook.before_val(runner(model, train, test))
    assert model.labels == dict(bee=2, cat=3)
    later = LabelNamesHook()
    meta = dict(dataset_meta=dict(classes=('x', 'cat', 'bee')))
    later.after_load_checkpoint(None, dict(meta=meta))
    later.before_test(runner(model, test=test))
    assert model.labels == dict(cat=1, bee=2)


def test_a_head_that_knows_base_classes_gets_those_of_its_training(make_dataset):
    test = make_dataset(test_mode=True)
    model = SimpleNamespace(decode_head=SimpleNamespace(knows_base_classes=True))
    hook = LabelNamesHook()
    for classes in (('background', 'BEE', 'cat', 'dog'), ()):
        meta = dict(dataset_meta=dict(classes=classes))
        hook.after_load_checkpoint(None, dict(meta=meta))
        hook.before_test(runner(model, test=test))
    hook.names = ('background', 'bee', 'dog')
    with pytest.raises(
        ValueError, match=r'know the base classes bee, dog, and the test'
    ):
        hook.before_test(runner(model, test=test))


def test_another_number_of_labels_is_refused(make_dataset):
    train = make_dataset(fold=None, novel_classes=('cat', 'dog'))
    with pytest.raises(
        ValueError, match=r'num_classes=4, but the training has 3 labels'
    ):
        LabelNamesHook().before_train(runner(build(), train))
    LabelNamesHook().before_train(runner(None, train))  # no concern of other models
