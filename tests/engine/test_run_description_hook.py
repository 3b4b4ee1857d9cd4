"""What a run says of itself."""

import logging
from types import SimpleNamespace

import pytest

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


@pytest.mark.parametrize(
    ('backbone', 'text'),
    [
        (dict(weights='IMAGENET1K_V1', name='vgg16', init_cfg=None),
         'random ones, but of the backbone IMAGENET1K_V1 (vgg16)'),
        (dict(weights=None, name='vgg16', init_cfg=None), 'random ones'),
        (dict(init_cfg=dict(type='Pretrained', checkpoint='a.pth')),
         'random ones, but of the backbone a.pth'),
        ({}, 'random ones'),
    ],
)  # fmt: skip
def test_weights_are_those_of_the_backbone_also_where_the_config_says_nothing(
    backbone, text
):
    model = SimpleNamespace(backbone=SimpleNamespace(**backbone))
    assert describe_weights({}, model) == text
    assert describe_weights(dict(load_from='a.pth'), model) == 'a.pth'
