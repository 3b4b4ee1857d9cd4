"""fss-mm analyze: each analysis leaves a page, and each mistake is a line."""

import json
import shlex
from argparse import Namespace

import cv2
import pytest
import torch

from fss_mm.registry import MODELS
from fss_mm.utils.config_options import read_config, read_options
from fss_mm.visualization.episode_strip import CAPTION_HEIGHT, GAP, PANEL_HEIGHT
from fss_mm_cli.analyze import ANALYSES
from fss_mm_cli.analyze.options import models_of
from fss_mm_cli.main import command_parser
from tests.conftest import ROOT
from tests.tool_runs import CONFIG, TINY

FEW = ['--num-pairs', 5], ['--num-episodes', 5]
OF_TEST = [option for option in TINY if option.startswith('test_')]


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Random ones of the small model of the embedded data set."""
    cfg = read_config(ROOT / CONFIG)
    cfg.merge_from_dict(read_options(TINY))
    path = tmp_path_factory.mktemp('weights') / 'weights.pth'
    torch.manual_seed(0)
    torch.save(MODELS.build(cfg.model).state_dict(), path)
    return path


@pytest.fixture
def analyze(call, monkeypatch, tmp_path):
    """Run an analysis of the small model: exit code, output, errors."""
    monkeypatch.chdir(ROOT)

    def run(name, *words, options=()):
        given = [*words, '--out', tmp_path, '--cfg-options', *TINY, *options]
        return call('analyze', name, CONFIG, *given)

    return run


def files(folder, name):
    """Page, numbers and picture."""
    page = (folder / f'{name}.md').read_text()
    numbers = json.loads((folder / f'{name}.json').read_text())
    assert cv2.imread(str(folder / f'{name}.png')).ndim == 3
    return page, numbers


def test_similarity_of_an_encoder_alone(analyze, tmp_path):
    """Of all classes, without a checkpoint and without a head."""
    code, text, errors = analyze('fg-bg-similarity', '--num-pairs', 30, '--all-classes')
    assert code == 0, errors
    page, numbers = files(tmp_path, 'fg_bg_similarity')
    assert page in text and '| episodes sha256' in page and '| seeds' in page
    facts = numbers['measured_on']['Measured on']
    assert facts['fold'] is None and facts['episodes'] == 30
    assert len(facts['classes']) == len(numbers['bg_above_fg']) - 1 > 5
    assert facts['backbone_weights'] == 'the config names none'
    again = analyze('fg-bg-similarity', '--num-pairs', 30)
    assert again[0] == 2 and 'is there: give another --out, or --overwrite' in again[2]


def test_a_protocol_and_what_deviates_from_it(analyze, tmp_path):
    words = ['--num-pairs', 5, '--protocol', 'fss_mm']
    code, _, errors = analyze('fg-bg-similarity', *words)
    assert code == 0, errors
    page, numbers = files(tmp_path, 'fg_bg_similarity')
    facts = numbers['measured_on']['Measured on']
    assert facts['protocol'] == 'fss_mm'
    assert 'num_episodes is 5 instead of 1000' in page


def test_the_commands_of_the_document_can_be_read():
    text = (ROOT / 'docs/analyses.md').read_text().replace('\\\n', ' ')
    lines = [x for x in text.splitlines() if x.startswith('fss-mm analyze ')]
    assert {line.split()[2] for line in lines} >= {*ANALYSES}
    parser = command_parser(['analyze'])
    for line in lines:
        assert parser.parse_args(shlex.split(line, comments=True)[1:])


def test_a_config_without_a_head(call, tmp_path):
    config = tmp_path / 'encoder.py'
    config.write_text(
        f'_base_ = [{str(ROOT / CONFIG)!r}]\n'
        'model = dict(_delete_=True, backbone=_base_.model.backbone)\n'
        'test_evaluator = None\n'
    )
    words = ['analyze', 'fg-bg-similarity', config, '--num-pairs', 5, '--out', tmp_path]
    code, _, errors = call(*words, '--cfg-options', *OF_TEST)
    assert code == 0, errors


def test_similarity_of_errors(analyze, weights, tmp_path):
    code, _, errors = analyze('error-similarity', weights, '--num-pairs', 12)
    assert code == 0, errors
    page, numbers = files(tmp_path, 'error_similarity')
    ratio = numbers['ratio']['errors']['all']
    assert 0 < ratio['n'] <= 12 and f'{ratio["mean"]:.3f}' in page
    facts = numbers['measured_on']['Measured on']
    assert facts['checkpoint'] == str(weights) and facts['levels'] == [0]
    words = ['--num-pairs', 3, '--encoder', CONFIG, '--overwrite']
    code, _, errors = analyze('error-similarity', weights, *words)
    assert code == 0, errors
    _, numbers = files(tmp_path, 'error_similarity')
    encoder = numbers['measured_on']['Measured on']['features_of']
    assert encoder['config'].endswith(CONFIG) and encoder['head'] is None


def test_identical_inputs(analyze, weights, tmp_path):
    code, _, errors = analyze('identical-inputs', weights, '--num-episodes', 6)
    assert code == 0, errors
    _, numbers = files(tmp_path, 'identical_inputs')
    reports = {
        test: json.loads(
            (tmp_path / f'identical_inputs/simprop_fold0_{test}.json').read_text()
        )
        for test in ('usual', 'identical')
    }
    assert reports['identical']['provenance']['identical_inputs']
    own = numbers['by_model']['simprop_fold0']['mIoU']
    for key, test in zip('ab', reports):
        assert own[key] == pytest.approx(reports[test]['mean']['mIoU'])
    facts = numbers['measured_on']['simprop_fold0']
    assert facts['episodes_sha256'] == reports['usual']['episodes_sha256']


def test_attention_gap(analyze, weights, tmp_path):
    code, _, errors = analyze('attention-gap', weights, '--num-episodes', 5)
    assert code == 0, errors
    page, numbers = files(tmp_path, 'attention_gap')
    assert 'plain disc' in page and 'spread' in numbers['by_class']['plain disc']


def test_passes_of_refinement(call, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = 'configs/shapes/simprop/table4_canet.py'
    cfg = read_config(ROOT / config)
    cfg.merge_from_dict(read_options(TINY))
    torch.save(MODELS.build(cfg.model).state_dict(), tmp_path / 'weights.pth')
    words = [config, tmp_path / 'weights.pth', '--passes', 2, '--show', 1, 4]
    given = ['--num-episodes', 6, '--out', tmp_path, '--cfg-options', *TINY]
    code, _, errors = call('analyze', 'refinement-passes', *words, *given)
    assert code == 0, errors
    page, numbers = files(tmp_path, 'refinement_passes')
    first, second = numbers['passes']
    assert first['changed'] is None and 0 <= second['changed'] <= 1
    assert 'over 6 episodes' in page and 0 <= first['mIoU'] <= 100
    height, width, _ = cv2.imread(str(tmp_path / 'refinement_passes.png')).shape
    assert height == 2 * (PANEL_HEIGHT + CAPTION_HEIGHT + GAP)
    assert width == 4 * PANEL_HEIGHT + 3 * GAP, 'support, truth, two passes'


@pytest.mark.parametrize(
    ('name', 'words', 'message'),
    [
        (
            'error-similarity',
            FEW[0],
            'SimPropHead has to be trained: give a CHECKPOINT',
        ),
        (
            'identical-inputs',
            FEW[1],
            'SimPropHead has to be trained: give a CHECKPOINT',
        ),
        (
            'attention-gap',
            ['nowhere', *FEW[1]],
            "'nowhere' is no checkpoint and no work",
        ),
        (
            'fg-bg-similarity',
            ['--num-pairs', 10**7],
            '10000000 episodes are asked for, but',
        ),
        ('fg-bg-similarity', [*FEW[0], '--shot', 2], 'expected pairs: add --shot 1'),
        (
            'fg-bg-similarity',
            [*FEW[0], '--levels', 4],
            'the backbone gives 1, numbered from 0',
        ),
        ('fg-bg-similarity', ['--num-pairs', 0], 'at least 1'),
        (
            'refinement-passes',
            [*FEW[1], '--show', 5],
            '--show 5: there are 5 episodes',
        ),
        ('error-similarty', [], "did you mean 'error-similarity'?"),
    ],
)
def test_a_mistake_is_one_line(analyze, name, words, message):
    code, _, errors = analyze(name, *words)
    assert code == 2 and message in errors
    assert len([x for x in errors.splitlines() if x.startswith('error: ')]) == 1
    assert 'Traceback' not in errors


def test_a_class_without_a_pair(analyze):
    options = ['test_dataloader.dataset.num_images=1']
    code, _, errors = analyze('fg-bg-similarity', '--num-pairs', 3, options=options)
    assert code == 2 and '1-shot episodes need at least 2 images' in errors


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('attention-gap', 'PrototypeHead gives no attention maps'),
        ('refinement-passes', 'PrototypeHead makes one pass only'),
    ],
)
def test_a_head_that_cannot_be_asked(call, tmp_path, name, message):
    config = tmp_path / 'prototype.py'
    config.write_text(
        f'_base_ = [{str(ROOT / CONFIG)!r}]\n'
        'model = dict(decode_head=dict(_delete_=True, type="PrototypeHead", '
        'in_channels=(64,), in_index=(0,)))\n'
    )
    out = tmp_path / 'out'
    words = [name, config, '--num-episodes', 3, '--out', out]
    code, _, errors = call('analyze', *words, '--cfg-options', *OF_TEST)
    assert code == 2 and message in errors
    assert not out.exists()


def test_models_have_names_of_their_own():
    args = Namespace(config='a/x.py', checkpoint='w', also=[['b/x.py'], ['y.py', 'v']])
    models = {'a/x': ('a/x.py', 'w'), 'b/x': ('b/x.py', None), 'y': ('y.py', 'v')}
    assert models_of(args) == models


def test_also_takes_a_config_and_its_weights(analyze):
    code, _, errors = analyze('identical-inputs', '--also', 'a', 'b', 'c')
    assert code == 2 and 'expected a config and perhaps its weights' in errors


def test_first_step(analyze, tmp_path):
    assert analyze('first-step')[0] == 0
    page, numbers = files(tmp_path, 'first_step')
    assert set(numbers['losses']) == {'query.loss_ce', 'support.loss_ce'}
    assert all(0.3 < value < 1.2 for value in numbers['losses'].values())
    assert numbers['layers']['decode_head.decoder.classify.weight'] > 0
    assert 'query.loss_ce' in page


def test_what_learns_nothing_has_no_first_step(call, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    config = ROOT / 'configs/prototype/fold0.py'
    code, _, error = call('analyze', 'first-step', config, '--out', tmp_path)
    assert code == 2 and 'PrototypeHead has nothing to train' in error
