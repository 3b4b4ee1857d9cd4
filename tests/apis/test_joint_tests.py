"""Several tests at once give what each gives alone."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from fss_mm.apis import evaluate
from fss_mm.datasets import JointTestDataset
from fss_mm.engine.empty_supports import require_supports
from fss_mm.episodes import JointEpisodeSampler, joint_sampler
from fss_mm.protocols import plan_tests, write_tests
from fss_mm.registry import DATASETS
from tests.conftest import LOAD, write_mask
from tests.inference.conftest import ColorBackbone  # noqa: F401

RULES = """
protocol = dict(
    name={name!r},
    source='a test',
    train=dict(),
    test=dict(min_pixels={min_pixels}, min_grid_pixels=0),
    datasets=dict(FewShotSegDataset=dict()),
    draw={draw!r},
    num_episodes={num_episodes},
    seeds={seeds},
    score_size={score_size!r},
    void={void!r},
)
"""
PROTOCOLS = dict(
    one=dict(min_pixels=1, draw='class_balanced', num_episodes=6, seeds=(0, 1),
             score_size='original', void='ignore'),
    two=dict(min_pixels=110, draw='class_uniform', num_episodes=13, seeds=(0,),
             score_size=(21, 17), void='background'),
    three=dict(min_pixels=1, draw='hsnet', num_episodes=14, seeds=(0,),
               score_size='input', void='ignore'),
)  # fmt: skip
RESIZE = dict(type='Resize', scale=(48, 48))


@pytest.fixture
def cfg(voc_tree, tmp_path) -> Config:
    pipelines = dict(query_pipeline=[LOAD[0], RESIZE, *LOAD[1:]],
                     support_pipeline=[*LOAD, RESIZE])  # fmt: skip
    backbone = dict(type='ColorBackbone')
    head = dict(type='PrototypeHead', in_channels=(3,), in_index=(0,))
    return Config(
        dict(
            default_scope='fss_mm',
            default_hooks=dict(empty_masks=dict(type='EmptyMaskHook')),
            randomness=dict(seed=0),
            work_dir=str(tmp_path / 'work'),
            model=dict(type='FewShotSegmentor', backbone=backbone, decode_head=head),
            test_dataloader=dict(
                num_workers=0,
                sampler=dict(type='FixedEpisodeSampler'),
                dataset=dict(
                    type='FewShotSegDataset',
                    data_root=str(voc_tree),
                    img_dir='JPEGImages',
                    mask_dir='SegmentationClassAug',
                    split='ImageSets/Segmentation/val.txt',
                    metainfo=dict(classes=('ant', 'bee', 'cat', 'dog')),
                    novel_classes=('ant', 'cat'),
                    test_mode=True,
                    **pipelines,
                ),
            ),
            test_evaluator=dict(type='FewShotIoUMetric'),
            test_cfg={},
        ),
    )


@pytest.fixture
def protocols(tmp_path) -> dict[str, str]:
    paths = {name: tmp_path / f'{name}.py' for name in PROTOCOLS}
    for name, path in paths.items():
        path.write_text(RULES.format(name=name, **PROTOCOLS[name]))
    return {name: str(path) for name, path in paths.items()}


LOOPS = pytest.mark.parametrize('loop', ['TestLoop', 'EncodeOnceTestLoop'])


def run_tests(cfg, protocols, report, loop, change=lambda tests: None):
    cfg = Config(dict(cfg.to_dict(), experiment_name=report.stem))  # a logger each
    cfg.test_cfg = dict(type=loop)
    tests = plan_tests(cfg, protocols)
    change(tests)
    write_tests(cfg, tests)
    evaluate(cfg, report=report)


@LOOPS
def test_a_joint_test_is_each_test_alone(cfg, protocols, tmp_path, loop):
    run_tests(cfg, list(protocols.values()), tmp_path / 'joint.json', loop)
    sizes = dict(one='original', two='21 x 17', three='48 x 48')
    for name, path in protocols.items():
        run_tests(cfg, [path], tmp_path / f'alone_{name}.json', loop)
        a = json.loads((tmp_path / f'alone_{name}.json').read_text())
        b = json.loads((tmp_path / f'joint_{name}.json').read_text())
        for key in ('episodes', 'mean', 'interval', 'protocol', 'resolution'):
            assert a[key] == b[key]
        assert b['resolution'] == [sizes[name]]
    summary = (tmp_path / 'joint.md').read_text()
    assert summary.count('\n| ') == 3 and '39 episodes in all' in summary
    assert len((tmp_path / 'ledger.csv').read_text().splitlines()) == 1 + 3 + 3


@LOOPS
def test_the_same_images_with_other_masks_are_other_tasks(
    cfg, voc_tree, tmp_path, loop
):
    """Episode by episode the same images, and no score of the other's masks."""
    (voc_tree / 'Moved').mkdir()
    for path in (voc_tree / 'SegmentationClassAug').glob('*.png'):
        mask = np.roll(np.array(Image.open(path)), 4, axis=1)
        write_mask(voc_tree / 'Moved' / path.name, mask)
    rules = PROTOCOLS['one'] | dict(num_episodes=9, seeds=(0,))
    paths = {name: tmp_path / f'{name}.py' for name in ('one', 'twin')}
    for name, path in paths.items():
        path.write_text(RULES.format(name=name, **rules))

    def move(tests):
        if 'twin' in tests:
            tests['twin'].loader.dataset.mask_dir = 'Moved'

    def episodes(report):
        return json.loads((tmp_path / report).read_text())['episodes']

    run_tests(cfg, list(map(str, paths.values())), tmp_path / 'joint.json', loop, move)
    found = {name: episodes(f'joint_{name}.json') for name in paths}
    for name, path in paths.items():
        run_tests(cfg, [str(path)], tmp_path / f'alone_{name}.json', loop, move)
        assert found[name] == episodes(f'alone_{name}.json')
    assert [e['query'] for e in found['one']] == [e['query'] for e in found['twin']]
    assert found['one'] != found['twin']


