import io
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFilter

from fss_mm.inference.own_masks import UnusableMask, read_mask
from fss_mm.inference.pictures import PictureReader, UnreadablePicture
from tests.inference.conftest import GREEN, RED, square

READ = PictureReader()
ORIENTATION = 0x0112


def photograph(tmp_path, orientation=None, size=(40, 60)):
    """A JPEG as a phone writes it, and its mask as it is to be looked at."""
    image, mask = square(RED, (4, 6, 20, 30), size)
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    path = tmp_path / f'photo{orientation}.jpg'
    Image.fromarray(image[..., ::-1]).save(path, exif=exif, quality=95)
    return path, mask


def huge_png(path, side=30_000):
    """A PNG whose header says how large it is; it holds no pixel."""
    sides = side.to_bytes(4, 'big') * 2
    chunks = [b'IHDR' + sides + bytes([8, 2, 0, 0, 0]), b'IDAT']
    parts = [
        (len(chunk) - 4).to_bytes(4, 'big')
        + chunk
        + zlib.crc32(chunk).to_bytes(4, 'big')
        for chunk in chunks
    ]
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + b''.join(parts))
    return path


def saved(tmp_path, image, name, **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


@pytest.mark.parametrize('orientation', range(2, 9))
def test_a_turned_photograph_and_its_mask(tmp_path, orientation):
    """A mask may show the photograph as it is looked at, or as it lies in the file."""
    path, stored = photograph(tmp_path, orientation)
    picture = READ(path)
    assert picture.orientation == orientation
    assert (picture.size == (60, 40)) == (orientation > 4)
    redness = picture.pixels[..., 2].astype(int) - picture.pixels[..., 1] > 100
    if orientation > 4:  # the sizes say which it is
        found = read_mask(stored, picture)
        assert (redness == (found == 1)).mean() > 0.97
    found = read_mask(redness, picture)
    assert np.array_equal(found == 1, redness)


def test_pixels_are_those_that_a_pipeline_loads(tmp_path):
    from mmcv.transforms import LoadImageFromFile

    for image, name in (
        (Image.fromarray(square(RED)[0][..., ::-1]).convert('CMYK'), 'a.jpg'),
        (Image.fromarray(square(RED)[0][..., ::-1]).convert('RGBA'), 'a.png'),
        (Image.fromarray(square(RED)[1]), 'b.png'),
        (Image.fromarray(square(RED)[0][..., ::-1]).quantize(8), 'c.gif'),
    ):
        path = saved(tmp_path, image, name)
        load = LoadImageFromFile(imdecode_backend='pillow')
        expected = load(dict(img_path=str(path)))['img']
        assert np.array_equal(READ(path).pixels, expected)
        assert np.array_equal(READ(Image.open(path)).pixels, expected)


def bad_pictures(tmp_path):
    (tmp_path / 'empty.jpg').write_bytes(b'')
    (tmp_path / 'text.jpg').write_text('hello')
    frames = [Image.new('RGB', (8, 8), c) for c in ('red', 'blue', 'green')]
    frames[0].save(tmp_path / 'moving.gif', save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / 'pages.tiff', save_all=True, append_images=frames[1:])
    deep = np.full((8, 8), 40_000, dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / 'deep.png')
    whole = io.BytesIO()
    Image.fromarray(square(RED)[0]).save(whole, 'JPEG')
    (tmp_path / 'cut.jpg').write_bytes(whole.getvalue()[:400])
    huge_png(tmp_path / 'huge.png')
    huge_png(tmp_path / 'large.png', 14_000)
    return tmp_path


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('empty.jpg', r'an empty file \(0 bytes\)'),
        ('text.jpg', 'not an image of a known format'),
        ('moving.gif', 'of 3 pages or frames; save the one'),
        ('pages.tiff', 'of 3 pages or frames; save the one'),
        ('deep.png', r'more than 8 bits .* img_range=\(0, 65535\)'),
        ('cut.jpg', 'damaged or half downloaded'),
        ('huge.png', 'larger than the limit of 536,870,912 bytes'),
        ('large.png', 'larger than the limit of 536,870,912 bytes'),
        ('none.jpg', 'no such file'),
        ('.', 'a folder, expected an image'),
        ('http://127.0.0.1:9/a.jpg', 'cannot be fetched'),
        ('http://127.0.0.1:9/a b é.jpg', 'cannot be fetched'),
        ('http://[bad/a.jpg', 'cannot be fetched'),
    ],
)
def test_bad_pictures_are_named(tmp_path, name, text):
    folder = bad_pictures(tmp_path)
    source = name if name.startswith('http') else folder / name
    with pytest.raises(UnreadablePicture, match=text):
        READ(source)


