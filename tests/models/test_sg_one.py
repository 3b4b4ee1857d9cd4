"""SG-One against its description, written out in plain torch, in float64."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from fss_mm.models import ShotFusion
from fss_mm.models.strategies.shot_fusion import surest_of_foreground
from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import features

CHANNELS = (5, 6, 8)


def build(**kwargs):
    torch.manual_seed(1)
    head = dict(type='SGOneHead', in_channels=CHANNELS, channels=4, init_cfg=None)
    return MODELS.build(head | kwargs).double()


def episodes(n=2, k=3):
    return features(n, k, CHANNELS, dtype=torch.float64)


def sg_one(state, query, supports, masks, padding=1):
    """Logits of queries, and of each support's vector alone."""

    def conv(name, x):
        weight, bias = state[f'{name}.weight'], state[f'{name}.bias']
        around = padding if name == 'classify' else 1
        return F.conv2d(x, weight, bias, padding=around)

    vectors = []
    for shot in range(masks.shape[1]):
        guidance = conv('guidance', supports[2][:, shot])
        whole = F.interpolate(guidance, masks.shape[-2:], mode='bilinear')
        inside = (masks[:, shot] == 1).double().unsqueeze(1)
        vectors.append((whole * inside).sum((2, 3)) / inside.sum((2, 3)))

    def found(vector):
        guidance = conv('guidance', query[2])
        dot = (guidance * vector[..., None, None]).sum(1, keepdim=True)
        lengths = guidance.norm(dim=1, keepdim=True), vector.norm(dim=1)
        cosine = dot / lengths[0] / lengths[1].view(-1, 1, 1, 1)
        x = F.relu(conv('segmentation.convs.0', query[0]))
        x = F.relu(conv('segmentation.convs.1', torch.cat([x, query[1]], 1)))
        x = conv('segmentation.convs.2', torch.cat([x, query[2]], 1))
        return conv('classify', F.relu(conv('fuse', x * cosine)))

    mean = torch.stack(vectors).mean(0)
    return found(mean), [found(vector) for vector in vectors]


@pytest.mark.parametrize('padding', [0, 1])
def test_logits_by_the_description(padding):
    """The released code's logits are two cells larger than the map."""
    head = build(classifier_padding=padding).eval()
    query, supports = episodes()
    with torch.no_grad():
        output = head(query, supports)
        args = query.levels, supports.levels, supports.masks, padding
        expected, _ = sg_one(head.state_dict(), *args)
    assert output.query_logits.shape[-2:] == (7 + 2 * padding,) * 2
    assert (output.query_logits - expected).abs().max() < 1e-10
    assert output.aux['similarity'].shape == (2, 1, 7, 7)


def test_shots_are_averaged_or_united():
    head = build().eval()
    query, supports = episodes(k=4)
    args = head.state_dict(), query.levels, supports.levels, supports.masks
    with torch.no_grad():
        mean, each = sg_one(*args)
        shots = head.represent_shots(head.reduce_supports(supports))
        reduced = head.reduce_query(query)
        averaged = head.segment(reduced, head.merge_shots(shots)).query_logits
        united, turned = (
            ShotFusion(rule='any').segment(head, reduced, shots.shots(order))
            for order in ([0, 1, 2, 3], [2, 3, 1, 0])
        )
    assert (averaged - mean).abs().max() < 1e-10
    assert torch.equal(united, turned)
    assert (united - surest_of_foreground(each)).abs().max() < 1e-10


def test_a_cell_is_of_the_class_if_any_shot_says_so():
    torch.manual_seed(0)
    each = list(torch.randn(3, 2, 2, 9, 9))
    union = torch.stack([logits.argmax(1) for logits in each]).amax(0)
    united = surest_of_foreground(each)
    assert torch.equal(united.argmax(1), union) and 0.5 < union.float().mean() < 1
    first = surest_of_foreground([x[:1, :, :1, :1] for x in each]).flatten()
    pairs = [x[0, :, 0, 0] for x in each]
    assert torch.equal(first, max(pairs, key=lambda x: x[1] - x[0]))
    assert surest_of_foreground(each[:1]) is each[0]
    with pytest.raises(ValueError, match="rule='or', expected 'mean' or 'any'"):
        ShotFusion(rule='or')


def test_gradients_reach_every_parameter_and_the_encoder():
    head = build().train()
    data = [
        x.map(lambda y: y.requires_grad_() if y.is_floating_point() else y)
        for x in episodes()
    ]
    head(*data).query_logits.square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in head.parameters())
    leaves = [*data[0].levels, data[1].levels[2]]
    assert all(x.grad.abs().max() > 0 for x in leaves)


def test_levels_of_one_length():
    """A level's scale does not matter then, and its own is left alone without."""
    query, supports = episodes()
    scaled = [
        x.map(lambda y: 9 * y if y.is_floating_point() else y)
        for x in (query, supports)
    ]
    for unit in (True, False):
        head = build(unit_levels=unit).eval()
        a, b = (head(*data).query_logits for data in ((query, supports), scaled))
        assert torch.allclose(a, b) == unit


def test_parameters_and_their_rates():
    """Biases learn twice as fast, the guidance branch ten times."""
    cfg = Config.fromfile(ROOT / 'configs/sg_one/fold0.py')
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
        groups = build_optim_wrapper(model, cfg.optim_wrapper).param_groups
    assert sum(p.numel() for p in model.parameters()) == 18_992_194
    assert sum(p.numel() for p in model.decode_head.parameters()) == 4_277_506
    assert all(p.requires_grad for p in model.parameters())
    rates = {id(p): round(x['lr'] / 1e-5) for x in groups for p in x['params']}
    for name, parameter in model.named_parameters():
        guidance = name.startswith('decode_head.guidance')
        expected = (10 if guidance else 1) * (2 if name.endswith('bias') else 1)
        assert rates[id(parameter)] == expected, name


def test_the_encoder_must_have_the_levels():
    with pytest.raises(ValueError, match=r'in_index=\(0, 1, 2\), but the backbone giv'):
        build()(*features(2, 1, CHANNELS[:2], dtype=torch.float64))
