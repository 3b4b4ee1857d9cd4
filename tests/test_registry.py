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
