"""VOC and SBD merged: lists, masks, what is repeated and what is refused."""

import io
import sys
import tarfile

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion import voc_sbd as module
from fss_mm.conversion.checksums import changed_files
from fss_mm.conversion.command import conclude
from fss_mm.conversion.voc_sbd import CHECKSUMS, MASK_DIR, convert_voc_sbd
from fss_mm.conversion.voc_sbd_lists import VOC_SBD_COUNTS, merge_lists
from fss_mm.index.image_files import read_split
from tests.conversion.conftest import (
    HEIGHT,
    WIDTH,
    spoil,
    times,
    voc_mask,
    write_image,
    write_mat,
)

COUNTS = dict(train=2, val=1, trainaug=6, pfenet_train=3, masks=7)


def load(voc, name):
    with Image.open(voc / MASK_DIR / f'{name}.png') as image:
        assert image.mode == 'P'
        return np.array(image)


def test_lists_of_seven_images():
    lists = merge_lists(*map(tuple, ('ab', 'c', 'ce', 'bcde', 'fg')))
    assert {title: ''.join(names) for title, names in lists.items()} == dict(
        train='ab',
        val='c',
        trainaug='abdefg',
        pfenet_train='abd',  # of SBD's train, c and e are in a val set of VOC
        masks='abcdefg',
    )


def test_expected_counts_are_those_of_the_published_lists(real_data):
    with tarfile.open(real_data / 'voc_sbd_masks.tar') as archive:
        lists = {}
        for member in archive:  # the lists come first: the masks are not read
            if member.name.endswith('.txt'):
                text = archive.extractfile(member).read().decode()
                lists[member.name.split('/')[-1][:-4]] = set(text.split())
            if len(lists) == 4:
                break
    # SBD's lists are not there; these stand-ins hold what is known of them
    noval = lists['pfenet_train'] - lists['train']
    rest = lists['trainaug'] - lists['pfenet_train']
    val = lists['val']
    merged = merge_lists(
        tuple(lists['train']), tuple(val), tuple(rest | val), tuple(noval | val),
        tuple(rest),
    )  # fmt: skip
    assert {title: len(names) for title, names in merged.items()} == VOC_SBD_COUNTS
    for title, names in lists.items():
        assert set(merged[title]) == names, title


def test_masks_and_lists(voc_sbd, capsys):
    voc, sbd = voc_sbd
    results = convert_voc_sbd(voc, sbd, counts=COUNTS)
    assert [r.path.stem for r in results if r.written] == list('abcdefg')
    own = (voc / 'SegmentationClass/b.png').read_bytes()
    assert (voc / MASK_DIR / 'b.png').read_bytes() == own
    np.testing.assert_array_equal(load(voc, 'c'), voc_mask())
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[1:3, 2:5] = 12  # the third of SBD's
    np.testing.assert_array_equal(load(voc, 'd'), expected)
    lists = voc / 'ImageSets/Segmentation'
    assert read_split(lists / 'trainaug.txt') == tuple('abdefg')
    assert read_split(lists / 'pfenet_train.txt') == tuple('abd')
    assert conclude(results, voc / CHECKSUMS) == 0
    assert '7 files written, 0 kept' in capsys.readouterr().out


def test_only_what_is_missing_or_damaged_is_made_again(voc_sbd):
    voc, sbd = voc_sbd
    conclude(convert_voc_sbd(voc, sbd, counts=COUNTS), voc / CHECKSUMS)
    before = times(voc)
    results = convert_voc_sbd(voc, sbd, counts=COUNTS)
    conclude(results, voc / CHECKSUMS)
    assert times(voc) == before and not any(r.written for r in results)

    masks = voc / MASK_DIR
    (masks / 'a.png').unlink()
    spoil(masks / 'd.png')
    # decodes, and is not what was made
    (masks / 'e.png').write_bytes((masks / 'f.png').read_bytes())
    results = convert_voc_sbd(voc, sbd, counts=COUNTS)
    assert [r.path.stem for r in results if r.written] == ['a', 'd', 'e']
    assert changed_files(voc / CHECKSUMS) == []
    again = convert_voc_sbd(voc, sbd, overwrite=True, counts=COUNTS)
    assert all(r.written for r in again)


