"""Named protocols, and what is told of them."""

from pathlib import Path

import numpy as np
import pytest
from class_index import count_pairs
from mmengine.config import Config
from PIL import Image

from fss_mm.datasets.checks import NOVEL_IMAGES
from fss_mm.evaluation.scoring import check_scoring
from fss_mm.index import build_class_index
from fss_mm.protocols import (
    follow_in_training,
    load_protocol,
    plan_tests,
    protocol_names,
    write_tests,
)
from fss_mm.protocols.deviations import training_deviations
from fss_mm.registry import EPISODE_DRAWS
from tests.conftest import ROOT, write_mask

NAMES = ['bam', 'canet', 'fss_mm', 'hsnet', 'oslsm', 'panet', 'pfenet']
PASCAL = 'FewShotPascalDataset'


def config(name='configs/simprop/fold0.py') -> Config:
    return Config.fromfile(ROOT / name)


def test_the_protocols_that_come_with_the_toolbox():
    assert protocol_names() == NAMES


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('data_set', [PASCAL, 'FewShotCOCODataset', 'FSS1000Dataset'])
def test_a_protocol_says_all_that_it_has_to(name, data_set):
    elsewhere = {'canet', 'oslsm'} if data_set == 'FewShotCOCODataset' else set()
    if data_set == 'FSS1000Dataset':
        elsewhere = set(NAMES) - {'fss_mm', 'hsnet'}
    if name in elsewhere:
        with pytest.raises(ValueError, match=f'{name!r} is made for .* use fss_mm'):
            load_protocol(name, data_set)
        return
    protocol = load_protocol(name, data_set)
    assert protocol.name == name and len(protocol.source) > 5
    assert EPISODE_DRAWS.get(protocol.draw) is not None
    check_scoring(protocol.score_size, protocol.void)
    assert protocol.train['novel_images'] in NOVEL_IMAGES
    least = {'min_grid_pixels'} | ({'min_pixels'} if data_set == PASCAL else set())
    assert least <= set(protocol.test) and least <= set(protocol.train)
    assert protocol.tests_training_images == (name == 'panet')


# name: test list, pixels, pixels on the grid, draw, seeds x episodes, size, void
TABLE = {
    'bam': ('val', 2048, 0, 'image_order', 5, 1000, 'original', 'ignore'),
    'canet': ('val', 1, 0, 'every_pair', 1, 1000, (321, 321), 'background'),
    'fss_mm': ('val', 2048, 0, 'class_balanced', 5, 1000, 'original', 'ignore'),
    'hsnet': ('val', 1, 3, 'hsnet', 1, 1000, 'input', 'ignore'),
    'oslsm': ('val', 1, 3, 'class_uniform', 1, 1000, (500, 500), 'background'),
    'panet': ('trainaug', 1, 0, 'class_uniform', 5, 1000, (417, 417), 'ignore'),
    'pfenet': ('val', 2048, 0, 'image_order', 1, 5000, 'original', 'ignore'),
}


@pytest.mark.parametrize('name', NAMES)
def test_the_table_of_protocols_on_pascal(name):
    p = load_protocol(name, PASCAL)
    rules = p.test['split'], p.test['min_pixels'], p.test['min_grid_pixels']
    given = (*rules, p.draw, len(p.seeds), p.num_episodes, p.score_size, p.void)
    assert given == TABLE[name]
    dropped = name in ('bam', 'fss_mm')
    assert (p.train['novel_images'] == 'drop') == dropped


def test_a_subclass_follows_its_parents_protocol():
    assert load_protocol('fss_mm', 'FewShotShapesDataset').test['min_grid_pixels'] == 0


def test_bad_protocols(tmp_path):
    with pytest.raises(ValueError, match=r"'bum' is not one of \['bam'"):
        load_protocol('bum', PASCAL)
    path = tmp_path / 'mine.py'
    path.write_text('rules = 1')
    with pytest.raises(ValueError, match='mine.py: expected `protocol = dict'):
        load_protocol(path, PASCAL)
    path.write_text("protocol = dict(name='mine', datasets=dict(FewShotSegDataset={}))")
    with pytest.raises(
        ValueError, match='mine.py: score_size=None, .*; the fields are'
    ):
        load_protocol(path, PASCAL)


