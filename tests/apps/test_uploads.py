"""Uploads and marks of any kind: a result, or one clear line."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fss_mm.apps.limits import Limits, Refused
from fss_mm.apps.marks import paint, read_marks
from fss_mm.apps.uploads import read_photograph, safe_name
from fss_mm.inference import Box, Points, Polygon, Scribbles
from tests.apps.conftest import jpeg_of, photograph

LIMITS = Limits(file_bytes=100_000, pixels=1_000_000)


def png_of(width, height):
    """A PNG whose header says a size, with next to nothing behind it."""

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack(
            '>I', zlib.crc32(kind + data)
        )  # fmt: skip

    head = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    body = (
        chunk(b'IHDR', head)
        + chunk(b'IDAT', zlib.compress(b'\0'))
        + chunk(b'IEND', b'')
    )
    return b'\x89PNG\r\n\x1a\n' + body


def animation():
    frames, buffer = [Image.new('L', (20, 20), v) for v in (0, 255)], io.BytesIO()
    frames[0].save(buffer, 'PNG', save_all=True, append_images=frames[1:])
    return buffer.getvalue()


BAD = {
    'zero bytes': (b'', r'an empty file \(0 bytes\)'),
    'text': (b'hello', 'no image that can be read; give JPEG'),
    'svg with script': (
        b'<?xml version="1.0"?><svg><script>alert(1)</script></svg>', 'in XML; export',
    ),
    'svg': (b'\xef\xbb\xbf <SVG onload="x()"/>', 'in XML; export a PNG'),
    'html': (b'<!DOCTYPE html><script>', 'in XML'),
    'zip': (b'PK\x03\x04' + bytes(40), 'a ZIP archive; unpack it'),
    'pdf': (b'%PDF-1.7 ', 'a PDF; export'),
    'gif': (b'GIF89a' + bytes(30), 'a GIF; save it as PNG'),
    'heic': (b'\0\0\0\x18ftypheic' + bytes(30), 'a HEIC or AVIF'),
    'video': (b'\0\0\0\x18ftypisom' + bytes(30), 'a video; save'),
    '30,000 x 30,000': (png_of(30_000, 30_000), 'more than 1 million pixels; make'),
    '2,000 x 2,000': (png_of(2_000, 2_000), '2,000 x 2,000 pixels: more than'),
    'larger than is allowed': (bytes(100_001), r'larger than 0\.0953674 MiB'),
    'cut off': (photograph()[:100], 'damaged|no image'),
    'an animation': (animation(), 'pages|pictures|frames'),
    'too small': (png_of(8, 8), '.'),
}  # fmt: skip


@pytest.mark.parametrize('kind', BAD)
def test_what_is_no_photograph(kind):
    content, said = BAD[kind]
    with pytest.raises(Refused, match=said) as error:
        read_photograph(content, 'x.png', LIMITS)
    text = str(error.value)
    assert text.startswith('x.png: ') and '\n' not in text and len(text) < 300


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_damaged_files_are_read_or_refused(noise, place, cut):
    content = bytearray(jpeg_of((40, 40)))
    content[place : place + len(noise)] = noise
    try:
        content = bytes(content[:place]) if cut else bytes(content)
        picture, _ = read_photograph(content, 'x.jpg', LIMITS)
    except Refused:
        return
    assert picture.pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ('name', 'safe'),
    [
        ('cup.jpg', 'cup.jpg'),
        ('../../etc/passwd', 'passwd'),
        ('..\\..\\boot.ini', 'boot.ini'),
        ('<img src=x onerror=alert(1)>.png', '_img src=x onerror=alert(1)_.png'),
        ('a\x00b\x1b[31m.png', 'ab[31m.png'),
        ('', 'image'),
        ('..', 'image'),
        ('ä' * 300 + '.png', 'ä' * 80 + '.png'),
        ('\u202egnp.exe', 'gnp.exe'),
    ],
)
def test_names(name, safe):
    assert safe_name(name) == safe


def test_marks_become_prompts():
    prompts = [
        dict(kind='box', box=[1, 2, 3, 4]),
        dict(kind='points', positive=[[1, 2]], negative=[[3, 4]]),
        dict(kind='scribbles', positive=[[[1, 2], [3, 4]]], negative=[], width=5),
        dict(kind='polygon', rings=[[[0, 0], [9, 0], [9, 9]]]),
        dict(kind='text', text=' points:1,2/-3,4 '),
    ]
    kinds = [Box, Points, Scribbles, Polygon, Points]
    found = [read_marks(dict(prompt=prompt)).prompt for prompt in prompts]
    assert [*map(type, found)] == kinds and found[1] == found[4]


@pytest.mark.parametrize(
    'data',
    [
        None, 5, [], dict(prompt=5), dict(prompt={}), dict(prompt=dict(kind='no')),
        dict(prompt=dict(kind='box', box=[1, 2, 'x', 4])),
        dict(prompt=dict(kind='box', box=[1, 2, float('nan'), 4])),
        dict(prompt=dict(kind='points', positive=[[1]])),
        dict(prompt=dict(kind='points', positive=[[1, 1]] * 20_001)),
        dict(prompt=dict(kind='polygon', rings=[[[0, 0]]])),
        dict(prompt=dict(kind='text', text='scribble:/etc/passwd')),
        dict(prompt=dict(kind='text', text='/etc/passwd')),
        dict(prompt=dict(kind='text', text='box:1,2')),
        dict(prompt=dict(kind='text', text='points:' + '1,1/' * 2_000)),
        dict(strokes=[dict(points=[], width=3)]),
        dict(strokes=[dict(points=[[1, 1]], width=1e9)]),
        dict(strokes=[dict(points=[[1e300, 1]], width=3)]),
        dict(strokes=[{}] * 401),
        dict(strokes='abc'),
    ],
)  # fmt: skip
def test_what_are_no_marks(data):
    with pytest.raises((Refused, ValueError)) as error:
        read_marks(data)
    assert '\n' not in str(error.value)


def test_strokes_in_their_order():
    strokes = [
        dict(points=[[5, 5]], width=7, erases=False),
        dict(points=[[0, 5], [9, 5]], width=1, erases=True),
    ]
    marks = read_marks(dict(strokes=strokes))
    painted = paint(np.zeros((10, 10), bool), marks.strokes)
    assert painted[3, 5] and painted[7, 5] and not painted[5].any()
    assert not paint(np.ones((10, 10), bool), marks.strokes[1:])[5].any()
