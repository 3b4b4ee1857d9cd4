"""Every config builds, and says in its name what it holds."""

import re
from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from fss_mm.apis.provenance import describe_strategies
from fss_mm.registry import DATASETS, LOOPS, METRICS, MODELS
from fss_mm.structures import FewShotHeadOutput
from tests.conftest import ROOT
from tests.models.builders import BACKBONE, batch

CONFIGS = sorted(
    path
    for folder in ('configs', 'projects')
    for path in (ROOT / folder).rglob('*.py')
    if '_base_' not in path.parts and (folder == 'configs' or 'configs' in path.parts)
)
# the backbones of VOC-8 lie beside the photographs, if anywhere
VOC8 = [path for path in CONFIGS if 'voc8' in path.parts]
CONFIGS = [path for path in CONFIGS if path not in VOC8]
IDS = [str(path.relative_to(ROOT)) for path in CONFIGS]
DATA_SETS = {
    'coco-20i': 'FewShotCOCODataset',
    'fss-1000': 'FSS1000Dataset',
    'folder': 'FewShotFolderDataset',
    'photographs': 'FewShotFolderDataset',
}
# encoders that are large, in the test that builds each model; others are as they are
SMALLER = dict(
    amp=dict(
        backbone=dict(
            BACKBONE,
            out_nodes=('layer1', 'layer2', 'layer3'),
            vgg=None,
            ceil_mode=False,
        ),
        decode_head=dict(in_channels=(64, 128, 256)),
    ),
    deeplabv3plus=dict(
        backbone=dict(depth=18, init_cfg=None),
        decode_head=dict(in_channels=512, c1_in_channels=64, channels=8),
        auxiliary_head=dict(in_channels=256, channels=8),
    ),
)
# whole encoders of several hundred MB: shapes alone
LARGE = ('a_mcg', 'co_fcn', 'oslsm')
each = pytest.mark.parametrize('path', CONFIGS, ids=IDS)
TRIED = set()  # models, with their numbers of shots


def load(path: Path, monkeypatch) -> Config:
    monkeypatch.syspath_prepend(ROOT / 'projects/example_head')
    return Config.fromfile(path)


def method_of(path: Path) -> str | None:
    """The method whose paper a config follows; none for a smaller setting."""
    return path.parent.name if path.parent.parent == ROOT / 'configs' else None


def test_there_are_configs():
    assert len(CONFIGS) >= 6
    assert {f'configs/simprop/fold{f}.py' for f in range(4)} <= set(IDS)


BUILT = {}


def built_once(backbone):
    """The backbone of the config before, where it is the same: seconds, not minutes."""
    if str(backbone) not in BUILT:
        BUILT.clear()
        BUILT[str(backbone)] = MODELS.build(backbone)
    return BUILT[str(backbone)]


MODELS.register_module('BuiltOnce', module=built_once)


@each
def test_model_segments_an_episode(path, monkeypatch):
    cfg = load(path, monkeypatch)
    shots = cfg.test_dataloader.dataset.get('num_shots', 1)
    if (tried := f'{cfg.model} {shots}') in TRIED:
        return  # other folds, data or schedules
    TRIED.add(tried)
    if cfg.model.backbone.type == 'TimmBackbone':
        pytest.importorskip('timm')
    if method_of(path) in ('canet', 'crnet', 'pfenet', 'pgnet', 'simprop'):
        cfg.model.decode_head.channels = 8  # seconds, not minutes
    if cfg.model.decode_head.type == 'HSNetHead':
        cfg.model.decode_head.channels = (4, 4, 4)
    if method_of(path) in SMALLER:
        cfg.merge_from_dict(dict(model=SMALLER[method_of(path)]))
    if cfg.model.type == 'SupervisedSegmentor':
        check_supervised(cfg)
        return
    small = cfg.model.backbone.get('name') == 'vgg16' and method_of(path) != 'hsnet'
    size = 33 if small else 65  # group norms need more than a cell
    device = 'meta' if method_of(path) in LARGE else 'cpu'
    if device == 'cpu':
        cfg.model.backbone = dict(type='BuiltOnce', backbone=cfg.model.backbone)
    with torch.device(device):
        model = MODELS.build(cfg.model).eval().to(device)
    data = model.data_preprocessor(batch(n=1, k=shots, size=size))
    if model.fine_tuning is not None:
        model.fine_tuning.steps = 1
    samples = model(**data, mode='predict')
    assert samples[0].pred_sem_seg.shape == (size, size)
    assert 'diverged' not in samples[0]
    query, supports = model.encode(data['inputs'])
    assert supports.num_shots == shots
    output = model.decode_head(query, supports.shots([0]))
    assert isinstance(output, FewShotHeadOutput)


