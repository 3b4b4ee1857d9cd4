"""Which image a name means that an annotation tool or a user wrote."""

import pytest

from fss_mm.index.image_files import read_images, read_split
from fss_mm.index.image_names import ImageNames

FILES = {
    'a': 'a.jpg',
    'b.v2': 'b.v2.png',
    'day/c': 'day/c.JPG',
    'night/c': 'night/c.jpg',
    'day/d': 'day/d.jpg',
    '0f3a9b2c-e': '0f3a9b2c-e.jpg',
    'ä f': 'ä f.jpg',
}


@pytest.mark.parametrize(
    'written, found',
    [
        ('a', 'a'),
        ('a.jpg', 'a'),
        ('a.png', 'a'),  # converted since
        ('a.heic', 'a'),
        ('images/a.jpg', 'a'),
        ('images\\a.jpg', 'a'),
        ('C:\\Users\\me\\images\\a.jpg', 'a'),
        ('/home/me/images/a.jpg', 'a'),
        ('./a.jpg', 'a'),
        ('b.v2', 'b.v2'),
        ('b.v2.png', 'b.v2'),
        ('images/day/c.jpg', 'day/c'),
        ('night\\c.jpg', 'night/c'),
        ('d.jpg', 'day/d'),
        ('upload/1/0a1b2c3d-a.jpg', 'a'),
        ('0a1b2c3d-d.jpg', 'day/d'),
        ('0f3a9b2c-e.jpg', '0f3a9b2c-e'),
        ('http://localhost:8080/data/upload/3/0a1b2c3d-a.jpg', 'a'),
        ('/data/local-files/?d=images/day/c.jpg', 'day/c'),
        ('images/a%CC%88%20f.jpg', 'ä f'),
    ],
)
def test_names_of_tools(written, found):
    assert ImageNames(FILES).find(written) == (found,)


def test_what_is_not_plain():
    names = ImageNames(FILES)
    assert names.find('c.jpg') == ('day/c', 'night/c')
    assert names.find('dusk/d.jpg') == (), 'it is not in day'
    assert names.find('z.jpg') == () and names.find('') == ()


LIST = 'a\nday/d.jpg\n'


@pytest.mark.parametrize(
    'content',
    [
        LIST.encode(),
        LIST.replace('\n', '\r\n').encode('utf-8-sig'),
        LIST.encode('utf-16'),
        b'\xfe\xff' + LIST.encode('utf-16-be'),
        b'images\\a.jpg\n\n d \n',
    ],
)
def test_lists_as_editors_write_them(tmp_path, content):
    path = tmp_path / 'some.txt'
    path.write_bytes(content)
    assert read_images(path, FILES) == ('a', 'day/d')


@pytest.mark.parametrize(
    'content, message',
    [
        (b'\xe4.jpg\n', "some.txt' is no text in UTF-8 (invalid continuation byte)"),
        (b'\n', "list 'some.txt' is empty; write a name in each line"),
        (b'a\nb\na\n', "list 'some.txt' has names twice: a; leave one out"),
        (b'a\na.jpg\n', "list 'some.txt' has names twice: a; leave one out"),
        (b'a\nc.jpg\n', 'names of several images: c.jpg (day/c, night/c); write'),
    ],
)
def test_lists_that_cannot_be_used(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'some.txt'
    path.write_bytes(content)
    with pytest.raises(ValueError) as error:
        read_images(path.relative_to(tmp_path), FILES)
    assert message in str(error.value) and '\n' not in str(error.value)


def test_names_that_are_no_images_stay(tmp_path):
    path = tmp_path / 'some.txt'
    path.write_text('z.jpg\na\n')
    assert read_images(path, FILES) == ('z.jpg', 'a')
    assert read_split(path) == ('z.jpg', 'a')
