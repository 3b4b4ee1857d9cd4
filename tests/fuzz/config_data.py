"""Arguments of data sets that do not fit each other, or the data."""

from __future__ import annotations

from hypothesis import strategies as st

from .config_world import Experiment
from .folder_world import make_world
from .kinds import Kind
from .paths import put

_CLASSES = {
    'fold': (9, -1, 'x', 1.5, None, [0], 4),
    'num_shots': (0, -3, 'x', 1.5, None, 1000),
    'novel_classes': ((1,), ('nothing',), (99,), (), 'disc', (1, 1), (0,), (None,), 3),
    'base_classes': ((), ('nothing',), (99,), 3, (1, 2, 3, 4, 5), (-1,), 'disc'),
    'folds': (
        [], [[]], [[1]], [[1], [1]], 3, [['nothing']], dict(num_folds=99), 'x', [1, 2],
        [[99]], [None], dict(seed=1),
    ),
    'metainfo': (dict(), dict(classes=()), dict(classes=3), dict(classes=('a',)), 'x'),
    'min_images': (10**6, 90),
    'min_pixels': (10**9,),
    'pair_list': ('nowhere_{fold}.txt', 3, '{nothing}.txt', ''),
    'split': ('nothing', '', None, 3),
    'query_pipeline': ([], [dict()], [3], ['x'], [dict(type='Resize')], None, 'x',
                       [dict(type='LoadFewShotMask'), dict(type='RandomCrop')]),
}  # fmt: skip


def _classes(experiment: Experiment, case: dict) -> None:
    """Classes, folds and shots that do not exist, or contradict each other."""
    name = case['field']
    value = _CLASSES[name][case['value'] % len(_CLASSES[name])]
    loader = f'{experiment.tool}_dataloader'
    if case['alone'] and name == 'novel_classes':
        put(experiment.values, f'{loader}.dataset.fold', None)
    put(experiment.values, f'{loader}.dataset.{name}', value)
    experiment.right = None
    experiment.words = [name, loader, repr(value), 'class', 'image', 'episode']
    experiment.words += ['pairs', 'Resize']


_OWN = {
    'classes': (
        ('nothing',), (), 'nowhere.txt', ('beaver', 'beaver'), {1: 'a'}, {0: 'a'}, 3,
        {'x': 'a'}, (1, 2), ('background',), {300: 'a'}, (None,), 'images', [[]],
    ),
    'data_root': ('nowhere', '', None, 3),
    'img_dir': ('nowhere', 'masks', None, ''),
    'mask_dir': ('nowhere', 'images', '', None),
    'novel_classes': ((), ('nothing',), (9,), 'beaver', (0,)),
    'folds': (dict(num_folds=0), dict(num_folds=99), dict(num=3), dict(seed='x'), 3),
    'annotations': ('nowhere.json', 'images', 'masks', 3, ''),
    'foreground': ('red', 1, '', ()),
    'ignore': (3, (300,), ('x',), (-1,), (0,), (1,)),
    'img_range': ((0, 1, 2), (1, 0), (0, 0), 'x', 3, (None, 1)),
    'mask_suffix': ('_none.png', '', 3, 'png', '*'),
    'img_suffix': ('.none', 3, 'png', '*'),
    'crowds': ('nothing', None, 3),
    'split': ('nowhere.txt', 'images', '', 3),
    'fit_annotations': ('x', 3),
}  # fmt: skip


def _own_images(experiment: Experiment, case: dict) -> None:
    """A data set of the user's, with one wrong argument."""
    own = dict(seed=3, images=8, classes=3, form=case['form'], suffix='.png')
    world = make_world(own, experiment.folder / 'data')
    name = case['field']
    value = _OWN[name][case['value'] % len(_OWN[name])]
    load = [dict(type='LoadFewShotImage', imdecode_backend='pillow'),
            dict(type='LoadFewShotMask'),
            dict(type='Resize', scale=(32, 32))]  # fmt: skip
    common = dict(
        type='FewShotFolderDataset',
        data_root=str(world.root),
        query_pipeline=load,
        novel_classes=world.classes[-1:],
        **world.options,
    )
    common[name] = value
    if name == 'folds':
        common.update(novel_classes=None, fold=0)
    for loop in ('train', 'val', 'test'):
        data = dict(common, test_mode=loop != 'train')
        put(experiment.values, f'{loop}_dataloader.dataset', data)
    experiment.right = None
    experiment.words = [
        name, str(value), repr(value), 'pic', 'images', 'masks', 'annotations', 'class',
    ]  # fmt: skip


DATA = {
    'classes, folds and shots': Kind(
        _classes,
        dict(
            field=st.sampled_from(sorted(_CLASSES)),
            value=st.integers(0, 20),
            alone=st.booleans(),
        ),
    ),
    'own images': Kind(
        _own_images,
        dict(
            field=st.sampled_from(sorted(_OWN)),
            value=st.integers(0, 20),
            form=st.sampled_from(['index', 'folders', 'coco']),
        ),
    ),
}