def test_interrupted_run_goes_on(voc_sbd, monkeypatch):
    voc, sbd = voc_sbd
    convert = module.convert_mask

    def interrupt(job):
        if job.mask.stem == 'd':
            raise KeyboardInterrupt
        return convert(job)

    monkeypatch.setattr(module, 'convert_mask', interrupt)
    with pytest.raises(KeyboardInterrupt):
        convert_voc_sbd(voc, sbd, counts=COUNTS)
    assert not (voc / CHECKSUMS).exists()
    monkeypatch.setattr(module, 'convert_mask', convert)
    results = convert_voc_sbd(voc, sbd, counts=COUNTS)
    assert [r.path.stem for r in results if r.written] == list('defg')


def test_all_problems_are_listed_and_the_rest_is_made(voc_sbd, capsys):
    voc, sbd = voc_sbd
    spoil(sbd / 'cls/d.mat')
    (sbd / 'cls/e.mat').unlink()
    write_mat(sbd / 'cls/f.mat', np.full((HEIGHT, WIDTH), 21, np.uint8))
    write_image(voc / 'JPEGImages/g.jpg', height=9)
    spoil(voc / 'SegmentationClass/a.png')
    results = convert_voc_sbd(voc, sbd, counts=COUNTS)
    assert [r.path.stem for r in results if r.written] == ['b', 'c']
    assert conclude(results, voc / CHECKSUMS) == 1
    assert not (voc / CHECKSUMS).exists()
    text = capsys.readouterr().err
    for part in (
        '5 problems', 'a.png', 'd.mat', 'cannot be read', 'e.mat', 'missing', 'f.mat',
        'value 21', 'expected 0 to 20', 'the image is 9 x 8 (H x W), its mask 6 x 8',
        'unpack the file again',
    ):  # fmt: skip
        assert part in text


def test_full_disk_is_a_problem_of_each_file(voc_sbd, monkeypatch):
    def full(path, write):
        write(io.BytesIO())
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('fss_mm.conversion.results.write_atomically', full)
    results = convert_voc_sbd(*voc_sbd, counts=COUNTS)
    reasons = {p.reason for r in results for p in r.problems}
    assert reasons == {'cannot be written: No space left on device'}


def test_other_counts_and_lists_are_refused(voc_sbd):
    voc, sbd = voc_sbd
    with pytest.raises(ValueError, match='train: 2 found, 1,464 expected; val: 1 '):
        convert_voc_sbd(voc, sbd)
    path = voc / 'ImageSets/Segmentation/trainaug.txt'
    path.write_text('a\nb\n')
    with pytest.raises(ValueError, match='rename or delete it'):
        convert_voc_sbd(voc, sbd, counts=COUNTS)
    path.write_text(''.join(f'{name}\n' for name in 'gfedba'))  # in another order
    convert_voc_sbd(voc, sbd, counts=COUNTS)
    assert path.read_text().startswith('g')
    (voc / 'ImageSets/Main/val.txt').unlink()
    with pytest.raises(FileNotFoundError, match='Main/val.txt'):
        convert_voc_sbd(voc, sbd, counts=COUNTS)


def test_download_only_what_is_not_there(tmp_path, monkeypatch):
    calls = []

    def fetch(kind, made):
        def call(folder, **kwargs):
            calls.append((kind, kwargs))
            (folder / made).mkdir(parents=True)

        return call

    monkeypatch.setattr(module, 'VOCSegmentation', fetch('voc', 'VOCdevkit/VOC2012'))
    monkeypatch.setattr(module, 'SBDataset', fetch('sbd', 'cls'))
    voc, sbd = tmp_path / 'VOCdevkit/VOC2012', tmp_path / 'sbd'
    # a run that broke while torchvision moved its folders
    (tmp_path / 'sbd.partial/cls').mkdir(parents=True)
    for _ in range(2):
        module.download(voc, sbd)
    assert [kind for kind, _ in calls] == ['voc', 'sbd']
    assert calls[0][1] == dict(year='2012', image_set='trainval', download=True)
    assert calls[1][1]['mode'] == 'segmentation' and calls[1][1]['download']
    assert voc.is_dir() and (sbd / 'cls').is_dir()
    assert sorted(p.name for p in tmp_path.rglob('*.partial')) == []


def test_missing_scipy(voc_sbd, monkeypatch):
    monkeypatch.setitem(sys.modules, 'scipy', None)
    with pytest.raises(ImportError, match=r"pip install 'fss_mm\[data\]'"):
        convert_voc_sbd(*voc_sbd, counts=COUNTS)
