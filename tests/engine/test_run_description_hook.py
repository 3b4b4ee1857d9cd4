"""What a run says of itself."""

import logging
from types import SimpleNamespace

import pytest
from torch import nn

from fss_mm.engine.hooks import RunDescriptionHook
from fss_mm.engine.hooks.run_description_hook import describe_weights


@pytest.mark.parametrize(('done', 'lines'), [(39, 0), (40, 1), (50, 1)])
def test_a_training_without_anything_left_says_so(done, lines, caplog):
    loop = SimpleNamespace(iter=done, max_iters=40)
    logger = logging.getLogger('a run')
    runner = SimpleNamespace(train_loop=loop, logger=logger)
    RunDescriptionHook().before_train(runner)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == lines
    assert all(f'complete: {done} of 40 iterations are done' in line for line in said)


def encoder(*parts, **facts):
    made = nn.Sequential(*parts)
    vars(made).update(facts)
    return made


_VGG = dict(weights='IMAGENET1K_V1', name='vgg16', init_cfg=None)
_DRAWN = dict(type='Kaiming', layer='Conv2d')
_READ = dict(type='Pretrained', checkpoint='a.pth')


@pytest.mark.parametrize(
    ('backbone', 'text'),
    [
        (encoder(**_VGG), ', but of the backbone IMAGENET1K_V1 (vgg16)'),
        (encoder(**_VGG | dict(weights=None)), ''),
        (encoder(init_cfg=_READ), ', but of the backbone a.pth'),
        (encoder(init_cfg=[_DRAWN]), ''),
        (encoder(init_cfg=[_DRAWN, _READ]), ', but of the backbone a.pth'),
        (encoder(encoder(**_VGG)), ', but of the backbone IMAGENET1K_V1 (vgg16)'),
        (encoder(), ''),
    ],
)
def test_weights_are_those_of_the_backbone_also_where_the_config_says_nothing(
    backbone, text
):
    model = SimpleNamespace(backbone=backbone, support_backbone=None)
    assert describe_weights({}, model) == f'random ones{text}'
    assert describe_weights(dict(load_from='a.pth'), model) == 'a.pth'


def test_weights_of_both_backbones_are_said():
    other = encoder(init_cfg=_READ)
    model = SimpleNamespace(backbone=encoder(**_VGG), support_backbone=other)
    text = 'random ones, but of the backbone IMAGENET1K_V1 (vgg16) and a.pth'
    assert describe_weights({}, model) == text
