"""FewShotFolderDataset loads what its options say."""

import logging

import numpy as np
import pytest
from PIL import Image

from fss_mm.datasets import FewShotFolderDataset, LoadFewShotImage, LoadFewShotMask
from fss_mm.structures import QUERY, ImageRole
from tests.conftest import LOAD

OWL = np.array([[1, 1, 0], [0, 0, 0]], np.uint8)
PIPELINE = [dict(type='LoadFewShotImage', imdecode_backend='pillow'), *LOAD[1:]]


def save(path, pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def make(root, **options) -> FewShotFolderDataset:
    known = dict(novel_classes=(1,), test_mode=True, query_pipeline=PIPELINE)
    return FewShotFolderDataset(str(root), **known | options)


def loaded(dataset, image: int = 0):
    return dataset.load_image(ImageRole(image, 1, QUERY))


NAMES = [
    ('a.jpg', 'a_mask.png', dict(mask_suffix='_mask.png')),
    ('a.jpg', 'a.jpg.png', dict(mask_suffix='.jpg.png')),
    (
        'x/a_left.png',
        'x/a_ids.png',
        dict(mask_suffix='_ids.png', img_suffix='_left.png'),
    ),
]
BESIDE = ('a.bmp', 'a.png', dict(mask_suffix='.png', mask_dir='images'))


@pytest.mark.parametrize(
    'image, mask, options, form',
    [
        *((*names, form) for names in NAMES for form in ('index', 'folders', 'one')),
        *((*BESIDE, form) for form in ('index', 'one')),
    ],
)
def test_names(tmp_path, image, mask, options, form):
    save(tmp_path / 'images' / image, np.zeros((2, 3, 3), np.uint8))
    known = dict(classes=('owl',))
    folder = tmp_path / options.get('mask_dir', 'masks')
    folder = folder / 'owl' if form == 'folders' else folder
    if form == 'one':
        known |= dict(foreground='white')
    save(folder / mask, OWL)
    dataset = make(tmp_path, **known | options)
    assert dataset.index.names == ('x/a',) if '/' in image else ('a',)
    assert loaded(dataset).mask.tolist() == OWL.tolist()


def test_files_of_instances_are_one_mask(tmp_path):
    save(tmp_path / 'images/a.jpg', np.zeros((2, 3, 3), np.uint8))
    for number, mask in enumerate((OWL, np.roll(OWL, 1))):
        save(tmp_path / f'masks/owl/a_{number}.png', 255 * mask)
    dataset = make(tmp_path, mask_suffix='_*.png')
    assert loaded(dataset).mask.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert dataset.index.pixels.tolist() == [3]
    save(tmp_path / 'masks/owl/a_1.png', 255 * np.roll(OWL, 3))
    dataset = make(tmp_path, mask_suffix='_*.png')
    assert dataset.index.pixels.tolist() == [4], 'a changed file is counted again'
    save(tmp_path / 'masks/owl/a_2.png', OWL[:, :2].copy())
    with pytest.raises(ValueError, match='a_0.png: not of the size of its other files'):
        make(tmp_path, mask_suffix='_*.png')


def test_ignored_classes_of_several_files(tmp_path):
    save(tmp_path / 'images/a.jpg', np.zeros((2, 3, 3), np.uint8))
    save(tmp_path / 'masks/owl/a_0.png', 255 * OWL)
    for number, shift in enumerate((2, 3)):
        save(tmp_path / f'masks/wren/a_{number}.png', 255 * np.roll(OWL, shift))
    dataset = make(tmp_path, mask_suffix='_*.png')
    info = dataset.source.info('a', 1, ignored=(2,))
    files = [path[-12:] for path in info['ignored_mask_paths']]
    assert files == ['wren/a_0.png', 'wren/a_1.png']
    known = dict(ori_shape=(2, 3), class_id=1, num_classes=2, seg_fields=[])
    mask = LoadFewShotMask()(known | info)['gt_seg_map']
    assert mask.tolist() == [[1, 1, 255], [255, 255, 0]]


def test_a_list_may_have_the_whole_names_of_images(tmp_path):
    for name in 'ab':
        save(tmp_path / f'images/{name}_left.png', np.zeros((2, 3, 3), np.uint8))
        save(tmp_path / f'masks/{name}_ids.png', OWL)
    known = dict(classes=('owl',), img_suffix='_left.png', mask_suffix='_ids.png')
    for line in ('b', 'b_left', 'b_left.png'):
        (tmp_path / 'list.txt').write_text(f'{line}\n')
        assert make(tmp_path, split='list.txt', **known).index.names == ('b',)


@pytest.mark.parametrize(
    'pixels, suffix, img_range, expected',
    [
        (np.array([[0, 257, 65535]], np.uint16), 'png', (0, 65535), [0, 1, 255]),
        (np.array([[500, 750, 2000]], np.uint16), 'png', (500, 1000), [0, 128, 255]),
        (np.array([[-1, 0.2, np.nan]], np.float32), 'tif', (0, 1), [0, 51, 0]),
        (np.array([[-5, 0, 5]], np.int32), 'tif', (-5, 5), [0, 128, 255]),
    ],
)
def test_deep_images_are_scaled(tmp_path, pixels, suffix, img_range, expected):
    save(tmp_path / f'images/a.{suffix}', pixels)
    save(tmp_path / 'masks/owl/a.png', 255 * OWL[:1])
    image = loaded(make(tmp_path, img_range=img_range)).image
    assert image.tolist() == [[expected]] * 3


def test_images_of_8_bits_are_as_they_are(tmp_path):
    pixels = np.array([[0, 7, 200]], np.uint8)
    save(tmp_path / 'images/a.png', pixels)
    results = LoadFewShotImage(imdecode_backend='pillow')(
        dict(img_path=str(tmp_path / 'images/a.png'), img_range=(0, 65535))
    )
    assert results['img'][..., 0].tolist() == pixels.tolist()


def test_a_range_needs_a_loader_that_knows_it(tmp_path):
    save(tmp_path / 'images/a.png', np.zeros((2, 3), np.uint16))
    save(tmp_path / 'masks/owl/a.png', 255 * OWL)
    with pytest.raises(ValueError, match="type='LoadFewShotImage', imdecode_backend"):
        make(tmp_path, img_range=(0, 1), query_pipeline=LOAD)
    with pytest.raises(ValueError, match=r'img_range=\(3, 3\), expected two numbers'):
        make(tmp_path, img_range=(3, 3))


def test_how_an_image_is_read_tells_it_from_others(tmp_path):
    save(tmp_path / 'images/a.jpg', np.zeros((2, 3, 3), np.uint8))
    save(tmp_path / 'masks/owl/a.png', 255 * OWL)
    white, black = (make(tmp_path, foreground=name) for name in ('white', 'black'))
    assert white.image_key(0) != black.image_key(0)
    assert loaded(white).meta['key'] != loaded(black).meta['key']
    assert loaded(black).mask.tolist() == (1 - OWL).tolist()


def test_inverted_masks_are_warned_of(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(
        'fss_mm.datasets.folder.print_log', lambda text, *how: said.append((text, how))
    )
    for name in 'ab':
        save(tmp_path / f'images/{name}.jpg', np.zeros((2, 3, 3), np.uint8))
        save(tmp_path / f'masks/owl/{name}.png', 255 * (1 - OWL))
    make(tmp_path)
    ((text, how),) = said
    assert "--foreground black (in a config foreground='black')" in text
    assert how == ('current', logging.WARNING)
    make(tmp_path, foreground='black')
    assert len(said) == 1