def test_fss_1000_keeps_its_three_lists():
    """Validation is not moved to the classes of the test, and nothing deviates."""
    cfg = config('configs/simprop/fss-1000.py')
    follow_in_training(cfg, load_protocol('hsnet', 'FSS1000Dataset'))
    loaders = [cfg[f'{part}_dataloader'].dataset for part in ('train', 'val', 'test')]
    assert [dataset.split for dataset in loaders] == ['train', 'val', 'test']
    write_tests(cfg, plan_tests(cfg, ['hsnet']))
    assert cfg.tests.hsnet.deviations == []


def test_a_fragment_of_ours_by_its_path(monkeypatch):
    monkeypatch.chdir(ROOT)
    path = 'configs/_base_/protocols/bam.py'
    assert load_protocol(path, PASCAL) == load_protocol('bam', PASCAL)


def test_a_name_of_ours_is_taken(tmp_path):
    path = tmp_path / 'mine.py'
    text = (ROOT / 'configs/_base_/protocols/bam.py').read_text()
    path.write_text(text)
    with pytest.raises(ValueError, match="name='bam' is that of a protocol of fss_mm"):
        load_protocol(path, PASCAL)
    path.write_text(text.replace("'bam'", "'mine'"))
    assert load_protocol(path, PASCAL).name == 'mine'


def test_one_protocol_is_written_into_the_test():
    cfg = config()
    write_tests(cfg, plan_tests(cfg, ['oslsm']))
    assert cfg.test_dataloader.dataset.min_grid_pixels == 3
    assert cfg.test_dataloader.dataset.protocol == 'oslsm'
    assert cfg.test_dataloader.sampler.seeds == [1385]
    assert cfg.test_evaluator.score_size == (500, 500)
    assert cfg.tests.oslsm.deviations == []


def test_several_protocols_become_a_joint_test():
    cfg = config()
    write_tests(cfg, plan_tests(cfg, ['bam', 'hsnet']))
    assert list(cfg.test_dataloader.dataset.datasets) == ['bam', 'hsnet']
    assert cfg.test_dataloader.sampler.samplers.hsnet.draw == 'hsnet'
    assert list(cfg.test_evaluator.tests) == ['bam', 'hsnet']
    assert cfg.test_evaluator.tests.hsnet.score_size == 'input'
    with pytest.raises(ValueError, match="'bam' is given twice"):
        plan_tests(cfg := config(), ['bam', 'bam'])


def test_deviations_are_told():
    cfg = config()
    tests = plan_tests(cfg, ['bam'])
    tests['bam'].loader.sampler.update(num_episodes=7, identical_inputs=True)
    tests['bam'].loader.dataset.min_pixels = 1
    write_tests(cfg, tests)
    assert cfg.tests.bam.deviations == [
        'min_pixels is 1 instead of 2048',
        'identical_inputs is True instead of False',
        'num_episodes is 7 instead of 1000',
    ]


def test_cfg_options_stand_above_a_protocol():
    options = {'test_dataloader.sampler.num_episodes': 9}
    tests = plan_tests(
        config(), ['bam', 'hsnet'], None, lambda cfg: cfg.merge_from_dict(options)
    )
    for test in tests.values():
        assert test.loader.sampler.num_episodes == 9
    cfg = config()
    write_tests(cfg, tests)
    assert cfg.tests.hsnet.deviations == ['num_episodes is 9 instead of 1000']


def test_a_config_that_uses_a_name_is_held_to_it():
    cfg = config()
    cfg.test_dataloader.dataset.protocol = 'bam'
    write_tests(cfg, plan_tests(cfg))
    assert 'min_pixels is 1 instead of 2048' in cfg.tests.bam.deviations


