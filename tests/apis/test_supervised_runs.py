"""Trainings that are not episodic, and tests of their weights on episodes."""

import json

import pytest
from mmengine.config import Config

from fss_mm.apis import evaluate, train
from tests.conftest import FOUR, LOAD
from tests.models.builders import BACKBONE

ENCODER = dict(BACKBONE, out_nodes=('layer1',), frozen=False)
BASE_LABELS = [LOAD[0], dict(type='LoadFewShotMask', base_labels=True)]
OF_AMP = dict(in_channels=(64,), in_index=(0,), channels=4)
FCN = dict(
    type='FCNHead', in_channels=64, in_index=0, channels=4, num_convs=1,
    concat_input=False, num_classes=4, norm_cfg=dict(type='BN'), align_corners=False,
)  # fmt: skip
SGD = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01))
HOOKS = dict(
    checkpoint=dict(type='SafeCheckpointHook', by_epoch=False, interval=2),
    checkpoint_content=dict(type='CheckpointContentHook'),
    empty_masks=dict(type='EmptyMaskHook'),
)


def loader(dataset, **sampler):
    return dict(batch_size=2, num_workers=0, sampler=sampler, dataset=dataset)


@pytest.fixture
def config(voc_tree, tmp_path):
    """An experiment on the four classes of the small tree."""

    def make(model, hooks=HOOKS, fold=0, **more):
        data = dict(
            type='FewShotSegDataset', data_root=str(voc_tree), img_dir='JPEGImages',
            mask_dir='SegmentationClassAug', metainfo=FOUR, fold=fold,
            split='ImageSets/Segmentation/train.txt', query_pipeline=BASE_LABELS,
        )  # fmt: skip
        test = loader(
            dict(data, test_mode=True, query_pipeline=LOAD,
                 support_pipeline=BASE_LABELS),
            type='FixedEpisodeSampler', num_episodes=4,
        )  # fmt: skip
        cfg = dict(
            default_scope='fss_mm',
            model=model,
            train_dataloader=loader(data, type='EpisodicSampler', with_supports=False),
            test_dataloader=test | dict(batch_size=1),
            test_evaluator=dict(type='FewShotIoUMetric'),
            test_cfg=dict(type='TestLoop'),
            train_cfg=dict(type='IterBasedTrainLoop', max_iters=2),
            optim_wrapper=SGD,
            default_hooks=hooks,
            log_processor=dict(by_epoch=False),
            randomness=dict(seed=0),
            work_dir=str(tmp_path / 'work'),
        )
        return Config(cfg | more)

    return make


def test_a_segmentor_of_mmseg_is_trained(config, voc_tree):
    """On mmseg's data set, as its own tools do."""
    data = dict(
        type='BaseSegDataset',
        data_root=str(voc_tree),
        data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClassAug'),
        metainfo=dict(classes=('background', *FOUR['classes'])),
        pipeline=[LOAD[0], dict(type='LoadAnnotations'), dict(type='PackSegInputs')],
    )
    model = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 40)),
        backbone=ENCODER,
        decode_head=dict(FCN, num_classes=5),
        test_cfg=dict(mode='whole'),
    )
    cfg = config(model, train_dataloader=loader(data, type='InfiniteSampler'))
    assert train(cfg) is None
    checkpoint = f'{cfg.work_dir}/iter_2.pth'
    with pytest.raises(
        ValueError, match=r"images, not episodes.*'SupervisedSegmentor'"
    ):
        evaluate(cfg, checkpoint)
    cfg.model.update(type='SupervisedSegmentor')
    del cfg.model['data_preprocessor']
    cfg.default_hooks.checkpoint_content.allow_trained_classes = True
    scores = evaluate(cfg, checkpoint)
    assert 0 <= scores['mIoU'] <= 100, 'its weights and class names are known'


def test_a_supervised_model_is_scored_on_the_episodes(config, tmp_path):
    """And by name only on classes that it knows."""
    model = dict(type='SupervisedSegmentor', backbone=ENCODER, decode_head=FCN)
    cfg = config(model)
    train(cfg)
    checkpoint, path = f'{cfg.work_dir}/iter_2.pth', tmp_path / 'r.json'
    with pytest.raises(ValueError, match=r'does not know ant: its labels are backgr'):
        evaluate(cfg, checkpoint)
    hooks = HOOKS | dict(
        checkpoint_content=dict(
            type='CheckpointContentHook', allow_trained_classes=True
        )
    )
    evaluate(config(model, hooks, fold=1), checkpoint, path)
    report = json.loads(path.read_text())
    assert {e['class_id'] for e in report['episodes']} == {2}
    assert all(e['supports'] for e in report['episodes'])
    assert report['provenance']['trained_classes'] == ['bee']
    assert 'TESTED CLASSES WERE TRAINED' in path.with_suffix('.md').read_text()


def test_amp_takes_the_weights_of_its_base_training(config):
    """Those of another fold are refused, naming the class."""
    base = dict(
        type='SupervisedSegmentor',
        backbone=ENCODER,
        decode_head=dict(type='AMPBaseHead', num_classes=4, **OF_AMP),
    )
    cfg = config(base)
    train(cfg)
    head = dict(type='AMPHead', num_base_classes=3, **OF_AMP)
    tuned = dict(tuned='class', steps=1, optimizer=dict(type='RMSprop', lr=1e-3))
    model = dict(
        type='FewShotSegmentor',
        backbone=ENCODER,
        decode_head=head,
        fine_tuning=tuned,
    )
    checkpoint = f'{cfg.work_dir}/iter_2.pth'
    plain = evaluate(config(model), checkpoint)
    once = evaluate(config(model, test_cfg=dict(type='EncodeOnceTestLoop')), checkpoint)
    assert plain == once
    with pytest.raises(ValueError, match=r"1 of the 1 held-out classes .*: 'bee'"):
        evaluate(config(model, fold=1), checkpoint)
