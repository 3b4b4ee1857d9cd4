"""Options of a command line that do not fit, together or with the data."""

from __future__ import annotations

from hypothesis import strategies as st

from .config_world import Experiment
from .folder_world import make_world
from .kinds import Kind
from .paths import put

_MISSING = (
    'train_dataloader.dataset.fold.x', 'model.0.type', 'param_scheduler.9.end',
    'param_scheduler.x.end', 'param_scheduler.-1.end', 'custom_hooks.2.priority',
    'model.backbone.out_nodes.0.x', 'nothing.at.all', 'modle.backbone.depth',
    'model.backbone.nothing', 'train_dataloader.dataset.query_pipelines',
    'default_hooks.nothing.interval', 'optim_wrapper.optimizer.betas2',
    'model.decode_head.decoder.x.y', 'env_cfg.x', 'log_level.x', 'load_from.x',
    'train_dataloader', 'model.decode_head', 'default_hooks', 'param_scheduler',
    'optim_wrapper.optimizer', 'custom_hooks', 'custom_hooks.0', 'default_hooks.logger',
    'train_dataloader.sampler', 'env_cfg', 'log_processor', 'randomness', 'test_cfg',
    'default_scope', 'work_dir', 'experiment_name', 'launcher', 'visualizer',
    'test_evaluator', 'train_cfg', 'cfg', 'custom_imports',
)  # fmt: skip
_TEXTS = (
    '=1', 'a', '=', 'a.=1', '.model=1', 'model..type=1', 'model.backbone.=3', ' =1',
    'model.decode_head.channels=[1', 'model.decode_head.channels=(1,2',
    "model.decode_head.channels='", 'model.decode_head.channels==4', 'model',
    'model.decode_head.channels =4', 'model.decode_head.channels=4 5',
    'model.decode_head.channels={1: 2}', 'model.decode_head.channels=dict(a=1)',
    'model.decode_head.channels=1]', 'model.decode_head.channels=[1,(2]',
    'model.decode_head.channels=', 'model.decode_head.channels=[]',
    'randomness={seed:3}', 'optim_wrapper.optimizer.lr=1e-', '..=..', '__class__=1',
    'model.__class__=3', 'model.keys=3', 'model.items=1', 'filename=3', 'a b=1',
    '--fold=1', 'model.decode_head.channels=,', 'model.decode_head.channels=4,',
    'model.decode_head.channels=(,)', 'model.decode_head.channels=((((((1))))))',
)  # fmt: skip


def _option_that_misses(experiment: Experiment, case: dict) -> None:
    value = case['value']
    experiment.options.append(f'{case["path"]}={value}')
    experiment.right = None
    first, _, rest = case['path'].partition('.')
    if first in ('nothing', 'modle', 'cfg') or rest.split('.')[0].startswith('nothing'):
        experiment.right = False
    experiment.words = [first, *filter(None, rest.split('.')), value]


def _option_text(experiment: Experiment, case: dict) -> None:
    experiment.options.append(case['text'])
    experiment.right = None
    words = case['text'].replace('=', ' ').replace('.', ' ').split()
    experiment.words = [case['text'], '--cfg-options', *words]


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


_FLAGS = (
    ('both', '--fold', ('9', '-1', 'x', '', '1.5')),
    ('both', '--shot', ('0', '-1', 'x', '1000000', '')),
    ('both', '--launcher', ('mpi', '')),
    ('both', '--nothing', ('1',)),
    ('train', '--amp', ('float16', 'float8')),
    ('train', '--resume', ('nowhere.pth', '', '/')),
    ('train', '--seed', ('-1', 'x', '99999999999', '1.5')),
    ('train', '--auto-scale-lr', (None,)),
    ('train', '--no-validate', ('1',)),
    ('test', '--seeds', ('-1', 'x', None, '99999999999999999999', '1.5')),
    ('test', '--num-episodes', ('0', '-1', 'x', '1.5')),
    ('test', '--precision', ('float16', 'half')),
    ('test', '--tta', ('-1', '0', 'nan', 'inf', 'x', '1e9', '0.001')),
    ('test', '--show-episodes', ('-1', 'x')),
    ('test', '--report', ('/nowhere/x/report.json', '')),
    ('test', '--pair-lists', ('nowhere', '.')),
    ('both', '--protocol', ('nothing', 'nowhere.py', '', '.py', '..', 'PFENet', '/')),
)


