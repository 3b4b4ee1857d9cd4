import pytest
from mmcv.transforms import Resize

from fss_mm.utils.type_name import type_name


@pytest.mark.parametrize('kind', ['Resize', 'mmseg.Resize', Resize])
def test_a_name_without_scope(kind):
    assert type_name(dict(type=kind)) == 'Resize'
