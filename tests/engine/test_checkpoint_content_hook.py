"""What is in a checkpoint is plain, and is checked when it is loaded."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from fss_mm.engine import CheckpointContentHook
from fss_mm.engine.checkpoints import from_plain
from fss_mm.registry import HOOKS

TRAINED = dict(classes=('ant', 'bee', 'cat'), base_classes=(1, 2), fold=2)


def runner(tested=(3,), load_from='w.pth', classes=TRAINED['classes']):
    """A Runner that tests a layer on classes of these ids."""
    metainfo = dict(classes=classes, episode_classes=tested, fold=0)
    dataset = SimpleNamespace(metainfo=metainfo)
    return SimpleNamespace(
        model=nn.Linear(2, 1),
        cfg=dict(load_from=load_from),
        test_loop=SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset)),
    )


def checkpoint(model=None):
    state = (model or nn.Linear(2, 1)).state_dict()
    return dict(state_dict=state, meta=dict(dataset_meta=TRAINED))


def test_its_registered_name():
    assert HOOKS.get('CheckpointContentHook') is CheckpointContentHook


def test_weights_of_another_model_are_refused():
    message = (
        r"'w.pth' is of another model: 3 entries .*: bias is missing; more is unknown; "
        r'weight is \(1, 3\), expected \(1, 2\).*checkpoint_content.strict=False'
    )
    other = dict(state_dict=dict(weight=torch.zeros(1, 3), more=torch.zeros(1)))
    with pytest.raises(ValueError, match=message):
        CheckpointContentHook().after_load_checkpoint(runner(), other)
    CheckpointContentHook(strict=False).after_load_checkpoint(runner(), other)


def test_weights_without_more_than_a_state_dict_are_known():
    hook, state = CheckpointContentHook(), nn.Linear(2, 1).state_dict()
    hook.after_load_checkpoint(runner(), state)
    hook.before_test(runner())
    with pytest.raises(ValueError, match='is of another model'):
        hook.after_load_checkpoint(runner(), nn.Linear(3, 1).state_dict())


@pytest.mark.parametrize('strict', [True, False])
def test_classes_that_were_trained_are_no_test(strict):
    hook = CheckpointContentHook(strict)
    hook.after_load_checkpoint(runner(), checkpoint())
    hook.before_test(runner(tested=(3,)))
    hook.before_test(runner(tested=(1, 2), classes=('owl', 'pig', 'ram')))
    if not strict:
        return hook.before_test(runner(tested=(2, 3)))
    message = (
        r"'w.pth' was trained on 1 of the classes .* novel: \['bee'\]. It held out "
        'fold 2, the test holds out fold 0; .*checkpoint_content.strict=False'
    )
    with pytest.raises(ValueError, match=message):
        hook.before_test(runner(tested=(2, 3)))


def test_nothing_is_checked_where_nothing_was_loaded():
    CheckpointContentHook().before_test(runner(tested=(1, 2, 3)))


def test_the_log_is_plain_in_the_file_and_itself_behind_it():
    buffer = HistoryBuffer([1.0, 3.0], [1, 1], max_length=9)
    saved = dict(message_hub=dict(log_scalars=dict(loss=buffer)))
    hook = CheckpointContentHook()
    hook.before_save_checkpoint(runner(), saved)
    plain = saved['message_hub']['log_scalars']['loss']
    assert plain['log'].tolist() == [1, 3] and plain['max_length'] == 9
    loaded = checkpoint() | saved
    hook.after_load_checkpoint(runner(), loaded)
    assert loaded['message_hub']['log_scalars']['loss'].mean() == 2


def test_history_from_another_device():
    """On a GPU mmengine loads tensors there: they are brought back first."""

    class OnDevice:
        def __init__(self, values):
            self.values = values

        def cpu(self):
            return torch.tensor(self.values)

        def numpy(self):
            raise TypeError("can't convert cuda tensor to numpy")

    hub = dict(
        log_scalars=dict(
            loss=dict(log=OnDevice([1.0, 3.0]), count=OnDevice([1, 1]), max_length=9)
        )
    )
    from_plain(hub)
    assert hub['log_scalars']['loss'].mean() == 2
