import math

import pytest
import torch
from mmengine.logging import MessageHub

from fss_mm.models.data_preprocessor import averaging_probability
from fss_mm.registry import MODELS
from tests.models.builders import batch


def build(**kwargs):
    return MODELS.build(dict(type='FewShotDataPreProcessor') | kwargs)


def test_channels_are_reordered_and_normalised():
    data = batch(n=1)
    bgr = data['inputs']['query'][0].double()
    out = build(mean=(1, 2, 3), std=(4, 5, 6))(data)['inputs']
    for channel, (mean, std) in enumerate([(1, 4), (2, 5), (3, 6)]):
        expected = (bgr[2 - channel] - mean) / std
        assert torch.allclose(out['query'][0, channel].double(), expected, atol=1e-5)
    assert out['query'].dtype == torch.float32
    assert out['support'].shape == (1, 1, 3, 33, 33)


def grey(images):
    return [bool((image == image[:1]).all()) for image in images]


def test_channel_averaging_touches_training_queries_only():
    preprocess = build(input_channel_averaging=dict(prob=1.0, decay=0.0))
    plain = build()(batch())['inputs']
    out = preprocess(batch(), training=True)['inputs']
    assert grey(out['query']) == [True, True]
    assert torch.allclose(out['query'][:, 0], plain['query'].mean(1), atol=1e-6)
    assert torch.equal(out['support'], plain['support'])
    assert torch.equal(preprocess(batch())['inputs']['query'], plain['query'])


def test_what_is_averaged_is_a_function_of_the_episode():
    preprocess = build(input_channel_averaging=dict(prob=0.5, decay=0.0))
    chosen = grey(preprocess(batch(n=64, size=2), training=True)['inputs']['query'])
    again = grey(preprocess(batch(n=64, size=2), training=True)['inputs']['query'])
    assert chosen == again and 16 < sum(chosen) < 48


def test_averaging_decays_with_the_training():
    assert averaging_probability(0.0, 0.25, 5) == 0.25
    assert averaging_probability(1.0, 0.25, 5) == pytest.approx(0.25 * math.exp(-5))
    preprocess = build(input_channel_averaging=dict(prob=1.0, decay=50.0))
    hub = MessageHub.get_current_instance()
    hub.update_info('iter', 99)
    hub.update_info('max_iters', 100)
    try:
        out = preprocess(batch(n=8), training=True)['inputs']['query']
    finally:
        hub.runtime_info.clear()
    assert not any(grey(out))


class Expecting(torch.nn.Identity):
    """A backbone that says what its weights expect."""

    def __init__(self, mean, std):
        super().__init__()
        self.pixel_mean, self.pixel_std = mean, std


HALF = Expecting((127.5,) * 3, (127.5,) * 3)


def statistics(preprocessor):
    return preprocessor.mean.flatten().tolist(), preprocessor.std.flatten().tolist()


@pytest.mark.parametrize(
    'given, backbones, mean, std',
    [
        ({}, [HALF], [127.5] * 3, [127.5] * 3),
        ({}, [HALF, HALF], [127.5] * 3, [127.5] * 3),
        (dict(mean=(1, 2, 3)), [HALF], [1, 2, 3], [127.5] * 3),
        (dict(mean=(1, 2, 3), std=(4, 5, 6)), [HALF], [1, 2, 3], [4, 5, 6]),
        (dict(mean=(1, 2, 3), std=(4, 5, 6)), [HALF, torch.nn.Identity()],
         [1, 2, 3], [4, 5, 6]),
    ],
)  # fmt: skip
def test_what_is_not_given_is_what_the_backbone_expects(given, backbones, mean, std):
    preprocessor = build(**given)
    before = preprocessor.description
    preprocessor.follow(backbones)
    assert statistics(preprocessor) == (mean, std)
    assert (preprocessor.description != before) == (len(given) < 2)


def test_a_backbone_that_says_nothing_expects_imagenet():
    preprocessor = build()
    before = statistics(preprocessor)
    preprocessor.follow([torch.nn.Identity()])
    assert statistics(preprocessor) == before
    assert before[0] == pytest.approx([123.675, 116.28, 103.53])


def test_backbones_that_expect_unlike_images_are_refused():
    with pytest.raises(
        ValueError, match=r'unlike mean, .*data_preprocessor=dict\(mean='
    ):
        build().follow([HALF, torch.nn.Identity()])