def check_supervised(cfg):
    """It has a label for the background and each class that it is trained on."""
    model = MODELS.build(cfg.model).eval()
    model.use_labels(dict(owl=model.num_classes - 1))
    data = batch(n=1, size=65)
    data['data_samples'][0].set_metainfo(dict(class_name='owl'))
    with torch.no_grad():
        samples = model(**model.data_preprocessor(data), mode='predict')
    assert samples[0].pred_sem_seg.shape == (65, 65)
    train = cfg.train_dataloader
    held_out = 0 if train.dataset.get('novel_classes') == () else 5
    assert model.num_classes == 21 - held_out
    assert not train.sampler.with_supports
    assert train.dataset.query_pipeline[1].base_labels


@each
def test_no_reference_is_left_unresolved(path, monkeypatch):
    cfg = load(path, monkeypatch)
    for registry, key in (
        (LOOPS, 'train_cfg'),
        (METRICS, 'val_evaluator'),
        (METRICS, 'test_evaluator'),
    ):
        if cfg[key] is None:  # for tests only, and the docstring says so
            text = path.read_text().split('"""')[1]
            assert re.search('with the weights of|There is no\\s+training', text)
        else:
            assert registry.get(cfg[key]['type']) is not None
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        assert DATASETS.get(cfg[loader].dataset.type) is not None
    assert cfg.default_hooks.checkpoint.save_best == 'mIoU'


@each
def test_name_agrees_with_content(path, monkeypatch):
    cfg = load(path, monkeypatch)
    loaders = [cfg[f'{part}_dataloader'].dataset for part in ('train', 'val', 'test')]
    fold = re.search(r'fold(\d)', path.stem)
    if path.stem.startswith('table7'):
        check_coco_classes(*(set(d.novel_classes) for d in loaders))
    elif path.stem == 'all_classes':  # of which each fold is tested
        assert [d.fold for d in loaders] == [None, None, 0]
    elif path.stem == 'photographs':  # without training no class is held out
        assert {(d.fold, tuple(d.novel_classes)) for d in loaders} == {(None, ())}
    elif path.stem != 'fss-1000':  # which has lists of classes
        assert {d.fold for d in loaders} == {int(fold.group(1)) if fold else 0}
    kind = re.match('coco-20i|fss-1000|folder|photographs', path.stem)
    if kind:
        assert {d.type for d in loaders} == {DATA_SETS[kind.group()]}
    base = path.stem.endswith('base') or 'deeplabv3plus/fold' in str(path)
    novel = path.stem != 'photographs' and not base
    assert [d.get('test_mode', False) for d in loaders] == [False, novel, novel]
    head = cfg.model.decode_head
    kind = dict(
        a_mcg='AMCGHead',
        amp='AMPBaseHead' if base else 'AMPHead',
        canet='CANetHead',
        co_fcn='CoFCNHead',
        crnet='CRNetHead',
        discriminant='DiscriminantHead',
        deeplabv3plus='DepthwiseSeparableASPPHead',
        oslsm='OSLSMHead',
        panet='PANetHead',
        sg_one='SGOneHead',
        pfenet='PFENetHead',
        pgnet='PGNetHead',
        hsnet='HSNetHead',
        prototype='PrototypeHead',
        training_free='ClusterMatchHead',
    )
    assert kind.get(method_of(path)) in (None, head.type)
    if method_of(path) == 'crnet':
        check_crnet_row(path.stem, describe_strategies(cfg.model), head)
    folds = path.with_name('fold1.py').is_file()
    if method_of(path) is not None and fold and folds:
        assert f'fold {fold.group(1)} ' in path.read_text()
    shots = 5 if '5shot' in path.stem or 'finetune' in path.stem else 1
    validated = 1 if cfg.train_cfg is None else shots
    trained = shots if method_of(path) == 'panet' else 1
    assert [d.num_shots for d in loaders] == [trained, validated, shots]
    same = cfg.test_dataloader.sampler.get('identical_inputs', False)
    assert same == ('identical' in path.stem)


