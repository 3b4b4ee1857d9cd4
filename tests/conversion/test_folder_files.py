"""The check of a user's own data: odd names, permissions, and what is kept of a run."""

import os
import unicodedata

import pytest
from PIL import Image

import fss_mm.conversion.folder_files as folder_files
from tests.conversion.conftest import times
from tests.conversion.folder_trees import (
    binary_mask,
    build,
    index_tree,
    only,
    photograph,
    save_gray,
)


def test_names_in_unicode(check, tmp_path):
    """The mask has the decomposed name that macOS gives, the image the composed."""
    root = index_tree(tmp_path / 'Vögel und mehr')
    name = 'große Ëule'
    for folder, form in (('images', 'NFC'), ('masks', 'NFD')):
        old = root / folder / 'a.png'
        old.rename(old.with_name(f'{unicodedata.normalize(form, name)}.png'))
    status, out, problems = check(root)
    assert status == 0, problems
    assert 'have no mask' not in out
    assert check(root, '--verify')[0] == 0
    again = unicodedata.normalize('NFD', name)
    photograph().save(root / f'images/{again}.png')
    status, _, problems = check(root)
    assert status == 1
    only(problems, 'has the name of', 'rename or remove')


def test_a_name_that_is_no_text(check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    with open(os.fsencode(root / 'images') + b'/\xe9.png', 'wb'):
        pass
    status, _, problems = check(root)
    assert status == 1
    only(problems, r"images/'\udce9.png': a name", 'rename it')


def test_a_file_without_permission(check, tmp_path, monkeypatch):
    root = index_tree(tmp_path / 'birds')
    original = Image.open

    def refuse(path, *arguments):
        if str(path).endswith(('images/a.png', 'masks/b.png')):
            raise PermissionError(13, 'Permission denied', str(path))
        return original(path, *arguments)

    monkeypatch.setattr(Image, 'open', refuse)
    status, _, problems = check(root)
    assert status == 1
    expected = '2 files: Permission denied; make the file readable: '
    assert f'{expected}masks/b.png, images/a.png' in problems


def test_a_read_only_folder(check, tmp_path, monkeypatch):
    import fss_mm.utils.files as module

    root, original = index_tree(tmp_path / 'birds'), module.tempfile.mkstemp

    def refuse(prefix, dir):
        if root in (dir, *dir.parents):
            raise OSError(30, 'Read-only file system', str(dir))
        return original(prefix=prefix, dir=dir)

    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(module.tempfile, 'mkstemp', refuse)
    before = times(root)
    status, out, _ = check(root)
    assert status == 0 and times(root) == before
    assert 'SHA-256 not written' in out and 'Read-only file system; name a file' in out
    elsewhere = ['--checksums', tmp_path / 'birds.sha256']
    assert check(root, *elsewhere)[0] == 0
    assert check(root, *elsewhere, '--verify')[0] == 0


def test_unchanged_files_are_not_decoded_again(check, tmp_path, monkeypatch):
    root, seen = index_tree(tmp_path / 'birds'), []
    original = folder_files._inspect
    monkeypatch.setattr(
        folder_files,
        '_inspect',
        lambda item: (seen.append(item[1].name), original(item))[1],
    )
    check(root)
    assert len(seen) == 8
    seen.clear()
    photograph(7, 6, 9).save(root / 'images/a.png')
    status, _, problems = check(root)
    assert status == 1 and seen == ['a.png']
    only(problems, 'images/a.png is 6 x 9')
    seen.clear()
    check(root, '--overwrite')
    assert len(seen) == 8
    (root / 'data.sha256.json').write_text('[1]')
    assert check(root)[0] == 1


@pytest.mark.parametrize('beside', [False, True])
def test_images_in_folders_of_their_classes(check, tmp_path, beside):
    """Where numbers begin anew in each class, names alone do not tell images apart."""
    root = tmp_path / 'birds'
    for number in range(4):
        name, count = ('owl', 'wren')[number // 2], number % 2
        images, masks = root / 'images' / name, root / 'masks' / name
        if beside:
            images = masks = root / name
        for folder in (images, masks):
            folder.mkdir(parents=True, exist_ok=True)
        photograph(number).save(images / f'{count}.png')
        save_gray(masks / f'{count}_mask.png', binary_mask())
    options = ['--mask-suffix', '_mask.png']
    if beside:
        options += ['--img-dir', '.', '--mask-dir', '.']
    status, out, problems = check(root, *options, classes=())
    assert status == 0, problems
    assert '4 images, 4 masks, 2 classes' in out
    assert 'fold 0: holds out' in out and 'remark' not in out
    dataset = build('test', out, fold=0)
    assert len(dataset.index.names) == 4
