"""The tools, as a user types them."""

import json
import runpy
import subprocess
import sys

import cv2
import pytest
import torch

from fss_mm.publishing import publish
from fss_mm.visualization.episode_strip import CAPTION_HEIGHT, GAP, PANEL_HEIGHT
from tests.conftest import ROOT
from tests.processes import Processes
from tests.tool_runs import CONFIG, run


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """A model trained for two iterations."""
    folder = tmp_path_factory.mktemp('train')
    run('tools/train.py', CONFIG, '--work-dir', folder)
    (best,) = folder.glob('best_mIoU_iter_2.pth')
    return best


def test_a_head_from_outside_trains(tmp_path, run_here):
    """Joined by custom_imports alone."""
    config = 'projects/example_head/configs/nearest_color_shapes.py'
    options = ['model.decode_head.channels=4']
    run_here(
        'tools/train.py',
        config,
        '--work-dir',
        tmp_path,
        path='projects/example_head',
        options=options,
    )
    state = torch.load(tmp_path / 'iter_2.pth', weights_only=True)['state_dict']
    assert not torch.equal(state['decode_head.scale'], torch.tensor([10.0, -5.0]))


def test_report_and_pictures(checkpoint, tmp_path, run_here):
    text = run_here(
        'tools/test.py', CONFIG, checkpoint, '--seeds', 4, 5, '--shot', 2, '--fold', 3,
        '--report', tmp_path / 'r.json', '--show-dir', tmp_path / 'show',
        '--show-episodes', 3, '--work-dir', tmp_path,
        # it was trained on these classes
        options=['default_hooks.checkpoint_content.allow_trained_classes=True'],
    )  # fmt: skip
    report = json.loads((tmp_path / 'r.json').read_text())
    assert (report['fold'], report['num_shots'], report['seeds']) == (3, 2, [4, 5])
    assert report['provenance']['checkpoint'] == str(checkpoint)
    assert len(report['episodes']) == 14
    assert all(len(e['supports']) == 2 for e in report['episodes'])
    assert report['data']['novel_classes'] == [16, 17, 18, 19, 20]
    assert report['episodes_sha256'] in text, 'the table is printed'
    assert len(list((tmp_path / 'show').glob('*.png'))) == 2 * 3 + 1


def test_published_weights_score_the_same(checkpoint, tmp_path, run_here):
    """As weights of a config, and as the whole of a test; to the bit."""
    folder = publish(checkpoint, tmp_path / 'out', 'MIT')
    weights = folder / 'model.safetensors'
    commands = (CONFIG, checkpoint), (CONFIG, weights), (folder, folder), (folder,)
    reports = []
    for command in commands:
        report = tmp_path / 'r.json'
        last = '--report', report, '--work-dir', tmp_path / 'work'
        run_here('tools/test.py', *command, *last)
        reports.append(json.loads(report.read_text()))
    assert [r['episodes'] for r in reports] == [reports[0]['episodes']] * len(commands)
    assert [r['mean'] for r in reports] == [reports[0]['mean']] * len(commands)
    assert not any(r['provenance'].get('untrained') for r in reports)
    text = run_here('tools/test.py', folder, weights, '--fold', 1, ok=False)
    assert '5 of the 5 held-out classes were trained: ' in text


def test_trained_classes_are_not_novel(checkpoint, tmp_path, run_here):
    command = 'tools/test.py', CONFIG, checkpoint, '--work-dir', tmp_path
    text = run_here(*command, '--fold', 1, ok=False)
    assert '5 of the 5 held-out classes were trained: ' in text
    assert 'checkpoint_content.allow_trained_classes=True' in text


