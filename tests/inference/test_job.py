import io
import os
import tarfile
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm.inference import FewShotInferencer
from fss_mm.inference.inputs import (
    count_inputs,
    is_single,
    listed_inputs,
    named_inputs,
)
from fss_mm.inference.job import run_job, write_skipped
from fss_mm.inference.result_folder import NOTE, identity_of
from fss_mm.inference.support_folder import read_support_folder
from tests.inference.conftest import GREEN, RED, color_config, square


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


def test_classes_in_another_order_have_other_numbers(model, photographs, tmp_path):
    for name, color in (('red', RED), ('green', GREEN)):
        model.add_class(name, *square(color))
    out = tmp_path / 'masks'
    job(model, photographs, out)
    model.learned = dict(reversed(model.learned.items()))
    text = r'other classes: classes were red \(\w+\), green .* are now green .*, red '
    with pytest.raises(FileExistsError, match=text):
        job(model, photographs, out)
    assert job(model, photographs, out, overwrite=True).done == 5
    assert np.array(Image.open(out / '0.png')).max() == 2  # red, which was 1


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
    touch(tmp_path / 'a', '3.jpg')
    with pytest.raises(ValueError, match=r'\(mug, owl\).*beside them \(3.jpg\)'):
        read_support_folder(tmp_path / 'a')
    touch(tmp_path / 'b', '1.jpg', '2.jpg', '2_mask.png')
    with pytest.raises(ValueError, match='no mask of 1.jpg; name it 1_mask.png'):
        read_support_folder(tmp_path / 'b')
    (tmp_path / 'c').mkdir()
    for wrong in ('c', 'd'):
        with pytest.raises(FileNotFoundError):
            read_support_folder(tmp_path / wrong)


def test_classes_have_the_names_of_links(tmp_path):
    """The photographs of two may lie in folders of one name."""
    for kind in ('cups', 'birds'):
        touch(tmp_path / kind / 'images', '1.jpg', '1.png')
    (tmp_path / 'classes').mkdir()
    (tmp_path / 'classes/mug').symlink_to(tmp_path / 'cups/images')
    (tmp_path / 'classes/owl').symlink_to('../birds/images')
    (tmp_path / 'all').symlink_to('classes')
    assert list(read_support_folder(tmp_path / 'all')) == ['mug', 'owl']
    assert list(read_support_folder(tmp_path / 'classes/mug')) == ['mug']


def test_the_class_of_the_folder_one_stands_in(tmp_path, monkeypatch):
    touch(tmp_path / 'mug', '1.jpg', '1.png')
    monkeypatch.chdir(tmp_path / 'mug')
    assert list(read_support_folder('.')) == ['mug']
    assert list(read_support_folder('../mug/')) == ['mug']


def test_two_images_of_one_name_are_refused(model, photographs, tmp_path):
    """Also where the first is long done, now or in a former run."""
    model.add_class('red', *square(RED))
    other = tmp_path / 'other'
    other.mkdir()
    cv2.imwrite(str(other / '0.jpg'), square(GREEN)[0])
    text = "'0.jpg' and another image of this run would both"
    for inputs in ([photographs, other], [photographs / '0.png', other]):
        for _ in range(2):
            with pytest.raises(ValueError, match=text):
                job(model, inputs, tmp_path / 'masks', workers=0)
    with pytest.raises(ValueError, match=text):
        model([photographs / '0.png', other], out_dir=tmp_path / 'new')


@pytest.mark.parametrize('kind', ['folder', 'shard', 'video'])
def test_results_of_another_image_of_the_name_are_not_its_own(
    model, photographs, tmp_path, kind
):
    """Cameras number photographs alike in each folder."""
    model.add_class('red', *square(RED))
    trips = []
    for number, color in enumerate((RED, GREEN)):
        (tmp_path / f'{number}').mkdir()
        image = square(color)[0]
        path = tmp_path / f'{number}' / 'IMG_0.png'
        cv2.imwrite(str(path), image)
        if kind == 'shard':
            with tarfile.open(path.with_name('a.tar'), 'w') as file:
                file.add(path, 'x.png')
            path = path.with_name('a.tar')
        if kind == 'video':
            path = path.with_name('film.avi')
            code = cv2.VideoWriter_fourcc(*'MJPG')
            video = cv2.VideoWriter(str(path), code, 5, (64, 64))
            video.write(image)
            video.release()
        trips.append(path.parent if kind == 'folder' else path)
    out = tmp_path / 'masks'
    assert job(model, trips[0], out).done == 1
    with pytest.raises(FileExistsError, match='results of another image than'):
        job(model, trips[1], out)
    assert job(model, trips[0], out).before == 1
    assert job(model, trips[1], out, overwrite=True).done == 1
    assert job(model, trips[1], out).before == 1


def test_one_photograph_by_different_paths_is_done_once(
    model, photographs, tmp_path, monkeypatch
):
    model.add_class('red', *square(RED))
    out = tmp_path / 'masks'
    assert job(model, photographs, out).done == 5
    monkeypatch.chdir(photographs)
    assert job(model, '*.png', out).before == 3
    for notes in out.glob(f'{NOTE}.*'):
        text = notes.read_text()
        notes.write_text(text[: text.index('more/4') + 9])  # killed while it wrote
    again = job(model, photographs, out)
    assert (again.done, again.before) == (1, 4)


