"""Networks of timm as backbones: tiny ones, with random weights."""

import pytest
import torch

pytest.importorskip('timm')

from fss_mm.models import TimmBackbone  # noqa: E402


def build(name='test_vit', **kwargs):
    torch.manual_seed(0)
    return TimmBackbone(name, **dict(weights=None) | kwargs).eval()


@pytest.mark.parametrize(
    'size, grid',
    [
        ((160, 160), (10, 10)),
        ((33, 50), (2, 3)),
        ((20, 200), (1, 13)),
        ((5, 9), (1, 1)),
    ],
)
def test_tokens_become_a_map_at_any_size(size, grid):
    backbone = build(out_indices=(1, -1))
    levels = backbone(torch.rand(2, 3, *size))
    assert [tuple(x.shape) for x in levels] == [(2, 64, *grid)] * 2
    assert (backbone.out_channels, backbone.strides) == ((64, 64), (16, 16))
