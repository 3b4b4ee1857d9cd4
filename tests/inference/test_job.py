import io
import tarfile

import cv2
import numpy as np
import pytest

from fss_mm.inference.inputs import count_inputs, named_inputs
from fss_mm.inference.job import NOTE, run_job, write_skipped
from fss_mm.inference.support_folder import read_support_folder
from tests.inference.conftest import GREEN, RED, square


@pytest.fixture
def photographs(tmp_path):
    folder = tmp_path / 'photographs'
    (folder / 'more').mkdir(parents=True)
    for number in range(5):
        image, _ = square(RED, (8, 8, 8 * number + 8, 16))
        where = folder / 'more' if number > 2 else folder
        cv2.imwrite(str(where / f'{number}.png'), image)
    (folder / 'text.jpg').write_text('no picture')
    return folder


def job(model, inputs, out, **kwargs):
    return run_job(model, named_inputs(inputs), out, show_progress=False, **kwargs)


def masks_in(out):
    return sorted(str(p.relative_to(out)) for p in out.rglob('*.png'))


ALL = ['0.png', '1.png', '2.png', 'more/3.png', 'more/4.png']


def test_what_is_done_is_not_done_again(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    out = tmp_path / 'masks'
    first = job(model, photographs, out)
    assert (first.done, first.before, list(first.skipped)) == (5, 0, ['text.jpg'])
    assert masks_in(out) == ALL
    (out / '1.png').unlink()
    times = {p: p.stat().st_mtime_ns for p in out.rglob('*.png')}
    again = job(model, photographs, out)
    assert (again.done, again.before) == (1, 4)
    assert all(p.stat().st_mtime_ns == t for p, t in times.items())
    assert job(model, photographs, out, overwrite=True).done == 5


def test_no_image_is_done_by_two_processes(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    out = tmp_path / 'masks'
    parts = [job(model, photographs, out, share=(rank, 3)) for rank in range(3)]
    assert sum(part.done for part in parts) == 5
    assert sum(part.before for part in parts) == 0
    assert sum(len(part.skipped) for part in parts) == 1
    assert masks_in(out) == ALL


def test_a_folder_of_something_else_is_refused(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    out = tmp_path / 'masks'
    job(model, photographs, out)
    with pytest.raises(FileExistsError, match='results of other save: save were mask'):
        job(model, photographs, out, save=('coco',))
    model.add_class('green', *square(GREEN))
    with pytest.raises(FileExistsError, match='results of other classes: .*green'):
        job(model, photographs, out)
    assert job(model, photographs, out, overwrite=True).done == 5
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/letter.txt').write_text('dear')
    with pytest.raises(FileExistsError, match='not empty'):
        job(model, photographs, tmp_path / 'mine', overwrite=True)
    with pytest.raises(FileExistsError, match='is a file'):
        job(model, photographs, tmp_path / 'mine/letter.txt')
    (out / NOTE).write_text('{')
    with pytest.raises(FileExistsError, match='model were None'):
        job(model, photographs, out)


def test_a_full_disk_leaves_whole_files(model, photographs, tmp_path, monkeypatch):
    from fss_mm.inference import writers

    model.add_class('red', *square(RED))
    write, calls = writers.write_atomically, []

    def full(path, content):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(28, 'No space left on device', str(path))
        write(path, content)

    monkeypatch.setattr(writers, 'write_atomically', full)
    out = tmp_path / 'masks'
    with pytest.raises(OSError, match='No space left on device; 2 images were done'):
        job(model, photographs, out, workers=0)
    assert masks_in(out) == ALL[:2]
    monkeypatch.undo()
    again = job(model, photographs, out)
    assert (again.done, again.before) == (3, 2) and masks_in(out) == ALL


def test_lists_and_shards(model, photographs, tmp_path):
    (tmp_path / 'list.txt').write_text('photographs/0.png\n\nphotographs/more\n')
    names = [one.name for one in named_inputs(tmp_path / 'list.txt')]
    assert names == ['photographs/0.png', '3.png', '4.png']
    assert count_inputs([tmp_path / 'list.txt', photographs]) == 3 + 6
    shard = tmp_path / 'a.tar'
    with tarfile.open(shard, 'w') as file:
        for name in ('x.png', 'x.json', 'y.png'):
            content = cv2.imencode('.png', square(RED)[0])[1].tobytes()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    model.add_class('red', *square(RED))
    found = model([shard])
    assert [one.name for one in found] == ['a/x.png', 'a/y.png']
    assert np.array_equal(found[0].mask, square(RED)[1] // 255)
    shard.write_bytes(shard.read_bytes()[:700])
    names, errors = zip(*((o.name, o.source) for o in named_inputs(shard)))
    assert names == ('a.tar',) and 'damaged or cut off' in str(errors[0])
    (tmp_path / 'empty.txt').write_text('\n')
    for wrong in ('empty.txt', 'none.tar', 'none.txt', 'none*'):
        with pytest.raises(FileNotFoundError):
            list(named_inputs(tmp_path / wrong))


def test_the_list_of_what_was_skipped(tmp_path):
    path = write_skipped(tmp_path, {'a.jpg': 'an empty file'})
    assert path.read_text() == 'a.jpg: an empty file\n'
    assert write_skipped(tmp_path, {}) is None and not path.exists()


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_supports_in_folders(tmp_path):
    touch(tmp_path / 'a/mug', '1.jpg', '1.png', '2.png', '2_mask.png')
    touch(tmp_path / 'a/owl', 'x.jpg', 'masks/x.png')
    found = read_support_folder(tmp_path / 'a')
    names = {k: [[p.name for p in side] for side in v] for k, v in found.items()}
    assert names == dict(
        mug=[['1.jpg', '2.png'], ['1.png', '2_mask.png']], owl=[['x.jpg'], ['x.png']]
    )
    assert list(read_support_folder(tmp_path / 'a/mug')) == ['mug']
    touch(tmp_path / 'b', '1.jpg', '2.jpg', '2_mask.png')
    with pytest.raises(ValueError, match='no mask of 1.jpg; name it 1_mask.png'):
        read_support_folder(tmp_path / 'b')
    (tmp_path / 'c').mkdir()
    for wrong in ('c', 'd'):
        with pytest.raises(FileNotFoundError):
            read_support_folder(tmp_path / wrong)
