"""Exported files of the heads that test_heads.py makes none of agree with PyTorch.

A graph takes 5 to 20 seconds, so that these tests run where they are asked for:
FSS_MM_EXPORT_TESTS=1 pytest tests/export/test_all_heads.py
"""

import os

import pytest

from fss_mm.export import export_classes, sample_images
from fss_mm.registry import MODELS
from tests.export.small_models import learned, require_packages, small_segmentor
from tests.export.test_heads import largest
from tests.models.builders import ALL_HEADS
from tests.testing.test_our_heads import HEADS, LEVELS

pytestmark = pytest.mark.skipif(
    os.environ.get('FSS_MM_EXPORT_TESTS') != '1',
    reason='a graph a head takes minutes: FSS_MM_EXPORT_TESTS=1 runs these tests',
)

SIZE = (65, 81)
WIDTHS = (64, 128)  # of TwoLayers
# of the others test_heads.py makes files
KINDS = ('PANetHead', 'SGOneHead', *sorted(HEADS.keys() - ALL_HEADS))


def model(kind):
    """On an encoder whose graph has images of any size; that of supports is in none."""
    if kind in ALL_HEADS:
        return small_segmentor(kind)
    config = dict(HEADS[kind])
    if kind == 'HSNetHead':
        return MODELS.build(config).eval()
    config['backbone'] = dict(type='TwoLayers')
    head = config['decode_head']
    config['decode_head'] = head | dict(
        in_channels=[WIDTHS[i] for i in head['in_index']]
    )
    if kind == 'CoFCNHead':
        config['support_backbone'] = dict(LEVELS, channels=WIDTHS)
    return MODELS.build(config).eval()


@pytest.mark.parametrize('kind', KINDS)
def test_a_file_of_a_class(tmp_path, kind):
    require_packages()
    segmentor = model(kind)
    known = dict(owl=learned(segmentor, 1, SIZE))
    size = SIZE if kind == 'HSNetHead' else None  # its encoder is of one size
    file = export_classes(segmentor, known, tmp_path / 'a.onnx', size=size)
    assert largest(file.check(sample_images(2, SIZE))) < 1e-4
