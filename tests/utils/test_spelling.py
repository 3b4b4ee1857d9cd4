"""One thing, named for whoever reads it."""

import pytest

from fss_mm.utils.spelling import argument, flag, spelled_as_options


@pytest.mark.parametrize(
    ('given', 'python', 'shell'),
    [
        (('img_range', (0, 65535)), 'img_range=(0, 65535)', '--img-range 0 65535'),
        (('foreground', '#ff0000'), "foreground='#ff0000'", "--foreground '#ff0000'"),
        (('resize_masks', True), 'resize_masks=True', '--resize-masks'),
        (('image_size',), 'image_size', '--image-size'),
        (('foreground', 3), 'foreground=3', '--foreground 3'),
    ],
)
def test_arguments_and_options(given, python, shell):
    assert argument(*given) == python
    with spelled_as_options():
        assert argument(*given) == shell == flag(*given)
    assert argument(*given) == python