@pytest.mark.parametrize(
    ('array', 'text'),
    [
        (np.zeros((4, 4, 3)), 'type float64, expected'),
        (np.zeros((4, 4, 4), np.uint8), '4 channels, expected 3'),
        (np.zeros((0, 4, 3), np.uint8), 'shape'),
        (np.zeros(4, np.uint8), 'shape'),
    ],
)
def test_bad_arrays_are_named(array, text):
    with pytest.raises(UnreadablePicture, match=text):
        READ(array, 'mine')


def test_limits_and_ranges_can_be_chosen(tmp_path):
    path = saved(tmp_path, Image.new('RGB', (100, 10)), 'a.png')
    with pytest.raises(UnreadablePicture, match='raise max_image_bytes'):
        PictureReader(max_bytes=2999)(path)
    assert PictureReader(max_bytes=3000)(path).size == (10, 100)
    deep = np.array([[0, 1000], [2000, 4000]], dtype=np.uint16)
    path = saved(tmp_path, Image.fromarray(deep), 'deep.png')
    found = PictureReader(img_range=(0, 2000))(path).pixels[..., 0]
    assert found.tolist() == [[0, 128], [255, 255]]


def test_deep_images_at_hand_are_read_as_their_files(tmp_path):
    for deep, name, img_range in (
        (np.array([[0, 1000], [2000, 4000]], dtype=np.uint16), 'a.png', (0, 2000)),
        (np.array([[0, 0.5], [1, 2]], dtype=np.float32), 'a.tiff', (0, 1)),
    ):
        read = PictureReader(img_range=img_range)
        image = Image.fromarray(deep)
        found = read(image).pixels
        assert found[..., 0].tolist() == [[0, 128], [255, 255]]
        assert np.array_equal(read(saved(tmp_path, image, name)).pixels, found)


def test_a_picture_that_shows_nothing_is_refused(model, tmp_path):
    model.add_class('red', *square(RED))
    for size in ((1, 1), (8, 8), (15, 600)):
        image = np.zeros((*size, 3), np.uint8)
        path = saved(tmp_path, Image.fromarray(image), 'a.png')
        for source, name in ((image, 'image'), (path, 'a.png')):
            text = f'{name}: {size[0]} x {size[1]} pixels .* 16 or more on each side'
            with pytest.raises(UnreadablePicture, match=text):
                model(source)
    assert model(np.zeros((16, 600, 3), np.uint8)).mask.shape == (16, 600)


@pytest.mark.parametrize('img_range', [(5, 5), (9, 1), (0, np.nan), (0, np.inf)])
def test_a_range_that_is_none(img_range):
    with pytest.raises(ValueError, match='expected two numbers: the value that is bl'):
        PictureReader(img_range=img_range)


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('backend', ['pillow', 'cv2'])
@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'TIFF', 'BMP', 'PPM', 'DDS', 'GIF'])
def test_damaged_bytes_never_end_a_job(backend, kind):
    """Decoders raise errors of a dozen types."""
    whole, draw = io.BytesIO(), np.random.default_rng(0)
    Image.fromarray(square(RED)[0][:12, :12]).save(whole, kind)
    for _ in range(60):
        content = bytearray(whole.getvalue())
        for place in draw.integers(0, min(len(content), 150), 6):
            content[place] = draw.integers(256)
        try:
            PictureReader(backend, max_bytes=10**6)(bytes(content), 'a')
        except UnreadablePicture as error:
            assert error.name == 'a' and '\n' not in str(error)


def of_color(values, colors):
    image = np.zeros((4, 4, 3), dtype=np.uint8)
    image[:2], image[2:, :2] = colors
    return Image.fromarray(image)


