"""What a checkpoint says of itself is believed as far as it is well-formed."""

import numpy as np
import pytest
import torch

from fss_mm.engine.checkpoint_meta import meta_of
from fss_mm.engine.training_history import TrainingHistory, history_in
from fss_mm.engine.work_folder import last_checkpoint

DATA = dict(dataset='Birds', classes=('owl', 'wren'), base_classes=(2,), fold=0)
HISTORY = TrainingHistory(('wren',), ('Birds',), np.array([1, 5])).to_meta()


def test_what_is_well_formed_is_kept():
    meta = dict(iter=3, seed=None, dataset_meta=DATA, runs=[['a', 0]], cfg='kept')
    meta['training_history'] = HISTORY
    assert meta_of(dict(meta=meta)) == dict(meta, runs=[('a', 0)])
    assert meta_of({}) == meta_of(dict(meta=[1])) == dict(dataset_meta={}, runs=[])


@pytest.mark.parametrize(
    ('key', 'value'),
    [('classes', 'wren'), ('classes', ['wren', 3]), ('datasets', None), ('unknown', 1)]
    + [('images', value) for value in ([1], torch.ones(2), torch.ones(2, 2).long())],
)
def test_a_malformed_history_is_unknown(key, value):
    """The data set of the last training is all that is left."""
    meta = dict(training_history=HISTORY | {key: value}, dataset_meta=DATA)
    found = history_in(dict(meta=meta), 'w.pth')
    assert found.classes == ('wren',) and found.unknown == ('w.pth',)
    del meta['training_history'][key]
    assert history_in(dict(meta=meta), 'w.pth').unknown == ('w.pth',)
    for history in ('text', [HISTORY], {}, 3):
        assert history_in(dict(meta=dict(training_history=history)), 'w').unknown


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('classes', 'owl'),
        ('classes', [['owl']]),
        ('base_classes', [0]),
        ('base_classes', [3]),
        ('base_classes', ['wren']),
        ('novel_classes', 1),
    ],
)
def test_classes_are_believed_together_or_not_at_all(key, value):
    """With a wrong id it would be a wrong class that was trained."""
    meta = meta_of(dict(meta=dict(dataset_meta=DATA | {key: value})))
    assert meta['dataset_meta'] == dict(dataset='Birds', fold=0)
    assert (
        history_in(dict(meta=dict(dataset_meta=DATA | {key: value})), 'w') is not None
    )


@pytest.mark.parametrize('fold', ['0', -1, True, [0], np.arange(2), 1.5])
def test_fields_of_another_type_are_left_out(fold):
    given = DATA | dict(fold=fold, more=[[1, (None, 'a')]], odd=torch.ones(2))
    given[3] = 4
    meta = meta_of(dict(meta=dict(dataset_meta=given, iter=fold, runs=[('a', fold)])))
    known = {key: DATA[key] for key in DATA if key != 'fold'}
    assert meta['dataset_meta'] == known | dict(more=given['more'])
    assert 'iter' not in meta and meta['runs'] == []


def test_values_without_end_are_left_out():
    value = []
    for _ in range(5000):
        value = [value]
    assert meta_of(dict(meta=dict(dataset_meta=dict(x=value)))) == meta_of({})


def test_a_work_folder_with_rubbish(tmp_path):
    """The note is not text; a folder and a dangling link have names of checkpoints."""
    torch.save({}, tmp_path / 'iter_4.pth')
    (tmp_path / 'last_checkpoint').write_bytes(b'\xff\x00\xfe/iter_9')
    (tmp_path / 'iter_8.pth').mkdir()
    (tmp_path / 'iter_9.pth').symlink_to('nowhere')
    assert last_checkpoint(tmp_path).name == 'iter_4.pth'
