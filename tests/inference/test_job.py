import io
import json
import tarfile
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fss_mm.inference.inputs import (
    count_inputs,
    is_single,
    listed_inputs,
    named_inputs,
)
from fss_mm.inference.job import (
    NOTE,
    claim_folder,
    identity_of,
    run_job,
    write_skipped,
)
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


def test_images_of_one_name_are_listed_in_every_run(model, tmp_path):
    """The second run must not take the first image's files for the second's."""
    model.add_class('red', *square(RED))
    for folder in ('morning', 'evening'):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / '1.png'), square(RED)[0])
    folders = [tmp_path / 'morning', tmp_path / 'evening']
    second = str(folders[1] / '1.png')
    for _ in range(2):
        found = job(model, folders, tmp_path / 'masks')
        assert found.done + found.before == 1 and list(found.skipped) == [second]
        assert "results have the name of another image's, '1'" in found.skipped[second]
    parts = [job(model, folders, tmp_path / 'm', share=(rank, 2)) for rank in (0, 1)]
    assert [part.done for part in parts] == [1, 0]
    assert [list(part.skipped) for part in parts] == [[], [second]]


def test_a_folder_that_another_process_is_claiming(tmp_path):
    """What it is just writing, or has left when it was killed, is no user's file."""
    out = tmp_path / 'masks'
    out.mkdir()
    (out / f'.{NOTE}.x7').touch()
    claim_folder(out, dict(model='a'))
    assert json.loads((out / NOTE).read_text()) == dict(model='a')


def test_classes_are_the_same_however_their_numbers_were_rounded(model):
    """Threads and GPUs differ in the last bits of what they learn from the same."""
    model.add_class('red', *square(RED))
    known = identity_of(model, ('mask',))
    learned = model.learned['red']
    noisy = tuple(one.map(lambda x: x + 1e-6) for one in learned.representations)
    changed = replace(learned, representations=noisy, level=learned.level + 1e-6)
    model.learned['red'] = changed
    assert identity_of(model, ('mask',)) == known
    model.remove_class('red')
    model.add_class('red', *square(RED, (16, 16, 32, 31)))
    assert identity_of(model, ('mask',)) != known


def test_a_class_from_a_file_is_the_one_that_was_learned(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    model.save_classes(tmp_path / 'red.safetensors')
    job(model, photographs, tmp_path / 'masks')
    model.remove_class('red')
    model.load_classes(tmp_path / 'red.safetensors')
    assert job(model, photographs, tmp_path / 'masks').before == 5


def test_shards_and_videos_are_found_by_lists_and_globs(tmp_path):
    """A list is read without opening what is in it."""
    (tmp_path / 'a').mkdir()
    cv2.imwrite(str(tmp_path / 'a/0.png'), square(RED)[0])
    for name in ('a/s.tar', 'a/t.tar'):
        with tarfile.open(tmp_path / name, 'w') as file:
            file.add(tmp_path / 'a/0.png', 'x.png')
    (tmp_path / 'list.txt').write_text('a/s.tar\na/0.png\na/t*\n')
    listed = list(listed_inputs(tmp_path / 'list.txt'))
    assert [one.name for one in listed] == ['a/s.tar', 'a/0.png', 't.tar']
    names = [one.name for one in named_inputs(tmp_path / 'list.txt')]
    assert names == ['a/s/x.png', 'a/0.png', 't/x.png']
    assert [one.name for one in named_inputs(str(tmp_path / 'a/*.tar'))] == [
        's/x.png', 't/x.png',
    ]  # fmt: skip
    assert count_inputs(tmp_path / 'list.txt') is None
    assert not is_single(tmp_path / 'a/s.tar') and is_single(tmp_path / 'a/0.png')


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