@pytest.mark.parametrize(
    ('mask', 'foreground', 'expected'),
    [
        ([[0, 255], [0, 0]], None, [[0, 1], [0, 0]]),
        ([[0, 1], [255, 0]], None, [[0, 1], [255, 0]]),
        ([[False, True], [False, False]], None, [[0, 1], [0, 0]]),
        ([[127, 128], [0, 200]], None, [[0, 1], [0, 1]]),
        ([[255, 0], [255, 255]], 'black', [[0, 1], [0, 0]]),
        ([[0, 7], [3, 0]], 'nonzero', [[0, 1], [1, 0]]),
        ([[0, 7], [3, 255]], 7, [[0, 1], [0, 255]]),
    ],
)
def test_what_is_the_class_in_a_mask(mask, foreground, expected):
    picture = READ(np.zeros((2, 2, 3), np.uint8))
    array = np.array(mask)
    array = array if array.dtype == bool else array.astype(np.uint8)
    assert read_mask(array, picture, foreground).tolist() == expected
    image = Image.fromarray(array)
    assert read_mask(image, picture, foreground).tolist() == expected


def test_a_mask_in_colours_asks_for_one(tmp_path):
    image = np.zeros((4, 4, 3), dtype=np.uint8)
    image[:2], image[2, :2] = (255, 0, 0), (0, 255, 0)
    path = saved(tmp_path, Image.fromarray(image), 'm.png')
    picture = READ(np.zeros((4, 4, 3), np.uint8))
    legend = r'#ff0000 \(50.0%\), #000000 \(37.5%\), #00ff00 \(12.5%\)'
    with pytest.raises(UnusableMask, match=legend):
        read_mask(path, picture)
    assert read_mask(path, picture, '#ff0000').sum() == 8
    with pytest.raises(UnusableMask, match='shows nothing of the class'):
        read_mask(path, picture, '#0000ff')


def test_a_jpeg_mask_is_read_by_a_threshold(tmp_path):
    image, mask = square(GREEN)
    path = saved(tmp_path, Image.fromarray(mask), 'm.jpg', quality=60)
    found = read_mask(path, READ(image))
    assert (found == mask // 255).mean() > 0.99


@pytest.mark.parametrize(
    ('mask', 'foreground', 'text'),
    [
        (np.zeros((64, 64), np.uint8), None, r'nothing of the class.*values 0 \(100'),
        (np.full((64, 64), 255, np.uint8), None, 'all of it is the class'),
        (np.eye(64, dtype=np.uint8) * 3, None, r'values 0 \(98.4%\), 3 \(1.6%\)'),
        (np.zeros((32, 64), np.uint8), None, r'32 x 64 \(height x width\), and its'),
        (np.eye(64), None, 'type float64'),
        (np.eye(64, dtype=np.int64) * 300, None, 'values from 0 to 300'),
        (np.eye(64, dtype=np.uint8), 'whte', "foreground='whte'"),
        (np.eye(64, dtype=np.uint8), '#zz', "='#zz', expected a colour such as '#ff"),
    ],
)
def test_bad_masks_are_named(mask, foreground, text):
    with pytest.raises(UnusableMask, match=text):
        read_mask(mask, READ(square()[0]), foreground)


def test_a_mask_of_another_size_is_resized_on_request():
    image, mask = square(RED)
    small = np.ascontiguousarray(mask[::2, ::2])
    with pytest.raises(UnusableMask, match='resize_masks=True'):
        read_mask(small, READ(image))
    found = read_mask(small, READ(image), resize=True)
    assert np.array_equal(found, mask // 255)


@pytest.mark.parametrize('content', [b'', b'text', None])
def test_masks_that_do_not_decode(tmp_path, content):
    path = tmp_path / 'm.png'
    if content is not None:
        path.write_bytes(content)
    reason = 'no such file' if content is None else ''
    with pytest.raises(UnusableMask, match=f'm.png: {reason}'):
        read_mask(path, READ(square()[0]))


def test_a_photograph_is_no_mask(tmp_path):
    """Its greys are many and most of it; soft edges and flat greys are not."""
    image, mask = square(GREEN)
    random = np.random.default_rng(0)
    gray = Image.fromarray(random.integers(20, 230, mask.shape).astype(np.uint8))
    for name in ('p.jpg', 'p.png'):
        path = saved(tmp_path, gray, name)
        with pytest.raises(UnusableMask, match='are images and masks exchanged'):
            read_mask(path, READ(image))
        assert read_mask(path, READ(image), foreground='white').any()
    soft = Image.fromarray(mask).filter(ImageFilter.GaussianBlur(2))
    assert (read_mask(soft, READ(image)) == mask // 255).mean() > 0.98
    flat = np.where(mask > 0, 200, 90).astype(np.uint8)
    assert np.array_equal(read_mask(flat, READ(image)), mask // 255)
