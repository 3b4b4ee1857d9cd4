"""What FewShotFolderDataset says of data that it cannot use."""

from pathlib import Path

import pytest
from PIL import Image

from tests.datasets.folder_forms import make, save_image, save_mask, write_forms


@pytest.fixture
def root(tmp_path) -> Path:
    return write_forms(tmp_path)


def test_all_problems_are_listed_together(root):
    save_image(root / 'images/a.jpg')
    (root / 'images/d.png').unlink()
    save_mask(root / 'index/b.png', [[7, 0, 0], [0, 0, 0]])
    Image.new('RGB', (3, 2)).save(root / 'index/c.png')
    Image.new('L', (3, 2)).save(root / 'index/a.jpg')
    with pytest.raises(ValueError, match='5 files cannot be used') as error:
        make(root)
    for line in (
        "images/a.png: has the name of a '.jpg' file beside it; rename",
        'd: no image of this name in .*/; add it, or remove its mask',
        r'index/b.png \(value 7\): not a class, expected 0 to 3 or 255',
        "index/c.png: a mask of mode 'RGB'.*--to-8-bit",
        "index/a.jpg: has the name of a '.png' file beside it",
    ):
        assert error.match(f'(?s).*  {line}')


def test_two_bad_masks_of_one_image_are_two_problems(root):
    (root / 'binary/owl/b.png').write_bytes(b'')
    save_mask(root / 'binary/wren/b.png', [[0, 2, 2], [0, 0, 0]])
    (root / 'binary/drafts').mkdir()
    (root / 'binary/drafts/b.png').touch()  # of no class that is asked for
    with pytest.raises(ValueError, match='2 files cannot be used') as error:
        make(root, 'binary')
    assert error.match('(?s).*binary/owl/b.png: an empty file')
    assert error.match('(?s).*binary/wren/b.png: values up to 2, expected 0 and 1')


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(classes=None), 'name their classes'),
        (dict(classes=('owl', 'owl')), 'names a class twice'),
        (dict(classes=[str(i) for i in range(255)]), '255 classes, expected 254'),
        (dict(mask_dir='binary', classes=('owl', 'eel')), r"the classes \['eel'\]"),
        (dict(annotations='owls.json', classes=('eel',)), r"no category \['eel'\]"),
        (dict(fold=0, folds=dict(num_folds=4)), '3 classes do not make 4 folds'),
    ],
)
def test_bad_arguments(root, kwargs, message):
    with pytest.raises(ValueError, match=message):
        make(root, **kwargs)


@pytest.mark.parametrize('kwargs', [dict(mask_dir='no'), dict(annotations='no.json')])
def test_missing_masks(root, kwargs):
    with pytest.raises(FileNotFoundError, match='does not exist; check data_root and'):
        make(root, **kwargs)
