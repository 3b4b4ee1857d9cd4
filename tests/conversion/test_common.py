"""What the converters share: checksums, processes, messages, command lines."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion.checksums import (
    changed_files,
    digest,
    read_checksums,
    write_checksums,
)
from fss_mm.conversion.command import verify
from fss_mm.conversion.downloads import fetch_once
from fss_mm.conversion.masks import encode_mask, voc_palette
from fss_mm.conversion.parallel import run_all
from fss_mm.conversion.problems import Problem, format_problems


def test_palette():
    """The colours of VOC's development kit."""
    colors = np.frombuffer(voc_palette(), np.uint8).reshape(256, 3).tolist()
    known = {0: [0, 0, 0], 1: [128, 0, 0], 15: [192, 128, 128], 255: [224, 224, 192]}
    assert {i: colors[i] for i in known} == known
    assert len({tuple(color) for color in colors}) == 256


@pytest.mark.parametrize('palette, mode', [(True, 'P'), (False, 'L')])
def test_masks_keep_every_value(tmp_path, palette, mode):
    mask = np.arange(256, dtype=np.uint8).reshape(8, 32)
    path = tmp_path / 'mask.png'
    path.write_bytes(encode_mask(mask, palette))
    with Image.open(path) as image:
        assert image.mode == mode
        np.testing.assert_array_equal(np.array(image), mask)


@pytest.fixture
def checked(tmp_path):
    """Two files and their list."""
    (tmp_path / 'masks').mkdir()
    files = [tmp_path / 'masks' / name for name in ('a b.png', 'c.png')]
    for file in files:
        file.write_bytes(file.name.encode() * 9)
    path = tmp_path / 'masks.sha256'
    write_checksums(path, {file: digest(file.read_bytes()) for file in files})
    return path


def test_a_flipped_byte_and_a_missing_file_are_found(checked, capsys):
    assert verify(checked, workers=1) == 0
    files = list(read_checksums(checked))
    content = bytearray(files[0].read_bytes())
    content[5] ^= 1
    files[0].write_bytes(content)
    files[1].unlink()
    assert verify(checked, workers=2) == 1
    text = capsys.readouterr().out
    assert 'differs from its SHA-256 in masks.sha256' in text
    assert str(files[0]) in text and str(files[1]) in text and 'No such file' in text


@pytest.mark.skipif(not shutil.which('sha256sum'), reason='no sha256sum here')
def test_sha256sum_reads_the_list(checked):
    command = ['sha256sum', '-c', checked.name]
    done = subprocess.run(command, cwd=checked.parent, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(': OK') == 2


def test_lists_of_checksums_that_cannot_be_used(tmp_path):
    with pytest.raises(FileNotFoundError, match='without --verify first'):
        changed_files(tmp_path / 'no.sha256')
    (tmp_path / 'bad.sha256').write_text('abc  x.png\n')
    with pytest.raises(ValueError, match="'abc  x.png', expected a SHA-256"):
        changed_files(tmp_path / 'bad.sha256')


def test_processes_keep_the_order():
    items = list(range(-50, 50))
    assert run_all(abs, items, '', workers=2) == run_all(abs, items, '')
    assert run_all(abs, [], '') == []
    with pytest.raises(ValueError, match='workers=0'):
        run_all(abs, items, '', workers=0)


def test_an_error_in_a_process_ends_the_run():
    with pytest.raises(TypeError):
        run_all(abs, [1, 'a', *range(100)], '', workers=2)


def test_same_problems_are_told_together():
    problems = [Problem(n, r, 'mend it') for n, r in (('x', 'old'), ('y', 'new'))]
    text = format_problems([*problems, Problem('z', 'old', 'mend it')])
    assert text == 'old; mend it:\n  x\n  z\nnew; mend it:\n  y'


def test_a_broken_download_is_repeated(tmp_path):
    target = tmp_path / 'data'

    def breaks(folder):
        (folder / 'archive').touch()
        raise OSError('connection lost')

    def succeeds(folder):
        assert (folder / 'archive').exists()  # goes on from what arrived
        (folder / 'data').mkdir()
        return folder / 'data'

    with pytest.raises(OSError, match='lost'):
        fetch_once(target, breaks)
    assert not target.exists()
    fetch_once(target, succeeds)
    fetch_once(target, breaks)  # not called
    assert [path.name for path in tmp_path.iterdir()] == ['data']
