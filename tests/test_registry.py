import subprocess
import sys

import mmengine.registry
import pytest
from mmengine.registry import Registry

from fss_mm import registry

NODES = {n: r for n, r in vars(registry).items() if isinstance(r, Registry)}
NAMES = {
    'DATASETS': ['FewShotSegDataset', 'FewShotPascalDataset', 'FewShotShapesDataset'],
    'DATA_SAMPLERS': ['EpisodicSampler', 'FixedEpisodeSampler', 'DefaultSampler'],
    'TRANSFORMS': [
        'ClassAwareRandomCrop',
        'LoadFewShotMask',
        'LoadAnnotations',
        'RandomFlip',
    ],
    'EPISODE_DRAWS': ['class_balanced', 'class_uniform', 'every_pair'],
    'MODELS': [
        'FewShotDataPreProcessor',
        'FewShotSegmentor',
        'DualLossSegmentor',
        'SimPropHead',
        'CANetHead',
        'CRNetHead',
        'HSNetHead',
        'PrototypeHead',
        'DiscriminantHead',
        'TorchvisionBackbone',
        'ResNet',
        'CrossEntropyLoss',
    ],
    'METRICS': ['FewShotIoUMetric', 'IoUMetric'],
    'LOOPS': [
        'EpisodicTrainLoop',
        'EncodeOnceTestLoop',
        'EncodeOnceValLoop',
        'LabelStoppedTestLoop',
        'IterBasedTrainLoop',
        'TestLoop',
    ],
    'HOOKS': ['EpisodeVisualizationHook', 'SafeCheckpointHook', 'LoggerHook'],
    'VISUALIZERS': ['SegLocalVisualizer'],
    'PARAM_SCHEDULERS': ['PolyLR'],
    'OPTIM_WRAPPERS': ['AmpOptimWrapper'],
    'OPTIMIZERS': ['SGD', 'AdamW'],
}


@pytest.mark.parametrize('node', NAMES)
def test_names_of_all_three_libraries_resolve(node):
    for name in NAMES[node]:
        assert NODES[node].get(name) is not None, name


def test_every_node_of_the_runner_is_a_child():
    """A missing one would print a warning at each build."""
    parents = {
        name
        for name, value in vars(mmengine.registry).items()
        if isinstance(value, Registry) and name != 'FUNCTIONS'
    }
    assert parents <= set(NODES)
    for name in parents:
        assert NODES[name].scope == 'fss_mm'
        assert NODES[name].root is getattr(mmengine.registry, name)


def test_import_is_silent_and_builds_print_no_warning(tmp_path):
    code = (
        'import fss_mm\n'
        'from mmengine.config import Config\n'
        'from mmengine.runner import Runner\n'
        'cfg = Config.fromfile("configs/shapes/simprop_fold0.py")\n'
        f'cfg.work_dir = {str(tmp_path)!r}\n'
        'cfg.train_dataloader.dataset.num_images = 200\n'
        'cfg.log_level = "WARNING"\n'
        'Runner.from_cfg(cfg).build_train_loop(cfg.train_cfg)\n'
    )
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert 'Failed to search registry' not in run.stdout + run.stderr
    assert 'OneDL' not in run.stdout
