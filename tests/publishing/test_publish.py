"""A model folder: what it holds, what it does not tell, and that it is whole or not."""

import json
import shutil

import pytest
import torch
import yaml
from mmengine.config import Config

from fss_mm.apis import load_segmentor
from fss_mm.engine.checkpoints import UnfitCheckpoint
from fss_mm.engine.training_history import history_in
from fss_mm.models import TorchvisionBackbone
from fss_mm.publishing import open_model, publish, writing
from fss_mm.publishing.model_card import ModelFacts
from fss_mm.publishing.public_config import public_config
from fss_mm.utils.checkpoint_files import read_checkpoint
from fss_mm.utils.config_options import read_config
from fss_mm.utils.plain_config import parse_plain
from tests.publishing.conftest import measured

ALL = ['LICENSE', 'README.md', 'config.py', 'model.safetensors', 'report.json',
       'report.md']  # fmt: skip


@pytest.fixture(scope='module')
def folder(trained, tmp_path_factory):
    out = tmp_path_factory.mktemp('out') / 'shapes-simprop'
    return publish(trained.work, out, 'Apache-2.0', report=trained.report)


def test_what_a_folder_holds(folder, trained):
    assert sorted(path.name for path in folder.iterdir()) == ALL
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    source = torch.load(trained.checkpoint, weights_only=True)
    assert {'optimizer', 'message_hub', 'ema_state_dict'} <= source.keys()
    given = read_checkpoint(folder / 'model.safetensors')
    assert given.keys() == {'state_dict', 'meta'}
    assert given['state_dict'].keys() == source['state_dict'].keys()
    for key, value in source['state_dict'].items():
        assert torch.equal(given['state_dict'][key], value)
    assert 'model.safetensors' not in (folder / 'report.md').read_text()


def test_the_config_is_that_of_the_training(folder, trained):
    (own,) = trained.work.glob('*.py')
    cfg, published = Config.fromfile(own), Config.fromfile(folder / 'config.py')
    for key in ('model', 'test_dataloader', 'train_dataloader', 'optim_wrapper'):
        assert published[key] == cfg[key]
    assert parse_plain((folder / 'config.py').read_text()) == published.to_dict()
    assert published.load_from is None and 'work_dir' not in published


def test_the_past_of_the_weights_goes_with_them(folder, trained):
    first, second = (
        read_checkpoint(path)
        for path in (trained.checkpoint, folder / 'model.safetensors')
    )
    past = [history_in(one, 'x') for one in (first, second)]
    assert past[0].to_meta()['images'].equal(past[1].to_meta()['images'])
    assert past[0].summary() == past[1].summary() and len(past[1].images) > 0


def test_scores_are_equal_to_the_bit(folder, trained, tmp_path):
    cfg, weights = open_model(folder)
    scores = measured(cfg, weights, tmp_path / 'r.json')
    before = json.loads(trained.report.read_text())
    after = json.loads((tmp_path / 'r.json').read_text())
    assert after['episodes'] == before['episodes']
    assert after['mean'] == before['mean']
    assert scores['mIoU'] == before['mean']['mIoU']
    assert load_segmentor(folder, folder).decode_head is not None


def test_the_leak_check_sees_what_was_trained(folder, tmp_path):
    cfg, weights = open_model(folder)
    cfg.test_dataloader.dataset.fold = 1
    with pytest.raises(ValueError, match='held-out classes were trained'):
        measured(cfg, weights, tmp_path / 'r.json')


def test_published_weights_are_published_again(folder, tmp_path):
    again = publish(folder, tmp_path / 'again', 'MIT')
    one, two = (read_checkpoint(f / 'model.safetensors') for f in (folder, again))
    assert one['meta']['source_sha256'] == two['meta']['source_sha256']
    assert history_in(one, 'x').summary() == history_in(two, 'x').summary()


def test_the_card(folder):
    text = (folder / 'README.md').read_text()
    _, front, body = text.split('---\n', 2)
    front = yaml.safe_load(front)
    assert front['library_name'] == 'fss_mm' and front['license'] == 'apache-2.0'
    assert front['pipeline_tag'] == 'image-segmentation'
    assert {'few-shot-segmentation', 'SimPropHead'} <= set(front['tags'])
    assert len(front['base_classes']) == 15 and 'plain disc' not in body
    report = json.loads((folder / 'report.json').read_text())
    assert f'mIoU {report["mean"]["mIoU"]:.2f}' in body
    assert 'fold 0' in body and 'TorchvisionBackbone' in body
    assert "FewShotInferencer('shapes-simprop')" in body