def check_coco_classes(left_out, validated, tested):
    """40 classes to train, 20 to choose the checkpoint, 20 to test."""
    assert (len(left_out), len(validated), len(tested)) == (40, 20, 20)
    assert left_out == validated | tested and not validated & tested


def check_crnet_row(name, strategies, head):
    """Tables 2 to 4: what is left out, and how the segmentor is used at test."""
    ablation = name.startswith(('table2', 'table3', 'table4'))
    ablation = ablation and name != 'table3_multi_level'
    assert head.get('in_index', (0, 1)) == ((1,) if ablation else (0, 1))
    single = name.startswith('table7') and name != 'table7_refine'
    refined = name == 'table3_refine' or not (ablation or single)
    assert head.get('refine', {}).get('use_cache', True) == refined
    assert ('cross_reference' in head) == name.endswith('_condition')
    assert ('condition' in head) == name.endswith('_cross_reference')
    expected = ['shot_fusion'] * name.startswith(('table4', 'table6'))
    tuned = 'finetune' in name or name.startswith('table6')
    expected += ['fine_tuning'] * tuned
    expected += ['test_scales'] * name.startswith('table3')
    assert [re.split('[(=]', text)[0] for text in strategies] == expected


@pytest.mark.parametrize(
    'row, segmentor, head, averaging',
    [
        ('canet', 'FewShotSegmentor', 'CANetHead', False),
        ('dpr', 'DualLossSegmentor', 'CANetHead', False),
        ('fbaf', 'FewShotSegmentor', 'SimPropHead', False),
        ('dpr_fbaf', 'DualLossSegmentor', 'SimPropHead', False),
        ('dpr_fbaf_ica', 'DualLossSegmentor', 'SimPropHead', True),
    ],
)
@pytest.mark.parametrize(
    'folder', ['simprop', 'coco20i/simprop', 'shapes/simprop', 'voc8/simprop']
)
def test_rows_of_table_4_differ_in_their_parts_alone(
    folder, row, segmentor, head, averaging
):
    read = partial(Config.fromfile, import_custom_modules=False)
    cfg = read(ROOT / 'configs' / folder / f'table4_{row}.py')
    base = read(ROOT / 'configs' / folder / 'table4_canet.py')
    assert (cfg.model.type, cfg.model.decode_head.type) == (segmentor, head)
    preprocessor = cfg.model.get('data_preprocessor', {})
    given = preprocessor.get('input_channel_averaging')
    assert (given is not None) == averaging
    assert cfg.model.backbone == base.model.backbone
    same = 'train_dataloader val_dataloader test_dataloader optim_wrapper train_cfg'
    for key in (*same.split(), 'param_scheduler'):
        assert cfg.get(key) == base.get(key)
    for key in ('in_channels', 'channels', 'loss_decode', 'init_cfg', 'dropout'):
        assert cfg.model.decode_head.get(key) == base.model.decode_head.get(key)


ENCODERS = sorted((ROOT / 'configs/_base_/models').glob('*-*.py'))