def joint_dataset(cfg, protocols) -> tuple[JointTestDataset, dict]:
    write_tests(cfg, plan_tests(cfg, list(protocols.values())))
    loader = cfg.test_dataloader
    return DATASETS.build(loader.dataset), loader.sampler.samplers


def test_each_task_is_yielded_once_by_one_process(cfg, protocols, monkeypatch):
    dataset, samplers = joint_dataset(cfg, protocols)
    slices = []
    for rank in range(3):
        monkeypatch.setattr(joint_sampler, 'get_dist_info', lambda r=rank: (r, 3))
        slices.append(list(JointEpisodeSampler(dataset, samplers)))
    everything = [shared for part in slices for shared in part]
    tasks = [
        (s.episode.class_id, s.episode.query, s.episode.supports) for s in everything
    ]
    assert len(set(tasks)) == len(tasks)
    places = [place for shared in everything for place in shared.places]
    assert len(set(places)) == len(places) == 12 + 13 + 14
    assert {len(part) for part in slices} <= {len(tasks) // 3, len(tasks) // 3 + 1}
    assert any(len(s.places) > 1 for s in everything), 'some tasks are shared'


def test_a_joint_test_whose_supports_vanish_is_refused(cfg, protocols):
    cfg.test_dataloader.dataset.support_pipeline[-1]['scale'] = (1, 1)
    dataset, samplers = joint_dataset(cfg, protocols)
    sampler = JointEpisodeSampler(dataset, samplers)
    with pytest.raises(
        ValueError, match=r"class: 'ant' \(\d+ supports at 1 x 1\), 'cat'"
    ):
        require_supports(SimpleNamespace(dataset=dataset, sampler=sampler))


def test_tests_of_other_classes_cannot_be_joined(cfg, protocols):
    tests = plan_tests(cfg, list(protocols.values()))
    tests['two'].loader.dataset.novel_classes = ('bee',)
    write_tests(cfg, tests)
    with pytest.raises(ValueError, match="episode_classes of 'two' is .* one test"):
        DATASETS.build(cfg.test_dataloader.dataset)
    tests['two'].loader.dataset.novel_classes = ('ant', 'cat')
    tests['two'].loader.dataset.query_pipeline = LOAD
    write_tests(cfg, tests)
    with pytest.raises(ValueError, match='query_pipeline differs'):
        DATASETS.build(cfg.test_dataloader.dataset)