def test_a_licence_of_ones_own(trained, tmp_path):
    text = tmp_path / 'terms.txt'
    text.write_text('Be kind.\n')
    folder = publish(trained.checkpoint, tmp_path / 'out', text)
    assert (folder / 'LICENSE').read_text() == 'Be kind.\n'
    assert 'license: other\nlicense_name' in (folder / 'README.md').read_text()
    with pytest.raises(ValueError, match="licence 'terms of use': .* Apache-2.0"):
        publish(trained.checkpoint, tmp_path / 'out2', 'terms of use')


def test_an_encoder_under_a_restrictive_licence(trained, tmp_path, monkeypatch):
    """It is accepted first; the card and the weights name it."""
    monkeypatch.setattr(
        TorchvisionBackbone, 'weights_licence', 'dinov3-license', raising=False
    )
    out = tmp_path / 'out'
    with pytest.raises(ValueError, match='resnet18: dinov3-license: .*--accept-lice'):
        publish(trained.checkpoint, out, 'MIT')
    assert not out.exists()
    publish(trained.checkpoint, out, 'MIT', accept_licence=True)
    row = '| licence of the encoder | dinov3-license (resnet18) |'
    assert row in (out / 'README.md').read_text()
    meta = read_checkpoint(out / 'model.safetensors')['meta']
    assert meta['encoder_licences'] == dict(resnet18='dinov3-license')


# ---- what it does not tell ---------------------------------------------------------


def test_no_place_of_the_machine_is_told(trained, tmp_path):
    private = tmp_path / 'private place'
    private.mkdir()
    (own,) = trained.work.glob('*.py')
    config = private / 'mine.py'
    weights = private / 'start.pth'
    shutil.copy(trained.checkpoint, weights)
    config.write_text(
        f'_base_ = [{str(own)!r}]\n'
        f'ours = {str(private)!r}\n'
        f'_data = dict(type="FewShotFolderDataset", data_root={str(private)!r}, '
        f'annotations="../elsewhere/a.json", pair_list={str(private / "l.txt")!r})\n'
        'test_dataloader = dict(dataset=dict(_delete_=True, **_data))\n'
        f'model = dict(backbone=dict(weights={str(weights)!r}), decode_head=dict('
        f'init_cfg=dict(_delete_=True, type="Pretrained", checkpoint="w/a.pth")))\n'
        f'load_from = {str(weights)!r}\nnotes = [{str(private)!r}]\n'
    )
    out = publish(trained.checkpoint, tmp_path / 'out', 'MIT', config, trained.report)
    for path in out.iterdir():
        content = path.read_bytes()
        for place in (tmp_path, trained.work, 'private place', '../'):
            assert str(place).encode() not in content, path.name
    cfg, _ = open_model(out)
    dataset = cfg.test_dataloader.dataset
    assert (dataset.data_root, dataset.annotations) == ('data/folder', 'a.json')
    assert dataset.pair_list == 'l.txt'
    assert cfg.model.backbone.weights is None
    assert cfg.model.decode_head.init_cfg is None
    assert 'ours' not in cfg and 'notes' not in cfg


@pytest.mark.parametrize('place', ['/models/sam', 'facebook/sam-vit-base'])
def test_a_refiner_with_weights_of_its_own_is_left_out(place):
    """Nobody who opens the model fetches them unasked."""
    refiner = dict(type='SamRefiner', weights=place)
    found = public_config(Config(dict(model=dict(type='A', refiner=refiner))))
    assert found['model'] == dict(type='A', refiner=None)
    guided = dict(type='GuidedFilterRefiner')
    found = public_config(Config(dict(model=dict(type='A', refiner=guided))))
    assert found['model'] == dict(type='A', refiner=guided)


