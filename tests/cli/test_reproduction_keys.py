"""What a run depends on: lists, protocol, data with folds and without."""

from types import SimpleNamespace

import pytest
from mmengine.config import Config

from fss_mm.protocols import load_protocol
from fss_mm.utils.config_files import fragment
from fss_mm_cli.reproduction import keys
from fss_mm_cli.reproduction.planning import folds_of
from fss_mm_cli.reproduction.preparing import key_of
from fss_mm_cli.reproduction.runs import Run
from fss_mm_cli.reproduction.states import state_of
from tests.conftest import FOUR
from tests.datasets.test_fss1000 import NAMES, write_tree


def state(tmp_path, was, now):
    """Of a training that was made with one key and is wanted with another."""
    run = Run('a/train', tmp_path, 'a', 0, 0, now)
    entry = dict(key=was, state='done')
    return state_of(run, SimpleNamespace(get=lambda name: entry))


@pytest.mark.parametrize(
    'was, now, other',
    [
        (dict(num_episodes=20), {}, 'num_episodes 20 instead of None'),
        ({}, dict(num_episodes=20), 'num_episodes None instead of 20'),
        (dict(episode_seeds=[0]), {}, 'episode_seeds [0] instead of None'),
        (dict(protocol=None), {}, None),
        (dict(data='1'), dict(data=None), None),  # a dry run without data
        (dict(data='1'), dict(data='2'), 'data 1 instead of 2'),
    ],
)
def test_keys_are_compared_both_ways(tmp_path, was, now, other):
    found = state(tmp_path, dict(config='c') | was, dict(config='c') | now)
    if other is None:
        assert found == 'done'
    else:
        assert found.startswith(f'refused: a/train was made with other {other};')


def test_a_protocol_is_its_rules(tmp_path):
    """Not the place of its file, nor what is said in it of other data sets."""
    text = fragment('protocols', 'panet').read_text()
    text = text.replace("name='panet'", "name='own'")

    def key(folder, text):
        path = tmp_path / folder / 'own.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return keys.protocol_key(load_protocol(path, 'FewShotPascalDataset'))

    first = key('a', text)
    assert first.startswith('own ') and key('b', f'{text}# a remark\n') == first
    assert key('a', text.replace('num_episodes=1000', 'num_episodes=999')) != first


def test_published_lists_are_their_content(tmp_path):
    protocol = load_protocol('hsnet', 'FewShotPascalDataset')

    def key():
        return keys.lists_key(str(tmp_path), protocol)

    for name in ('trn/fold1.txt', 'val/fold0.txt', 'other.txt'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('2007_000032__1\n')
    first = key()
    (tmp_path / 'other.txt').write_text('of no protocol')
    assert key() == first
    (tmp_path / 'val/fold0.txt').write_text('2007_000032__2\n')
    assert key() != first


def test_data_are_those_that_a_protocol_takes(tmp_path, voc_tree):
    """A protocol names lists of its own; what a config names is not read then."""
    text = (
        fragment('protocols', 'fss_mm')
        .read_text()
        .replace("name='fss_mm'", "name='own'")
    )
    (tmp_path / 'own.py').write_text(
        text.replace('=dict(),', "=dict(test=dict(split='own.txt')),")
    )
    part = dict(
        type='FewShotSegDataset', data_root=str(voc_tree), img_dir='JPEGImages',
        mask_dir='SegmentationClassAug', metainfo=FOUR, fold=0,
        split='ImageSets/Segmentation/val.txt',
    )  # fmt: skip
    cfg = Config(dict(model={}, test_dataloader=dict(dataset=part)))

    def data(images):
        (voc_tree / 'own.txt').write_text(''.join(f'{name}\n' for name in images))
        keys._data_key.cache_clear()
        return key_of(cfg, protocol=str(tmp_path / 'own.py'))['data']

    assert data(['1_1', '2_1']) == data(['1_1', '2_1']) != data(['1_1', '2_2'])
    with pytest.raises(ValueError, match='--pair-lists .* no'):
        key_of(cfg, pair_lists=str(tmp_path))
    with pytest.raises(ValueError, match="protocol 'nobody' is not one of"):
        key_of(cfg, protocol='nobody')


def test_data_without_folds_have_a_key(tmp_path):
    """FSS-1000 takes none of the fields that say which classes are held out."""
    root = write_tree(tmp_path / 'fss', [*NAMES[:2], NAMES[260], NAMES[280]])

    def key(split):
        dataset = dict(type='FSS1000Dataset', data_root=str(root), split=split)
        cfg = Config(dict(test_dataloader=dict(dataset=dataset | dict(test_mode=True))))
        return keys.data_key(cfg)

    assert key('test') == key('test') != key('val')


def config_of(**dataset):
    return Config(dict(test_dataloader=dict(dataset=dict(type='D', **dataset))))


def test_folds_are_those_of_the_data():
    without, with_folds = [config_of(split='test')], [config_of(), config_of(fold=0)]
    assert folds_of(without, None) == (None,)
    assert folds_of(with_folds, None) == (0, 1, 2, 3)
    assert folds_of(with_folds, [2, 1]) == (2, 1)
    assert folds_of([config_of(folds=[[1], [2]])], [1]) == (1,)
    chosen = config_of(folds=dict(num_folds=4), novel_classes=['owl'])
    assert folds_of([chosen], None) == (None,)
    with pytest.raises(ValueError, match='--folds 0 1: .* no folds'):
        folds_of(without, [0, 1])


@pytest.mark.parametrize('command', ['reproduce', 'table'])
def test_folds_of_data_without_are_refused(call, tmp_path, command):
    own = tmp_path / 'own.py'
    base = fragment('datasets', 'fss-1000')
    own.write_text(f'_base_ = [{str(base)!r}]\nmodel, default_hooks = {{}}, {{}}\n')
    name = dict(reproduce='crnet/table7', table=own)[command]
    code, out, errors = call(command, name, '--folds', '0', '--work-dir', tmp_path)
    assert (code, out) == (2, '')
    (line,) = errors.splitlines()
    assert line.startswith('error: --folds 0: ')