def test_results_among_the_photographs_are_no_queries(model, photographs):
    model.add_class('red', *square(RED))
    out = photographs / 'masks'
    assert job(model, photographs, out).done == 5
    again = job(model, photographs, out)
    assert (again.done, again.before) == (0, 5) and masks_in(out) == ALL


def test_results_of_before_an_overwriting_job_do_not_count(
    model, photographs, tmp_path
):
    """It was interrupted: what it has not reached is of former classes."""
    model.add_class('green', *square(GREEN))
    out = tmp_path / 'masks'
    job(model, photographs, out)
    for path in out.rglob('*'):
        os.utime(path, (1e9, 1e9))
    model.remove_class('green')
    model.add_class('red', *square(RED))
    job(model, photographs / '0.png', out, overwrite=True)
    again = job(model, photographs, out)
    assert (again.done, again.before) == (4, 1)


def test_several_processes_may_claim_a_new_folder_at_once(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    out = tmp_path / 'masks'
    out.mkdir()
    (out / f'.{NOTE}.x1y2').touch()  # another process writes the note just now
    assert job(model, photographs, out).done == 5


def test_other_values_of_black_and_white_are_other_results(tmp_path):
    Image.fromarray(np.full((16, 16), 500, np.uint16)).save(tmp_path / 'deep.png')
    for number, img_range in enumerate([(0, 65535), (0, 1000)]):
        model = FewShotInferencer(color_config(), img_range=img_range)
        model.add_class('red', *square(RED))
        if number:
            with pytest.raises(FileExistsError, match='are now 0, 1000; choose'):
                job(model, tmp_path / 'deep.png', tmp_path / 'masks')
        else:
            assert job(model, tmp_path / 'deep.png', tmp_path / 'masks').done == 1


def test_a_call_overwrites_results_and_nothing_else(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    before = (photographs / '0.png').read_bytes()
    (tmp_path / '0.jpg').write_bytes(before)
    with pytest.raises(FileExistsError, match='none of these results'):
        model(tmp_path / '0.jpg', out_dir=photographs)
    assert (photographs / '0.png').read_bytes() == before
    for name in ('0.png', '1.png'):
        model(photographs / name, out_dir=tmp_path / 'masks')
    model.add_class('green', *square(GREEN))
    model(photographs / '0.png', out_dir=tmp_path / 'masks')
    assert masks_in(tmp_path / 'masks') == ALL[:2]


def test_one_query_among_the_results_is_refused(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    out = tmp_path / 'masks'
    model(photographs / '0.png', out_dir=out)
    note = (out / NOTE).read_text()
    model.add_class('green', *square(GREEN))
    with pytest.raises(ValueError, match="0.png' lies in out_dir.*: choose another"):
        model(out / '0.png', out_dir=out)
    assert (out / NOTE).read_text() == note  # these are still its results


def test_folders_at_home(model, photographs, tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    monkeypatch.chdir(tmp_path)
    model.add_class('red', *square(RED))
    model.save_classes('~/red.safetensors')
    other = FewShotInferencer(color_config())
    assert other.load_classes('~/red.safetensors') == ('red',)
    model('photographs/0.png', out_dir='~/a')
    assert job(model, photographs / 'more', '~/b').done == 2
    assert job(model, photographs / 'more', tmp_path / 'home/b').before == 2
    assert write_skipped('~/b', {'x': 'why'}) == tmp_path / 'home/b/skipped.txt'
    files = {p.name for p in (tmp_path / 'home').iterdir()}
    assert files == {'a', 'b', 'red.safetensors'} and not (tmp_path / '~').exists()


def test_skipped_images_keep_their_names(model, photographs, tmp_path):
    model.add_class('red', *square(RED))
    for name in ('a: 1.jpg', 'a: 2.jpg'):
        (photographs / name).write_text('no picture')
    skipped = job(model, photographs, tmp_path / 'masks').skipped
    assert {'a: 1.jpg', 'a: 2.jpg'} < set(skipped)
    assert skipped['a: 1.jpg'].startswith('not an image of a known format')


def test_a_list_of_shards_and_of_paths(photographs, tmp_path, monkeypatch):
    with tarfile.open(tmp_path / 'a.tar', 'w') as file:
        file.add(photographs / '0.png', 'x.png')
    lines = ['a.tar', str(photographs / '1.png'), 'photographs/2.png']
    (tmp_path / 'list.txt').write_text('\n'.join(lines))
    names = [one.name for one in named_inputs(tmp_path / 'list.txt')]
    assert names == ['a/x.png', *lines[1:]]
    monkeypatch.setattr(tarfile, 'open', None)  # counting reads no shard
    assert count_inputs(tmp_path / 'list.txt') is None


def test_threads_compute_alone():
    """What reads ahead takes no cores from the network, whose number stays."""
    import torch

    from fss_mm.inference.read_ahead import read_ahead

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = list(read_ahead(lambda _: torch.get_num_threads(), range(4), 2))
        assert found == [1] * 4 and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
