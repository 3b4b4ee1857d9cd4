"""Lines of messages, those of one cause together."""

from fss_mm.utils.text import group_lines


def test_one_cause_is_one_line():
    jpegs = [f'masks/{i}.jpg: a JPEG; save it as PNG' for i in range(5)]
    assert group_lines([jpegs[0]]) == [jpegs[0]]
    assert group_lines([*jpegs[:2], 'b.png (4 x 8): too small; scale it']) == [
        '2 files: a JPEG; save it as PNG: masks/0.jpg, masks/1.jpg',
        'b.png (4 x 8): too small; scale it',
    ]
    assert group_lines(jpegs, 'masks', most=2) == [
        '5 masks: a JPEG; save it as PNG: masks/0.jpg, masks/1.jpg and 3 more'
    ]
    assert group_lines([]) == []