def test_protocols_at_once(checkpoint, tmp_path, run_here):
    """Two processes, a protocol by name and one of the user's, and the ledger."""
    rules = tmp_path / 'mine.py'
    rules.write_text(
        "protocol = dict(name='mine', source='me', draw='image_order', num_episodes=9,"
        "seeds=(3,), score_size=(20, 20), void='ignore', train={}, test={},"
        'datasets=dict(FewShotSegDataset={}))'
    )
    command = ['tools/test.py', CONFIG, checkpoint, '--protocol', 'fss_mm',
               '--protocol', rules, '--num-episodes', 5]  # fmt: skip
    folders = [tmp_path / str(n) for n in range(2)]
    options = [['--report', f / 'r.json', '--work-dir', f] for f in folders]
    run_here(*command, *options[0])
    text = run(*command, *options[1], processes=2)
    assert 'num_episodes is 5 instead of 1000' in text
    for name in ('fss_mm', 'mine'):
        a, b = (json.loads((f / f'r_{name}.json').read_text()) for f in folders)
        assert a['episodes'] == b['episodes'] and a['mean'] == b['mean']
        assert len(a['episodes']) == dict(fss_mm=25, mine=5)[name]
    summary = (folders[1] / 'r.md').read_text()
    assert '| mine * ' in summary
    assert '\\* mine: num_episodes is 5 instead of 9' in summary
    assert len((folders[1] / 'ledger.csv').read_text().splitlines()) == 3


def test_a_protocol_is_for_its_data_sets(tmp_path, run_here):
    text = run_here(
        'tools/train.py', CONFIG, '--protocol', 'bam', '--work-dir', tmp_path, ok=False
    )
    assert "'bam' is made for ['FewShotCOCODataset', 'FewShotPascalDataset']" in text


def test_identical_inputs(checkpoint, tmp_path, run_here):
    """Of the best weights in a work folder."""
    text = run_here(
        'tools/test.py',
        CONFIG,
        checkpoint.parent,
        '--identical-inputs',
        '--work-dir',
        tmp_path,
    )
    assert 'the support is the query' in text
    (path,) = tmp_path.glob('report_*.json')
    report = json.loads(path.read_text())
    assert report['provenance']['identical_inputs']
    assert report['provenance']['checkpoint'] == str(checkpoint)
    assert all(e['supports'] == [e['query']] for e in report['episodes'])


def test_passes_stopped_by_the_labels(tmp_path, run_here):
    config, report = 'configs/shapes/simprop/table4_canet.py', tmp_path / 'r.json'
    options = ['test_cfg.type=LabelStoppedTestLoop', 'test_cfg.max_passes=2']
    text = run_here(
        'tools/test.py',
        config,
        '--report',
        report,
        '--work-dir',
        tmp_path,
        options=options,
    )
    assert 'its score is not a fair one' in text
    table = report.with_suffix('.md').read_text()
    assert 'PASSES CHOSEN BY THE LABELS' in table and 'UNTRAINED' in table
    passes = json.loads(report.read_text())['provenance']['label_stopped_passes']
    assert 1 <= passes <= 2


@pytest.fixture
def called(monkeypatch, tmp_path_factory):
    """The runs that a table starts, in processes without their imports."""

    class Run(Processes):
        def __init__(self, words, file, environment, *_):
            assert environment['OMP_NUM_THREADS'] == '1'
            folder, self.file = tmp_path_factory.mktemp('run'), file
            super().__init__(folder, ['-m', 'fss_mm_cli', *words])

        def wait(self):
            code = self.end()
            self.file.write(self.stdout + self.stderr)
            return code

    monkeypatch.setattr('fss_mm_cli.reproduction.calls.start', Run)


def test_a_table_is_made_once(called, tmp_path, run_here):
    """Two real processes: a training and a test of its last weights."""
    command = ['tools/run_table.py', CONFIG, '--folds', 2, '--checkpoint', 'last',
               '--episode-seeds', 0, 1, '--num-episodes', 5,
               '--work-dir', tmp_path]  # fmt: skip
    text = run_here(*command)
    report = json.loads(
        (tmp_path / 'shapes_simprop_fold0/fold2_seed0/1shot_last.json').read_text()
    )
    assert (report['fold'], report['seeds'], report['num_episodes']) == (2, [0, 1], 5)
    assert f' {report["mean"]["mIoU"]:.1f} |' in text
    again = run_here(*command)
    assert '[' not in again.partition('#')[0], 'nothing is run'
    assert again.strip() == text[text.index('#') :].strip()
    refused = run_here(*command, options=['model.query_loss_weight=2'], ok=False)
    assert 'was made with other config' in refused


