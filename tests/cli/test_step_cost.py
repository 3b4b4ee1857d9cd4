"""The arithmetic of a step, against what is counted by hand and on real tensors."""

import pytest
import torch
from mmengine.config import Config
from torch.utils.flop_counter import FlopCounterMode

from fss_mm.registry import MODELS
from fss_mm_cli.reproduction.arithmetic import Meter, step_cost, training_size
from fss_mm_cli.reproduction.estimate import Estimate, cost_text
from fss_mm_cli.reproduction.runs import Prepared
from tests.models.builders import BACKBONE, IN_SEGMENTOR, batch, run, segmentor_with

SIZE = 33


def config(**model):
    """A training of small images, two episodes a step."""
    known = dict(type='FewShotSegmentor', backbone=dict(type='TwoConvolutions'))
    head = dict(type='PrototypeHead', in_channels=(2, 3))
    pipeline = [dict(type='LoadFewShotImage'), dict(type='Resize', scale=(SIZE, SIZE))]
    return Config(
        dict(
            model=known | dict(decode_head=head) | model,
            train_dataloader=dict(
                batch_size=2, dataset=dict(num_shots=1, query_pipeline=pipeline)
            ),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        )
    )


@MODELS.register_module()
class TwoConvolutions(torch.nn.Module):
    """A backbone of 1 x 1 convolutions."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 2, 1, bias=False)
        self.second = torch.nn.Conv2d(2, 3, 1, bias=False)

    def forward(self, images):
        """Two levels."""
        first = self.first(images)
        return first, self.second(first)


@pytest.mark.parametrize(
    ('kind', 'refine'),
    [
        ('SimPropHead', None),
        ('CANetHead', dict(reset_prob=0.0)),
        ('CRNetHead', dict(reset_prob=0.0)),
        ('CRNetHead', dict(use_cache=False)),
    ],
)
def test_flops_are_those_of_a_real_step(kind, refine):
    """With a first pass for all episodes, which chance leaves as it is, or for none."""
    head = dict(type=kind, in_channels=(64, 128)) | IN_SEGMENTOR[kind]
    if refine is not None:
        head |= dict(refine=refine)
    model = segmentor_with(kind, type='FewShotSegmentor', decode_head=head)
    with Meter() as real:
        losses = run(model.train(), batch(n=2, size=SIZE), 'loss')
        model.parse_losses(losses)[0].backward()
    assert step_cost(config(backbone=BACKBONE, decode_head=head)).flops == real.flops
    with FlopCounterMode(display=False) as torchs, torch.no_grad():
        run(model, batch(n=2, size=SIZE), 'loss')
    with Meter() as ours, torch.no_grad():
        run(model, batch(n=2, size=SIZE), 'loss')
    assert ours.flops == torchs.get_total_flops()


def test_flops_and_memory_by_hand():
    """Forward, and backward without the images' gradients."""
    cost, pixels = step_cost(config()), 4 * SIZE**2  # two queries, two supports
    first, second = 2 * pixels * 3 * 2, 2 * pixels * 2 * 3
    assert cost.flops >= 2 * first + 3 * second
    images = pixels * 3 * 4
    assert cost.memory > images + pixels * (2 + 3) * 4


def test_memory_is_that_of_what_is_held_at_once():
    with torch.device('meta'), Meter() as meter:
        x = torch.zeros(1000)
        x = x + 1  # two of 4,000 bytes for a moment
        y = x.view(10, 100)  # no more
        assert (meter.now, meter.peak) == (4000, 8000)
        del x
        assert meter.now == 4000
        y = None  # noqa: F841
    assert (meter.now, meter.peak) == (0, 8000)


@pytest.mark.parametrize(
    ('change', 'why'),
    [
        (dict(feature_bank=dict()), 'what a bank holds is not known'),
        (dict(decode_head=dict(type='ClusterMatchHead', in_channels=(2, 3))), 'SciPy'),
    ],
)
def test_what_no_arithmetic_knows(change, why):
    assert step_cost(config(**change)) is None, why


def test_the_size_of_a_training():
    def size(*steps):
        dataset = dict(query_pipeline=[dict(type='Load'), *steps])
        return training_size(Config(dict(train_dataloader=dict(dataset=dataset))))

    assert size(dict(type='Resize', scale=(40, 30))) == (30, 40)
    crop = dict(type='RandomCrop', crop_size=(20, 25))
    assert size(dict(type='Resize', scale=(40, 30)), crop) == (20, 25)
    assert size() is None


def test_hours_are_flops_by_an_assumed_speed():
    left = Estimate(0.0, 0, 0, 10, counted=2, flops=36 * 10**15)
    assert left.text(1, tflops=5.0).endswith(
        'not measured: 2 hours with 1 at once for 2 trainings of 36 PFLOP'
    )
    cfg, cost = config(), step_cost(config())
    text = cost_text({'a': cost, 'b': None}, {'a': Prepared(cfg, {})}, 1e-6)
    hours = 100_000 * cost.flops / 1e6 / 3600
    assert f' {hours:.1f} |' in text and '| b' not in text
    assert 'not measured' in text and '1e-06 TFLOP/s, which is assumed' in text
    assert cost_text({'b': None}, {}, 1.0) == ''