def test_a_place_inside_of_a_text_is_found(trained, tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', '/home/ada')
    (own,) = trained.work.glob('*.py')
    config = tmp_path / 'mine.py'
    config.write_text(
        f'_base_ = [{str(own)!r}]\n'
        "test_evaluator = dict(prefix='see /home/ada/secret')\n"
    )
    with pytest.raises(ValueError, match="config.py would tell the place '/home/ada'"):
        publish(trained.checkpoint, tmp_path / 'out', 'MIT', config)
    assert not (tmp_path / 'out').exists()


# ---- whole or not at all -----------------------------------------------------------


def test_a_folder_that_is_not_empty_is_left_alone(trained, tmp_path):
    (tmp_path / 'mine.txt').write_text('mine')
    with pytest.raises(FileExistsError, match='is not empty: nothing was written'):
        publish(trained.work, tmp_path, 'MIT')
    with pytest.raises(FileExistsError, match="mine.txt' is a file"):
        publish(trained.work, tmp_path / 'mine.txt', 'MIT')
    assert [path.name for path in tmp_path.iterdir()] == ['mine.txt']
    (tmp_path / 'empty').mkdir()
    assert publish(trained.work, tmp_path / 'empty', 'MIT').is_dir()


@pytest.mark.parametrize('error', [OSError(28, 'No space left'), KeyboardInterrupt()])
def test_nothing_is_left_of_what_cannot_be_finished(
    error, trained, tmp_path, monkeypatch
):
    plain = writing.write_atomically

    def full(path, write):
        if path.name == 'README.md':
            raise error
        plain(path, write)

    monkeypatch.setattr(writing, 'write_atomically', full)
    message = "out' is not written: No space left" if error.args else None
    with pytest.raises(type(error), match=message):
        publish(trained.work, tmp_path / 'out', 'MIT')
    assert list(tmp_path.iterdir()) == []


# ---- what does not belong together -------------------------------------------------


def test_a_report_of_other_weights_is_refused(trained, tmp_path):
    other = tmp_path / 'other.json'
    report = json.loads(trained.report.read_text())
    report['provenance']['hashes']['checkpoint_sha256'] = '0' * 64
    other.write_text(json.dumps(report))
    for content, message in (
        (other.read_text(), 'is of other weights than'),
        ('[1]', 'is no report of a test: it has no mean'),
        ('{', 'is no JSON report'),
        (None, 'there is no such file'),
    ):
        other.write_text(content) if content else other.unlink()
        with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
            publish(trained.work, tmp_path / 'out', 'MIT', report=other)
        assert '\n' not in str(error.value)


def test_the_config_is_found_or_asked_for(trained, tmp_path):
    weights = tmp_path / 'a.pth'
    shutil.copy(trained.checkpoint, weights)
    with pytest.raises(FileNotFoundError, match='no config in .*config=...'):
        publish(weights, tmp_path / 'out', 'MIT')
    (own,) = trained.work.glob('*.py')
    for name in ('one.py', 'two.py'):
        shutil.copy(own, tmp_path / name)
    with pytest.raises(ValueError, match=r"several configs, \['one.py', 'two.py'\]"):
        publish(weights, tmp_path / 'out', 'MIT')
    with pytest.raises(UnfitCheckpoint, match='is of another model'):
        publish(weights, tmp_path / 'out', 'MIT', 'shapes/crnet_fold0')
    assert publish(weights, tmp_path / 'out', 'MIT', tmp_path / 'one.py').is_dir()


def test_the_config_of_a_folder_is_data_by_any_of_its_names(folder, tmp_path):
    copy = tmp_path / 'copy'
    shutil.copytree(folder, copy)
    trace = tmp_path / 'trace'
    (copy / 'config.py').write_text(f'open({str(trace)!r}, "w").close()\n')
    for name in (copy, copy / 'config.py', str(copy / '.' / 'config.py')):
        with pytest.raises(ValueError, match='is not read: line 1 is no `name ='):
            read_config(name)
    assert not trace.exists()


def test_a_card_names_the_encoder_in_a_wrapper():
    inner = dict(type='TimmBackbone', name='vit_small')
    model = dict(
        decode_head=dict(type='ClusterMatchHead'),
        backbone=dict(type='PositionalDebias', backbone=inner),
    )
    past = dict(classes=(), datasets=(), unknown=())
    facts = ModelFacts.of('mugs', dict(model=model), past, {})
    assert facts.encoder == 'TimmBackbone vit_small in PositionalDebias'