def test_published_lists(tmp_path):
    cfg = config()
    tests = plan_tests(cfg, ['hsnet', 'bam'], str(tmp_path))
    assert tests['hsnet'].loader.dataset.pair_list == str(
        tmp_path / 'val/fold{fold}.txt'
    )
    assert tests['bam'].loader.dataset.pair_list is None
    write_tests(cfg, tests)
    assert cfg.tests.hsnet.deviations == []
    cfg = config()
    for names in (['bam'], []):
        with pytest.raises(ValueError, match='--pair-lists .* has published lists'):
            plan_tests(cfg, names, str(tmp_path))
    with pytest.raises(ValueError, match='--pair-lists nowhere is no folder'):
        plan_tests(cfg, ['hsnet'], 'nowhere')


CHANGES = [
    ('dataset', dict(pair_list='x.txt')),
    ('dataset', dict(test_mode=False)),
    ('dataset', dict(mask_dir='SegmentationClass')),
    ('dataset', dict(novel_classes=[1, 2])),
    ('dataset', dict(folds=[[1], [2]])),
    ('dataset', dict(split='train')),
    ('dataset', dict(min_grid_pixels=1)),
    ('sampler', dict(draw='hsnet')),
    ('sampler', dict(seeds=[1])),
    ('sampler', dict(identical_inputs=True)),
    ('metric', dict(ignore_index=0)),
    ('metric', dict(void='background')),
    ('metric', dict(score_size='input')),
]


@pytest.mark.parametrize('part, change', CHANGES, ids=str)
def test_nothing_that_decides_a_result_escapes(part, change):
    (test,) = plan_tests(config(), ['bam']).values()
    target = test.metric if part == 'metric' else test.loader[part]
    target.update(change)
    cfg = config()
    write_tests(cfg, dict(bam=test))
    assert len(cfg.tests.bam.deviations) == 1
    assert cfg.tests.bam.deviations[0].startswith(next(iter(change)))


def test_what_is_the_users_to_choose_is_no_deviation():
    (test,) = plan_tests(config(), ['bam']).values()
    test.loader.dataset.update(data_root='x', fold=2, num_shots=5, query_pipeline=[])
    cfg = config()
    write_tests(cfg, dict(bam=test))
    assert cfg.tests.bam.deviations == []


def test_another_division_of_coco_is_a_deviation():
    cfg = config('configs/crnet/table7_both.py')
    write_tests(cfg, plan_tests(cfg, ['bam']))
    (deviation,) = cfg.tests.bam.deviations
    assert deviation.startswith('novel_classes is [4, 8,')


def test_training_follows_a_protocol():
    cfg = config()
    follow_in_training(cfg, load_protocol('panet', PASCAL))
    assert cfg.train_dataloader.dataset.novel_images == 'keep'
    assert cfg.val_dataloader.dataset.split == 'trainaug'
    assert cfg.val_dataloader.sampler.draw == 'class_uniform'
    assert cfg.val_dataloader.sampler.seeds == (100,), 'a list of its own'
    assert cfg.val_evaluator.score_size == (417, 417)
    hook = next(h for h in cfg.custom_hooks if h.type == 'LeakCheckHook')
    assert hook.allow_shared_images


@pytest.mark.parametrize(
    'name', ['hsnet/fold3', 'hsnet/table1_5shot', 'coco20i/hsnet/fold0']
)
def test_hsnet_trains_and_is_tested_under_its_protocol(name):
    cfg = config(f'configs/{name}.py')
    kind = cfg.test_dataloader.dataset.type
    follow_in_training(cfg, load_protocol('hsnet', kind))
    own = cfg.train_dataloader.dataset
    assert (own.novel_images, own.protocol) == ('keep', 'hsnet')
    assert cfg.val_evaluator.score_size == 'input'
    assert own.query_pipeline[-1].scale == (400, 400)
    assert own.query_pipeline == own.support_pipeline
    write_tests(cfg, plan_tests(cfg, ['hsnet']))
    assert cfg.tests.hsnet.deviations == []


@pytest.mark.parametrize('name', ['bam', 'hsnet'])
@pytest.mark.parametrize('found', NOVEL_IMAGES)
def test_weights_that_saw_novel_classes_in_another_way(name, found):
    cfg = config()
    write_tests(cfg, plan_tests(cfg, [name]))
    expected = dict(bam='drop', hsnet='keep')[name]
    told = training_deviations(cfg.tests[name], dict(novel_images=found))
    if found == expected:
        assert told == []
    else:
        assert told == [f'trained with novel_images={found} instead of {expected}']


