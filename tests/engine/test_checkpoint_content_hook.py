"""What is in a checkpoint is plain, and is checked when it is loaded."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from fss_mm.engine import CheckpointContentHook
from fss_mm.engine.checkpoints import from_plain
from fss_mm.registry import HOOKS

HUB = dict(log_scalars={}, runtime_info={}, resumed_keys={})


def runner():
    """A Runner that tests a layer."""
    return SimpleNamespace(model=nn.Linear(2, 1), cfg=dict(load_from='w.pth'))


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


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ([1.0, 2.0], 'a list, expected a tensor'),
        (None, 'nothing, expected a tensor'),
        (torch.ones(1, 2, device='meta'), 'without values of its own'),
        (torch.ones(1, 2).to_sparse(), 'without values of its own'),
        (torch.ones(1, 2).int(), 'torch.int32, expected torch.float32'),
        (torch.ones(1, 2).cfloat(), 'torch.complex64, expected torch.float32'),
        (torch.tensor([[1, float('nan')]]), r'not a number \(NaN\) in places'),
    ],
)
def test_entries_that_cannot_be_weights(value, text):
    """mmengine would warn at most, and go on with initial or wrong ones."""
    state = nn.Linear(2, 1).state_dict() | dict(weight=value)
    with pytest.raises(ValueError, match=f'such as: weight is {text}'):
        CheckpointContentHook().after_load_checkpoint(runner(), dict(state_dict=state))
    half = {k: v.half() for k, v in nn.Linear(2, 1).state_dict().items()}
    CheckpointContentHook().after_load_checkpoint(runner(), dict(state_dict=half))


@pytest.mark.parametrize('hub', [None, [], dict(log_scalars=3), {}])
def test_malformed_logs(hub):
    """They are left out of what is loaded, and a training does not go on from them."""
    it, loaded = runner(), dict(state_dict=nn.Linear(2, 1).state_dict())
    loaded |= dict(message_hub=hub, meta=dict(epoch=0, iter=1), optimizer={})
    CheckpointContentHook().after_load_checkpoint(it, loaded)
    it.cfg['resume'] = True
    with pytest.raises(ValueError, match='has no message_hub'):
        CheckpointContentHook().after_load_checkpoint(it, loaded)
    scalars = dict(a=dict(log=3), b=dict(log=torch.ones(2), count=torch.ones(1)))
    from_plain(dict(log_scalars=scalars))
    assert not any(isinstance(value, HistoryBuffer) for value in scalars.values())


def test_weights_without_more_than_a_state_dict_are_known():
    hook, state = CheckpointContentHook(), nn.Linear(2, 1).state_dict()
    hook.after_load_checkpoint(runner(), state)
    with pytest.raises(ValueError, match='is of another model'):
        hook.after_load_checkpoint(runner(), nn.Linear(3, 1).state_dict())


def test_the_log_is_plain_in_the_file_and_itself_behind_it():
    buffer = HistoryBuffer([1.0, 3.0], [1, 1], max_length=9)
    saved = dict(message_hub=dict(log_scalars=dict(loss=buffer)), meta={})
    hook = CheckpointContentHook()
    hook.before_save_checkpoint(runner(), saved)
    plain = saved['message_hub']['log_scalars']['loss']
    assert plain['log'].tolist() == [1, 3] and plain['max_length'] == 9
    loaded = dict(state_dict=nn.Linear(2, 1).state_dict()) | saved
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


@pytest.mark.parametrize(
    ('given', 'lacks'),
    [
        ({}, 'meta, message_hub, optimizer'),
        (
            dict(meta=dict(iter=1), message_hub=HUB, param_schedulers=[]),
            'optimizer, meta.epoch',
        ),
    ],
)
def test_weights_alone_are_not_resumed(given, lacks):
    it = runner()
    it.cfg['resume'] = True
    loaded = dict(state_dict=nn.Linear(2, 1).state_dict()) | given
    with pytest.raises(ValueError, match=f'has no {lacks}. Start .* load_from=w.pth'):
        CheckpointContentHook().after_load_checkpoint(it, loaded)