@pytest.mark.parametrize('path', ENCODERS, ids=[path.stem for path in ENCODERS])
def test_encoders_that_configs_add_a_head_to(path):
    """What the docstring says of channels and stride is what the encoder has."""
    pytest.importorskip('timm')
    with torch.device('meta'):
        encoder = MODELS.build(Config.fromfile(path).model.backbone)
    text = path.read_text()
    for channels in encoder.out_channels:
        assert str(channels) in text
    words = {8: 'eighth', 14: '14th', 16: '16th'}
    assert {words[stride] for stride in encoder.strides} <= {*re.findall(r'\w+', text)}


def depth(path: Path) -> int:
    """How many files stand behind a config, one behind another."""
    bases = Config._get_base_files(str(path))
    return max((1 + depth(path.parent / base) for base in bases), default=0)


@pytest.mark.parametrize('path', [*CONFIGS, *VOC8], ids=str)
def test_three_levels_of_bases_at_most(path):
    assert depth(path) <= 3


def test_rows_of_crnet_on_voc8_share_what_they_repeat():
    """Levels are few since rows name their parts themselves: alike, here."""

    def read(name):
        path = ROOT / f'configs/voc8/crnet/{name}.py'
        return Config.fromfile(path, import_custom_modules=False).to_dict()

    assert read('fold0') == read('table3_multi_level')
    fusion, both, tuned, whole = map(
        read,
        ('table4_fusion', 'table4_finetune_fusion', 'table4_finetune', 'table6_5shot'),
    )
    steps = both['model'].pop('fine_tuning')
    assert both == fusion
    assert tuned['model'].pop('fine_tuning') == steps
    assert whole['model']['fine_tuning'] == steps
    assert tuned['model'].pop('shot_fusion') == dict(max_shots=1)
    assert fusion['model'].pop('shot_fusion') == dict() and tuned == fusion
    assert whole['model']['decode_head'] == read('fold0')['model']['decode_head']


@each
def test_docstring_names_a_command_or_says_what_it_is(path):
    text = path.read_text()
    assert text.startswith('"""')
    for name in re.findall(r'(configs/\S+\.py)', text.split('"""')[1]):
        folders = ROOT, ROOT / 'projects/example_head'
        assert any(list(folder.glob(name)) for folder in folders), name


@pytest.mark.parametrize(
    'folder', sorted(p.parent.name for p in ROOT.glob('configs/*/metafile.yml'))
)
def test_readme_lists_every_config(folder):
    text = (ROOT / 'configs' / folder / 'README.md').read_text()
    for path in (ROOT / 'configs' / folder).glob('*.py'):
        assert f'[{path.name}]({path.name})' in text
    for link in re.findall(r'\]\((?!\w+:)([^)#]+)\)', text):
        assert (ROOT / 'configs' / folder / link).exists(), link


def test_simprop_follows_the_paper():
    cfg = Config.fromfile(ROOT / 'configs/simprop/fold0.py')
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr) == ('SGD', 2.5e-3)
    assert cfg.train_dataloader.batch_size * 4 == 8
    assert cfg.train_cfg.max_epochs == 180
    averaging = cfg.model.data_preprocessor.input_channel_averaging
    assert averaging.prob == 0.25
    model = MODELS.build(cfg.model)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert trainable == 14_758_658 + 3_072  # and the affine instance norms
    literal = Config.fromfile(ROOT / 'configs/simprop/literal.py')
    head = MODELS.build(literal.model.decode_head)
    assert sum(p.numel() for p in head.parameters()) == 14_758_658


def test_hsnet_follows_the_released_code():
    cfg = Config.fromfile(ROOT / 'configs/hsnet/fold0.py')
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr) == ('Adam', 1e-3)
    assert cfg.train_dataloader.batch_size * 4 == 20
    assert cfg.auto_scale_lr.base_batch_size == 20
    for name, blocks in (('fold0', 13), ('r101', 30), ('vgg16', 7)):
        model = Config.fromfile(ROOT / f'configs/hsnet/{name}.py').model
        assert len(model.backbone.out_nodes) == len(model.decode_head.in_channels)
        assert len(model.backbone.out_nodes) == blocks
        assert model.backbone.output_stride is None