def test_processes_and_workers_change_nothing(checkpoint, tmp_path, run_here):
    """The list, each episode's counts and the scores, on one process and on three."""
    reports = []
    for processes, workers in ((0, 0), (0, 4), (3, 2)):
        path = tmp_path / f'{processes}_{workers}.json'
        command = ['tools/test.py', CONFIG, checkpoint, '--report', path,
                   '--work-dir', tmp_path / 'w']  # fmt: skip
        options = [f'test_dataloader.num_workers={workers}']
        if processes:
            run(*command, processes=processes, options=options)
        else:
            run_here(*command, options=options)
        reports.append(json.loads(path.read_text()))
    keys = ('mean', 'by_seed', 'episodes_sha256', 'episodes', 'num_episodes')
    for other in reports[1:]:
        for key in keys:
            assert other[key] == reports[0][key], key
    assert len(reports[0]['episodes']) == 21


def test_distributed_training_sees_the_same_episodes(tmp_path):
    """One step of two processes is one step of one with twice the batch."""
    for processes, size in ((0, 4), (2, 2)):
        run(
            'tools/train.py', CONFIG, '--work-dir', tmp_path / str(processes),
            processes=processes,
            options=[
                f'train_dataloader.batch_size={size}', 'train_cfg.max_iters=1',
                'train_cfg.val_interval=1', 'model.backbone.norm_eval=True',
                'model.backbone.frozen=True', 'optim_wrapper.optimizer.type=SGD',
                'optim_wrapper.clip_grad=None',
            ],
        )  # fmt: skip
    one, two = (
        torch.load(tmp_path / p / 'iter_1.pth', weights_only=True)['state_dict']
        for p in ('0', '2')
    )
    for key in one:
        assert torch.allclose(one[key], two[key], atol=1e-6), key


def test_all_processes_validate_the_model_that_is_saved(tmp_path, run_here):
    """Batch norms see other images in each process; validation scores one model."""
    run('tools/train.py', CONFIG, '--work-dir', tmp_path / 'w', processes=2)
    (best,) = (tmp_path / 'w').glob('best_mIoU_iter_2.pth')
    saved = torch.load(best, weights_only=True)
    run_here(
        'tools/test.py',
        CONFIG,
        best,
        '--work-dir',
        tmp_path / 't',
        '--report',
        tmp_path / 'r.json',
        options=[
            'test_dataloader.dataset.split=val',
            'test_dataloader.sampler.seeds=[0]',
        ],
    )
    score = json.loads((tmp_path / 'r.json').read_text())['mean']['mIoU']
    info = saved['message_hub']['runtime_info']
    assert info['best_score'] == pytest.approx(score, abs=1e-9)


def test_resume_from_the_command_line(tmp_path, run_here):
    run_here('tools/train.py', CONFIG, '--work-dir', tmp_path)
    (tmp_path / 'last_checkpoint').write_text('')
    options = ['train_cfg.max_iters=3']
    text = run_here(
        'tools/train.py', CONFIG, '--work-dir', tmp_path, '--resume', options=options
    )
    assert 'resumed epoch: 0, iter: 2' in text
    text = run_here('tools/train.py', CONFIG, '--work-dir', tmp_path / 'n', '--resume')
    assert 'training starts anew' in text


def test_checkpoint_of_another_model(checkpoint, tmp_path, run_here):
    text = run_here(
        'tools/test.py',
        CONFIG,
        checkpoint,
        '--work-dir',
        tmp_path,
        ok=False,
        options=['model.decode_head.channels=8'],
    )
    assert 'is of another model' in text and 'expected (8, 64, 3, 3)' in text
    text = run_here(
        'tools/test.py', CONFIG, 'nowhere.pth', '--work-dir', tmp_path, ok=False
    )
    assert "'nowhere.pth' is no checkpoint and no work folder" in text
    text = run_here(
        'tools/train.py',
        CONFIG,
        '--work-dir',
        tmp_path,
        '--resume',
        checkpoint,
        ok=False,
        options=['model.decode_head.channels=8'],
    )
    assert 'is of another model' in text


