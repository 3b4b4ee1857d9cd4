"""Packs: a file for each block of a job, whole, once, with everything in it."""

import io
import json
import tarfile

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm.inference import packs
from fss_mm.inference.blocks import BlockJob, blocks_of, run_blocks
from fss_mm.inference.inputs import NamedInput, listed_inputs
from fss_mm.inference.packs import read_pack
from tests.inference.conftest import RED, square


@pytest.fixture
def inputs(tmp_path):
    """Five images of squares in a folder, one of them broken, and a shard of two."""
    folder = tmp_path / 'photographs'
    folder.mkdir()
    for number in range(4):
        image, _ = square(RED, (8, 8, 8 * number + 8, 16))
        cv2.imwrite(str(folder / f'{number}.png'), image)
    (folder / 'text.jpg').write_text('no picture')
    with tarfile.open(tmp_path / 's.tar', 'w') as shard:
        for number in (1, 2):
            shard.add(folder / f'{number}.png', f'x{number}.png')
    return [folder, tmp_path / 's.tar']


@pytest.fixture
def red(model):
    model.add_class('red', *square(RED))
    return model


def run(model, inputs, out, pack, size=3, overwrite=False, share=(0, 1), **kwargs):
    job = BlockJob(str(out), pack=pack, **kwargs)
    return run_blocks(model, listed_inputs(inputs), job, size, overwrite, share, False)


NAMES = ['0', '1', '2', '3', 's/x1', 's/x2']
AREAS = [8 * 16, 16 * 16, 24 * 16, 32 * 16, 16 * 16, 24 * 16]


def areas_in_tars(out):
    found = {}
    for path in out.glob('*.tar'):
        with tarfile.open(path) as tar:
            for member in tar:
                if member.name.endswith('.png'):
                    content = io.BytesIO(tar.extractfile(member).read())
                    assert member.name not in found
                    found[member.name[:-4]] = np.array(Image.open(content)).sum()
    return found


def test_a_list_is_cut_into_blocks():
    """Of at most so many images; a shard is a block of its own."""
    names = ['a.png', 'b.png', 'c.png', 's.tar', 'd.png', 's.png', 'e.jpg']
    blocks = list(blocks_of([NamedInput(name, name) for name in names], 2))
    inside = [[one.name for one in block.inputs] for block in blocks]
    assert inside == [
        ['a.png', 'b.png'], ['c.png'], ['s.tar'], ['d.png', 's.png'], ['e.jpg'],
    ]  # fmt: skip
    assert [block.name for block in blocks][:2] == ['part-000000', 'part-000001']


def test_tars_hold_every_image_once(red, inputs, tmp_path):
    out = tmp_path / 'out'
    parts = [run(red, inputs, out, 'tar', share=(rank, 2)) for rank in (0, 1)]
    assert sum(part.done for part in parts) == 6
    assert [name for part in parts for name in part.skipped] == ['text.jpg']
    assert areas_in_tars(out) == dict(zip(NAMES, AREAS))
    assert read_pack(out / 'part-000002.tar') == (2, {})


def test_parquet_holds_every_image_once(red, inputs, tmp_path):
    parquet = pytest.importorskip('pyarrow.parquet')
    from pycocotools.mask import area

    out = tmp_path / 'out'
    for done, before in ((6, 0), (0, 6)):
        found = run(red, inputs, out, 'parquet')
        assert (found.done, found.before) == (done, before)
        assert list(found.skipped) == ['text.jpg']
    rows = [r for p in sorted(out.glob('*.parquet'))
            for r in parquet.read_table(p).to_pylist()]  # fmt: skip
    assert len(rows) == 7
    sizes = [
        area(dict(size=[row['height'], row['width']], counts=row['counts'][0]))
        for row in rows
        if row['skipped'] is None
    ]
    assert sizes == AREAS and rows[0]['classes'] == ['red']
    assert [r['name'] for r in rows if r['skipped'] is not None] == ['text.jpg']


def test_what_is_whole_is_not_done_again(red, inputs, tmp_path):
    out = tmp_path / 'out'
    run(red, inputs, out, 'tar', save=('mask', 'coco', 'overlay'))
    (out / 'part-000001.tar').rename(out / '.part-000001.tar.x8')  # killed outright
    again = run(red, inputs, out, 'tar', save=('mask', 'coco', 'overlay'))
    assert (again.done, again.before, list(again.skipped)) == (1, 5, ['text.jpg'])
    assert not list(out.glob('.*'))
    again = run(red, inputs, out, 'tar', save=('mask', 'coco', 'overlay'), overwrite=1)
    assert (again.done, again.before) == (6, 0)


def test_a_full_disk_leaves_no_half_pack(red, inputs, tmp_path, monkeypatch):
    out, add, calls = tmp_path / 'out', packs._add, []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) == 5:
            raise OSError(28, 'No space left on device')
        add(*arguments)

    monkeypatch.setattr(packs, '_add', full)
    with pytest.raises(OSError, match=r'part-000001\.tar: No space .*run the same'):
        run(red, inputs, out, 'tar')
    assert [path.name for path in out.glob('*part*')] == ['part-000000.tar']
    monkeypatch.undo()
    assert run(red, inputs, out, 'tar').before == 3
    assert areas_in_tars(out) == dict(zip(NAMES, AREAS))


def test_packs_of_other_images_are_refused(red, inputs, tmp_path):
    """Also with overwrite: what is left of the former ones would be among them."""
    out = tmp_path / 'out'
    run(red, inputs, out, 'tar')
    for overwrite in (False, True):
        for other in (dict(size=2), dict(pack=None), dict(pack='parquet')):
            words = dict(inputs=inputs, pack='tar', overwrite=overwrite) | other
            with pytest.raises(FileExistsError, match='(images|pack) were .* folder$'):
                run(red, out=out, **words)
    assert json.loads((out / 'fss_mm_results.json').read_text())['pack'] == 'tar'


def test_two_images_of_one_name_are_refused(red, inputs, tmp_path):
    """Wherever they are in the list: what each block sees has them once."""
    cv2.imwrite(str(tmp_path / '0.jpg'), square(RED)[0])
    with pytest.raises(ValueError, match="'0.jpg' and another image of this run"):
        run(red, [*inputs, tmp_path / '0.jpg'], tmp_path / 'out', 'tar')
    assert not (tmp_path / 'out').exists()


def test_another_pack_is_refused(tmp_path):
    with pytest.raises(ValueError, match="pack='zip', expected one of tar, parquet"):
        BlockJob(str(tmp_path), pack='zip')