def test_weights_of_which_nothing_is_known_deviate_in_nothing():
    for training in (None, {}, dict(split='train')):
        assert training_deviations(dict(novel_images='drop'), training) == []
    assert training_deviations(dict(deviations=[]), dict(novel_images='keep')) == []


def test_a_protocol_that_ignores_novel_pixels(tmp_path):
    text = (ROOT / 'configs/_base_/protocols/bam.py').read_text()
    path = tmp_path / 'ours.py'
    text = text.replace("novel_images='drop'", "novel_images='ignore'")
    path.write_text(text.replace("name='bam'", "name='ours'"))
    cfg = config()
    follow_in_training(cfg, load_protocol(path, PASCAL))
    assert cfg.train_dataloader.dataset.novel_images == 'ignore'


# protocol, fold: training images and pairs, test images and pairs by class
PUBLISHED = {
    ('pfenet', 0): (4760, 6546, 364, (81, 63, 89, 61, 71)),
    ('pfenet', 1): (4588, 5896, 445, (70, 100, 118, 110, 69)),
    ('bam', 0): (4208, 5749, 364, (81, 63, 89, 61, 71)),
    ('bam', 1): (3726, 4706, 445, (70, 100, 118, 110, 69)),
}


def test_published_counts(voc_sbd: Path):
    for (protocol, fold), expected in PUBLISHED.items():
        counts = count_pairs(voc_sbd, 'SegmentationClassAug', protocol, fold)
        assert expected == (
            counts['train']['images'],
            counts['train']['pairs'],
            counts['val']['images'],
            tuple(counts['val']['per_class'].values()),
        )


def test_all_folds_agree_with_a_plain_count(voc_sbd):
    """An independent count: straight from the masks of every tenth image, and of all
    from what the index says of them.
    """
    masks = voc_sbd / 'SegmentationClassAug'
    index, found = build_class_index(masks), {}
    for split in ('pfenet_train', 'val'):
        names = (voc_sbd / f'ImageSets/Segmentation/{split}.txt').read_text().split()
        own = index.subset(names)
        found[split] = np.zeros((len(names), 20), dtype=np.int64)
        found[split][own.image_ids, own.class_ids - 1] = own.pixels
        for row in range(0, len(names), 10):
            pixels = np.array(Image.open(masks / f'{names[row]}.png'))
            plain = np.bincount(pixels.ravel(), minlength=256)[1:21]
            assert (found[split][row] == plain).all(), names[row]
    for fold in range(4):
        novel = np.arange(5 * fold, 5 * fold + 5)
        base = np.setdiff1d(np.arange(20), novel)
        clean = (found['pfenet_train'][:, novel] == 0).all(1)
        for protocol, images in (('pfenet', slice(None)), ('bam', clean)):
            counts = count_pairs(voc_sbd, 'SegmentationClassAug', protocol, fold)
            large = found['pfenet_train'][images][:, base] >= 2048
            assert counts['train']['pairs'] == large.sum()
            assert counts['train']['images'] == large.any(1).sum()
            large = found['val'][:, novel] >= 2048
            assert list(counts['val']['per_class'].values()) == large.sum(0).tolist()


def test_counting_refuses_bad_masks(voc_tree):
    lists = voc_tree / 'ImageSets/Segmentation'
    (lists / 'pfenet_train.txt').write_text((lists / 'train.txt').read_text())
    assert count_pairs(voc_tree, 'SegmentationClassAug', 'bam', 1)['val']['pairs'] == 0
    write_mask(voc_tree / 'SegmentationClassAug/1_0.png', np.full((30, 40), 77))
    with pytest.raises(ValueError, match=r'1_0 \(value 77\): not a class'):
        count_pairs(voc_tree, 'SegmentationClassAug', 'bam', 1)
    (voc_tree / 'SegmentationClassAug/1_0.png').unlink()
    with pytest.raises(FileNotFoundError, match='1 images have no mask: 1_0'):
        count_pairs(voc_tree, 'SegmentationClassAug', 'bam', 1)