def test_shots_are_checked_before_anything_starts(tmp_path, run_here):
    config = 'configs/shapes/crnet_fold0.py'
    text = run_here(
        'tools/train.py', config, '--shot', 5, '--work-dir', tmp_path, ok=False
    )
    assert 'CRNetHead looks at 1 support at a time' in text
    assert 'Iter(train)' not in text


def test_several_scales_and_a_refiner(checkpoint, tmp_path, run_here):
    """Any head, by one option each; the report says so."""
    report = tmp_path / 'r.json'
    run_here(
        'tools/test.py',
        CONFIG,
        checkpoint,
        '--tta',
        0.5,
        1,
        '--refine',
        'guided',
        '--report',
        report,
        '--work-dir',
        tmp_path,
    )
    text = report.with_suffix('.md').read_text()
    assert 'test_scales=(0.5, 1.0), refiner(type=GuidedFilterRefiner)' in text
    assert json.loads(report.read_text())['num_diverged'] == 0


@pytest.fixture(scope='module')
def fine_tuned(tmp_path_factory):
    """A config of a model that is fine-tuned, on the embedded data set."""
    path = tmp_path_factory.mktemp('config') / 'fine_tuning.py'
    path.write_text(
        f"""_base_ = '{ROOT / CONFIG}'
model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(steps=2, optimizer=dict(type='SGD', lr=1e-4)),
)
"""
    )
    return path


def test_diverged_episodes_are_reported(fine_tuned, checkpoint, tmp_path):
    """On two processes, each with its own episodes."""
    report = tmp_path / 'r.json'
    run('tools/test.py', fine_tuned, checkpoint, '--shot', 3, '--report', report,
        '--work-dir', tmp_path, processes=2,
        options=['model.fine_tuning.optimizer.lr=1e20'])  # fmt: skip
    counted = json.loads(report.read_text())
    assert counted['num_diverged'] == 21
    assert all(episode['diverged'] for episode in counted['episodes'])
    assert '21 EPISODES DIVERGED' in report.with_suffix('.md').read_text()


def test_sweep_of_fine_tuning(fine_tuned, checkpoint, run_here):
    text = run_here(
        'tools/analysis_tools/fine_tuning_sweep.py',
        fine_tuned,
        checkpoint,
        '--shot',
        2,
        '--lrs',
        1e-9,
        1e20,
        '--steps',
        0,
        2,
        '--num-episodes',
        6,
    )
    rows = [line.split('|') for line in text.splitlines() if line.startswith('|')]
    assert [cell.strip() for cell in rows[0]][1:4] == ['steps', 'lr 1e-09', 'lr 1e+20']
    scores = [cell.strip() for row in rows[1:] for cell in row[2:4]]
    plain = scores[0]  # nothing is learned, or everything diverges and counts as is
    assert scores == [plain, plain, plain, f'{plain} (6)']


def test_picture_of_prompts(tmp_path, monkeypatch):
    tool = str(ROOT / 'tools/analysis_tools/prompt_masks.py')
    monkeypatch.setattr(sys, 'argv', [tool, '--out', str(tmp_path / 'p.png')])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(tool, run_name='__main__')
    assert not end.value.code
    height, width, _ = cv2.imread(str(tmp_path / 'p.png')).shape
    assert height == 2 * (PANEL_HEIGHT + CAPTION_HEIGHT + GAP)
    assert width == 4 * PANEL_HEIGHT + 3 * GAP, 'box, points, scribbles, polygon'
    shown = (ROOT / 'docs/images/prompts.png').stat().st_size
    assert shown < 60_000, 'small enough for a document'


def test_config_that_does_not_exist(run_here):
    text = run_here('tools/train.py', 'configs/none.py', ok=False)
    assert "config 'configs/none.py' does not exist" in text


def test_shell_scripts_tell_their_use():
    for name in ('dist_train.sh', 'dist_test.sh', 'slurm_train.sh'):
        done = subprocess.run(
            ['bash', ROOT / 'tools' / name], capture_output=True, text=True
        )
        assert done.returncode == 2 and f'tools/{name}' in done.stderr
