"""co-FCN against its description written out in plain torch, in float64."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from fss_mm.models import SUPPORT_VIEWS, CoFCNHead
from fss_mm.models.layers import CellGrid
from fss_mm.registry import MODELS
from fss_mm.structures import QueryFeatures, SupportFeatures
from tests.conftest import ROOT
from tests.models.builders import batch, build_segmentor, run

SIZE, GRID = (29, 26), dict(stride=4, padding=5)


def head(**kwargs):
    torch.manual_seed(1)
    kwargs = dict(channels=3, kernel_size=3, grid=GRID, init_cfg=None) | kwargs
    return CoFCNHead((5,), **kwargs).double().eval()


def episodes(n=2, k=3, channels=5, size=SIZE):
    """Levels of padded images of 29 x 26, at a quarter: 10 x 9 cells."""
    torch.manual_seed(0)
    levels = torch.randn(n, channels, 10, 9, dtype=torch.float64)
    shots = torch.randn(n, k, channels, 10, 9, dtype=torch.float64)
    masks = torch.randint(0, 2, (n, k, *size), dtype=torch.uint8)
    return QueryFeatures((levels,), size), SupportFeatures(
        masks, dict(annotated=(shots,), foreground_only=(shots,))
    )


def enlarged(x, size, stride, first):
    """Bilinear, by the distance of pixels to the centres of cells."""
    for axis, side in zip((2, 3), size):
        pixels = torch.arange(side, dtype=x.dtype) + first + 0.5
        centres = stride * (1 + torch.arange(x.shape[axis], dtype=x.dtype))
        weights = 1 - (pixels[:, None] - centres).abs() / stride
        x = torch.tensordot(x, weights.clamp_min(0), ([axis], [1])).movedim(-1, axis)
    return x


def test_parameters_of_the_published_size():
    cfg = Config.fromfile(ROOT / 'configs/co_fcn/fold0.py').model
    with torch.device('meta'):
        model = MODELS.build(cfg)
    assert sum(p.numel() for p in model.parameters()) == 42_407_938
    assert all(p.requires_grad for p in model.parameters())


def test_co_fcn_by_its_description():
    co_fcn, (query, supports) = head(), episodes()
    state = co_fcn.state_dict()

    def conv(name, x):
        return F.conv2d(x, state[f'{name}.weight'], state[f'{name}.bias'])

    feat = conv('reduce.0', query.levels[0]).relu()  # (2, 3, 8, 7)
    shots = supports.views['annotated'][0]
    vector = 0
    for k in range(3):
        vector = vector + conv('reduce_support.0', shots[:, k]).relu().mean((2, 3)) / 3
    vector = vector[:, :, None, None].expand_as(feat)
    scores = conv('classify', conv('fuse.0', torch.cat([vector, feat], 1)).relu())
    # the centre of the first unpadded 3 x 3 window is 6 pixels inside of the padding
    # of 5, that of the first enlarged cell a stride behind the crop's origin
    expected = enlarged(scores, SIZE, 4, first=4 - (6 - 5))
    found = co_fcn(query, supports).query_logits
    assert found.shape == (2, 2, *SIZE)
    assert (found - expected).abs().max() < 1e-10
    known = co_fcn.represent(supports)
    assert known['vector'].shape == (2, 3, 1, 1)
    again = co_fcn.segment(co_fcn.reduce_query(query), known).query_logits
    assert torch.equal(again, found)


def test_without_a_grid_the_head_pads():
    co_fcn, (query, supports) = head(grid=None), episodes()
    assert co_fcn(query, supports).query_logits.shape == (2, 2, 10, 9)


@pytest.mark.parametrize('name', ['co_fcn', 'oslsm'])
def test_the_grid_is_the_crop_of_the_papers(name):
    """Offsets 0 (pad 81) and 40 (pad 121), of which one pixel is the layer's own."""
    padding, offset = dict(co_fcn=(80, 0), oslsm=(120, 40))[name]
    grid = CellGrid(padding=padding)
    assert grid.sides((321, 500))[1] == -(-(500 + 2 * padding) // 32) - 6
    x = torch.zeros(1, 1, *grid.sides((192, 200)))
    x[..., 1, 1] = 1
    place = divmod(int(grid.to_image(x, (192, 200)).argmax()), 200)
    assert place == (63 - offset, 63 - offset), 'of the four pixels at its centre'


def test_co_fcn_is_told_of_a_padding_that_does_not_fit():
    query, supports = episodes()
    with pytest.raises(ValueError, match=r'a map of \(8, 7\) cells .* same padding'):
        head()(replace(query, image_size=(65, 65)), supports)


def test_annotations_are_channels():
    images = torch.randn(1, 3, 2, 2)
    masks = torch.tensor([[[0, 1], [255, 1]]], dtype=torch.uint8)
    shown = SUPPORT_VIEWS['annotated'].make(images, masks)
    assert torch.equal(shown[:, :3], images)
    assert shown[0, 3:].tolist() == [[[0, 1], [0, 1]], [[1, 0], [0, 0]]]
    with pytest.raises(ValueError, match='annotations can be .* in front of the Re'):
        SUPPORT_VIEWS['annotated'].make(images, masks[:, :1])


SMALL = dict(
    type='TorchvisionBackbone', name='squeezenet1_1', out_nodes=('features.3',),
    weights=None, output_stride=None, frozen=False,
)  # fmt: skip
MODEL = dict(
    type='FewShotSegmentor',
    backbone=SMALL,
    support_backbone=SMALL | dict(in_channels=5),
    decode_head=dict(
        type='CoFCNHead', in_channels=(128,), channels=4, kernel_size=3, dropout=0.0,
        init_cfg=None,
    ),
)  # fmt: skip


def test_gradients_reach_both_encoders_of_co_fcn():
    model = build_segmentor(**MODEL).train()
    losses = run(model, batch(k=2), 'loss')
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())
    (sample, _) = run(model.eval(), batch(k=2), 'predict')
    assert sample.pred_sem_seg.shape == (33, 33)


def test_co_fcn_needs_an_encoder_of_annotations():
    model = build_segmentor(**MODEL | dict(support_backbone=None)).eval()
    with pytest.raises(ValueError, match='given 5 channels and takes 3: .*support_b'):
        run(model, batch(), 'predict')


def test_co_fcn_begins_at_equal_probabilities():
    co_fcn = CoFCNHead((5,), channels=3, kernel_size=3, grid=GRID).double()
    co_fcn.init_weights()
    assert not co_fcn(*episodes()).query_logits.any()
    assert co_fcn.fuse[0].weight.any()