_EITHER = (  # some of their values are all right, or refused by a later step
    '--precision', '--shot', '--report', '--seed', '--show-episodes', '--tta',
    '--seeds',
)  # fmt: skip


def _flag(experiment: Experiment, case: dict) -> None:
    tool, flag, values = _FLAGS[case['flag'] % len(_FLAGS)]
    experiment.tool = experiment.tool if tool == 'both' else tool
    value = values[case['value'] % len(values)]
    experiment.arguments += [flag] if value is None else [flag, value]
    experiment.right = False
    if flag in (
        '--precision',
        '--shot',
        '--report',
        '--seed',
        '--show-episodes',
        '--tta',
        '--seeds',
    ):
        experiment.right = None
    name = flag.strip('-').replace('-', '_')
    experiment.words = [flag, name, *([value] if value else []), 'shots', 'scale']
    experiment.words += ['AmpOptimWrapper', "weights '.'"]


_FRAGMENTS = {
    'empty': '',
    'no table': 'protocol = 3\n',
    'no data sets': "protocol = dict(name='x')\n",
    'broken': 'protocol = (\n',
    'a name that is taken': "protocol = dict(name='bam', datasets=dict())\n",
    'nothing for this data': "protocol = dict(name='x', datasets=dict(A=dict()))\n",
    'unknown field': "protocol = dict(name='x', nothing=1, datasets=dict("
    'FewShotSegDataset=dict()))\n',
    'missing fields': "protocol = dict(name='x', datasets=dict("
    'FewShotSegDataset=dict()))\n',
    'data sets that are none': "protocol = dict(name='x', datasets=3)\n",
    'rules that are none': "protocol = dict(name='x', datasets=dict("
    'FewShotSegDataset=3))\n',
    'no name': 'protocol = dict(datasets=dict(FewShotSegDataset=dict()))\n',
    **{
        f'{key} of {value}': "protocol = dict(name='x', source='y', "
        + ', '.join(f'{k}={v}' for k, v in {
            'draw': "'hsnet'", 'num_episodes': '5', 'seeds': '[0]',
            'score_size': "'mask'", 'void': "'ignore'", key: value,
        }.items()) + ', datasets=dict(FewShotSegDataset=dict()))\n'
        for key, value in (
            ('draw', "'nothing'"), ('draw', '3'), ('num_episodes', "'x'"),
            ('num_episodes', '-1'), ('seeds', '3'), ('seeds', '[]'), ('seeds', "['x']"),
            ('score_size', '3'), ('score_size', '[1]'), ('void', "'nothing'"),
            ('test', '3'), ('test', "dict(nothing=1)"), ('test', 'dict(num_shots=0)'),
            ('train', "dict(min_pixel=1)"), ('pair_lists', '3'), ('known_lists', '[]'),
        )
    },
}  # fmt: skip


def _protocol(experiment: Experiment, case: dict) -> None:
    """A fragment of the user's that is none."""
    path = experiment.folder / 'rules.py'
    path.write_text(_FRAGMENTS[case['what']])
    experiment.arguments += ['--protocol', str(path)]
    experiment.right = None
    if ' of ' not in case['what']:
        experiment.right = False
    key, _, value = case['what'].partition(' of ')
    experiment.words = [path.name, 'protocol', key, value.strip("'") or path.name]
    experiment.words += ['num_shots'] if 'num_shots' in value else []


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


COMMANDS = {
    'option that misses': Kind(
        _option_that_misses,
        dict(
            path=st.sampled_from(_MISSING),
            value=st.sampled_from(['3', 'None', 'x', '[]', '(1,2)', 'nan', 'True']),
        ),
    ),
    'option of odd text': Kind(_option_text, dict(text=st.sampled_from(_TEXTS))),
    'classes, folds and shots': Kind(
        _classes,
        dict(
            field=st.sampled_from(sorted(_CLASSES)),
            value=st.integers(0, 20),
            alone=st.booleans(),
        ),
    ),
    'flag': Kind(_flag, dict(flag=st.integers(0, 40), value=st.integers(0, 9))),
    'protocol': Kind(_protocol, dict(what=st.sampled_from(sorted(_FRAGMENTS)))),
    'own images': Kind(
        _own_images,
        dict(
            field=st.sampled_from(sorted(_OWN)),
            value=st.integers(0, 20),
            form=st.sampled_from(['index', 'folders', 'coco']),
        ),
    ),
}
