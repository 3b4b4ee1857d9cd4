"""Small models, episodes and features that the tests of the models share."""

import nearest_color_head  # noqa: F401  of the example project
import torch
from mmengine.structures import PixelData

from fss_mm.registry import MODELS
from fss_mm.structures import (
    PLAIN,
    FewShotSegDataSample,
    QueryFeatures,
    SupportFeatures,
)

BACKBONE = dict(
    type='TorchvisionBackbone', name='resnet18', out_nodes=('layer1', 'layer2'),
    weights=None, output_stride=4,
)  # fmt: skip
HEAD = dict(
    type='SimPropHead', in_channels=(64, 128), channels=8, dropout=0.0,
    decoder=dict(dropout=0.0),
)  # fmt: skip


def build_segmentor(**kwargs):
    """A segmentor with a small ResNet-18; SimPropNet and a dual loss by default."""
    torch.manual_seed(0)
    model = dict(type='DualLossSegmentor', backbone=BACKBONE, decode_head=HEAD)
    return MODELS.build(model | kwargs)


def batch(n=2, k=1, size=33, ori_shape=(50, 40)):
    """A collated batch of episodes, as a data set gives it."""
    torch.manual_seed(1)
    samples, inputs = [], dict(query=[], support=[], support_mask=[])

    def draw(high, *shape):
        return torch.randint(0, high, shape, dtype=torch.uint8)

    for i in range(n):
        meta = dict(ori_shape=ori_shape, seed=0, number=i, support_set_seed=i)
        keys = dict(
            query_key=f'q{i}', support_keys=tuple(f's{i}.{j}' for j in range(k))
        )
        sample = FewShotSegDataSample(metainfo=meta | keys | dict(class_id=1))
        sample.gt_sem_seg = PixelData(data=draw(2, 1, size, size))
        samples.append(sample)
        inputs['support_mask'].append(draw(2, k, size, size))
        inputs['query'].append(draw(256, 3, size, size))
        inputs['support'].append(draw(256, k, 3, size, size))
    return dict(inputs=inputs, data_samples=samples)


def run(model, data, mode):
    """A batch through the data preprocessor and a segmentor."""
    data = model.data_preprocessor(data, training=mode == 'loss')
    return model(**data, mode=mode)


# ---- heads -------------------------------------------------------------------------

NO_DROPOUT = dict(
    SimPropHead=dict(decoder=dict(dropout=0.0)),
    CANetHead=dict(refine=dict(decoder=dict(dropout=0.0), reset_prob=1.0)),
)
TRAINED_WHOLE = dict(
    PANetHead=dict(in_index=(0, 1)),
    SGOneHead=dict(in_index=(0, 1), channels=4, classifier_padding=0, init_cfg=None),
)
TRAINING_FREE = ('PrototypeHead', 'DiscriminantHead', 'ClusterMatchHead')
WITHOUT_WEIGHTS = (*TRAINING_FREE, 'PANetHead')
HEADS = (*NO_DROPOUT, *TRAINED_WHOLE, 'CRNetHead', *TRAINING_FREE)
ALL_HEADS = (*HEADS, 'NearestColorHead')


def build_head(kind='SimPropHead', **kwargs):
    """A head for :func:`features`, of few channels and without dropout."""
    kwargs = dict(type=kind, in_channels=(6, 8)) | TRAINED_WHOLE.get(kind, {}) | kwargs
    if kind == 'CRNetHead':
        small = dict(channels=4, init_cfg=None, co_occurrence=dict(dropout=0.0))
        kwargs = small | kwargs
    if kind in NO_DROPOUT:
        small = dict(channels=4, dropout=0.0, init_cfg=None)
        kwargs = small | NO_DROPOUT[kind] | kwargs
    torch.manual_seed(1)
    return MODELS.build(kwargs)


IN_SEGMENTOR = dict(
    SimPropHead=dict(channels=4, fusion=dict(normalize_maps=True)),
    CANetHead=dict(channels=4, refine=dict(reset_prob=0.5, max_passes=3)),
    CRNetHead=dict(channels=4, refine=dict(reset_prob=0.5, tolerance=0.1)),
    **TRAINED_WHOLE,
    PrototypeHead={},
    DiscriminantHead=dict(shrinkage=0.5, calibrate=True),
    ClusterMatchHead={},
    NearestColorHead=dict(channels=4),
)


SMALL_HEADS = {
    kind: dict(type=kind, in_channels=(6, 8)) | IN_SEGMENTOR[kind] for kind in ALL_HEADS
}
"""Configs of these heads, with dropout, histories and several passes."""


def segmentor_with(kind, **kwargs):
    """A segmentor with a head by name: with dropout, histories and several passes."""
    head = dict(type=kind, in_channels=(64, 128)) | IN_SEGMENTOR[kind]
    return build_segmentor(**dict(decode_head=head) | kwargs)


def features(n=2, k=1, channels=(6, 8), size=7, dtype=torch.float32):
    """Random features of N episodes: of the queries, and of the supports."""
    torch.manual_seed(0)
    masks = torch.zeros(n, k, 49, 49, dtype=torch.uint8)
    masks[..., 10:30, 10:30] = 1
    masks[..., -3:, :] = 255

    def levels(*shape):
        return tuple(torch.rand(*shape, c, size, size, dtype=dtype) for c in channels)

    query = QueryFeatures(levels(n), (49, 49))
    views = {PLAIN: levels(n, k), 'foreground_only': levels(n, k)}
    return query, SupportFeatures(masks, views)


def swapped(query, supports):
    """Each query in the place of its only support, and the other way round."""
    views = supports.views | {PLAIN: tuple(x[:, None] for x in query.levels)}
    return supports.as_queries(), SupportFeatures(supports.masks, views)
