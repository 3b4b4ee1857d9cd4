"""``fss-mm segment``, as the shell calls it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.inference.conftest import GREEN, RED, color_config, square
from tests.processes import Processes


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a config, two supports, and photographs."""
    monkeypatch.chdir(tmp_path)
    cfg = color_config()
    cfg.custom_imports = dict(imports=['tests.inference.conftest'])
    cfg.dump('colors.py')
    for name, color in (('mug', RED), ('plate', GREEN)):
        image, mask = square(color)
        (tmp_path / f'kitchen/{name}').mkdir(parents=True)
        for stem in (name, f'kitchen/{name}/1'):
            cv2.imwrite(f'{stem}.png', image)
            cv2.imwrite(f'{stem}_mask.png', mask)
    (tmp_path / 'photographs').mkdir()
    for number in range(3):
        image, _ = square(RED, (8, 8, 8 * number + 8, 16))
        cv2.imwrite(f'photographs/{number}.png', image)
    return tmp_path


SUPPORT = ('--support', 'mug.png', 'mug_mask.png', '--name', 'mug')
QUERY = ('--query', 'photographs', '--out', 'masks')


def test_from_photographs_to_masks(here, call):
    code, out, _ = call('segment', 'colors.py', *SUPPORT, *QUERY)
    assert code == 0
    assert 'mug: learned from 1 support\n' in out
    assert '3 images segmented in' in out
    mask = np.array(Image.open(here / 'masks/2.png'))
    assert mask.sum() == 24 * 16
    code, out, _ = call('segment', 'colors.py', *SUPPORT, *QUERY)
    assert code == 0 and '0 images segmented' in out and '; 3 done before' in out


def test_classes_in_folders_and_in_a_file(here, call):
    folder = ('--support-folder', 'kitchen', '--save-classes', 'k.safetensors')
    code, out, _ = call('segment', 'colors.py', *folder)
    assert code == 0 and 'plate: learned from 1 support' in out
    classes = ('--classes', 'k.safetensors', '--save', 'mask', 'coco')
    assert call('segment', 'colors.py', *classes, *QUERY)[0] == 0
    assert len(list(here.glob('masks/*_coco.json'))) == 3


def test_refined_masks(here, call):
    """Results of another refiner are others; classes are the same."""
    words = ('segment', 'colors.py', *SUPPORT, '--save-classes', 'k.safetensors')
    assert call(*words)[0] == 0
    words = ('segment', 'colors.py', '--classes', 'k.safetensors', *QUERY)
    assert call(*words, '--refine', 'guided')[0] == 0
    code, _, err = call(*words)
    assert code == 2 and "refiner were {'type': 'GuidedFilterRefiner'}" in err
    code, out, _ = call(*words, '--refine', 'guided')
    assert code == 0 and '; 3 done before' in out
    assert call(*words, '--refine', 'none', '--overwrite')[0] == 0
    code, out, _ = call(*words)
    assert code == 0 and '; 3 done before' in out


def test_packs(here, call):
    """A pack for each two images, in this process."""
    pack = ('--pack', 'tar', '--block', '2')
    for done in (3, 0):
        code, out, _ = call('segment', 'colors.py', *SUPPORT, *QUERY, *pack)
        assert code == 0 and f'{done} images segmented in' in out
    names = sorted(path.name for path in here.glob('masks/*.tar'))
    assert names == ['part-000000.tar', 'part-000001.tar']
    code, _, err = call('segment', 'colors.py', *SUPPORT, *QUERY)
    assert code == 2 and 'pack were tar and are now None' in err


def test_ray_that_is_not_installed(here, call, monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    code, _, err = call('segment', 'colors.py', *SUPPORT, *QUERY, '--ray')
    assert code == 2 and err.splitlines()[-1] == (
        "error: ray is not installed; pip install 'fss_mm[ray]'"
    )


@pytest.mark.skipif(
    os.environ.get('FSS_MM_RAY_TESTS') != '1',
    reason='a local Ray takes half a minute: FSS_MM_RAY_TESTS=1 runs this test',
)
def test_on_ray(here):
    """A real process: what Ray says of itself is not among what is said."""
    (here / 'photographs/bad.jpg').write_text('no picture')
    words = [sys.executable, '-m', 'fss_mm_cli', 'segment', 'colors.py']
    words += [*SUPPORT, *QUERY, '--ray', '--actors', '1']
    env = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(' in ')[0] for line in lines[:2]] == [
        'mug: learned from 1 support', '3 images segmented',
    ]  # fmt: skip
    assert lines[2].startswith('skipped bad.jpg: ') and len(lines) == 4
    assert len(list(here.glob('masks/*.png'))) == 3


def test_what_cannot_be_read_is_listed(here, call):
    (here / 'photographs/a.jpg').write_text('no picture')
    (here / 'photographs/b.jpg').write_bytes(b'')
    code, out, _ = call('segment', 'colors.py', *SUPPORT, *QUERY)
    assert code == 1 and '3 images segmented' in out
    assert 'skipped a.jpg: not an image of a known format' in out
    assert (here / 'masks/skipped.txt').read_text().count('\n') == 2


def test_places_at_home(here, call, monkeypatch):
    """As ``--out=~/masks``, which the shell leaves as it is."""
    monkeypatch.setenv('HOME', str(here / 'home'))
    (here / 'home').mkdir()
    (here / 'photographs/a.jpg').write_text('no picture')
    learned = ('--save-classes=~/k.safetensors', '--show-supports=~/look')
    for pack, file in (((), '2.png'), (('--pack', 'tar'), 'part-000000.tar')):
        out = f'out/{len(pack)}'
        words = ('--query', 'photographs', f'--out=~/{out}', *pack)
        code, said, err = call('segment', 'colors.py', *SUPPORT, *learned, *words)
        assert code == 1 and '3 images segmented' in said, err
        assert {file, 'skipped.txt'} <= {
            p.name for p in (here / 'home' / out).iterdir()
        }
    assert len(list(here.glob('home/look/*/*.jpg'))) == 1
    words = ('--classes=~/k.safetensors', '--query', 'photographs', '--out=~/out/0')
    assert '; 3 done before' in call('segment', 'colors.py', *words)[1]
    assert not (here / '~').exists()


HAS_SAM = find_spec('transformers') is not None
MISTAKES = [
    (['none', *SUPPORT, *QUERY], 'none'),
    (['colors.py', *QUERY], 'no class to look for: add --support IMAGE MASK'),
    (['colors.py', *SUPPORT], 'nothing to do: add --query and --out'),
    (['colors.py', *SUPPORT, '--query', 'photographs'], '--query needs --out'),
    (['colors.py', *SUPPORT, '--query', 'none', '--out', 'm'], "'none': no such file"),
    (['colors.py', 'none.pth', *SUPPORT, *QUERY], 'none.pth'),
    (['colors.py', '--classes', 'colors.py', *QUERY], 'no file of classes'),
    (['colors.py', *SUPPORT, *QUERY, '--image-size', '1', '2', '3'], 'one or two'),
    (['colors.py', *SUPPORT, *QUERY, '--foreground', 'red'], '--foreground red, expe'),
    (['colors.py', '--support', 'mug_mask.png', 'mug.png', *QUERY], 'in colours'),
    (['colors.py', *SUPPORT, *QUERY, '--save', 'png'], 'mask'),
    (['colors.py', *SUPPORT, *QUERY, '--block', '9'], 'add --pack or --ray'),
    (['colors.py', *SUPPORT, *QUERY, '--actors', '9'], 'add --ray'),
    (['colors.py', *SUPPORT, *QUERY, '--refine', 'guide'], "'guided'"),
    (['colors.py', *SUPPORT, *QUERY, '--refine', 'sam'], 'needs weights'),
    (
        ['colors.py', *SUPPORT, *QUERY, '--sam-weights', 'w'],
        'of --refine sam, or of a prompt',
    ),
    (
        ['colors.py', *SUPPORT, *QUERY, '--refine', 'sam', '--sam-weights', '/none'],
        "SAM cannot be loaded from '/none'" if HAS_SAM else "'fss_mm[sam]'",
    ),
    (
        ['colors.py', *SUPPORT, *QUERY, '--pack', 'parquet', '--save', 'coco'],
        'leave --save out',
    ),
    (['colors.py', *SUPPORT, '--query', 'photographs', '--out', '.'], 'not empty'),
    (['colors.py', *SUPPORT, *QUERY, '--support-folder', 'kitchen'], 'also a class of'),
    (['colors.py', '--classes', 'a', '--adapt', *QUERY], '--adapt says something of'),
    (['colors.py', '--support-folder', 'a', '--name', 'b', *QUERY], '--name says some'),
    (['colors.py', *SUPPORT, *QUERY, '--batch-size', '0'], 'at least 1'),
    (['colors.py', *SUPPORT, *QUERY, '--workers', '-1'], 'at least 0'),
    (['colors.py', *SUPPORT, *QUERY, '--cfg-options', 'modle.x=1'], "mean 'model'"),
    (['colors.py', *SUPPORT, *QUERY, '--cfg-options', 'model.type.x=1'], 'no keys'),
    (['colors.py', *SUPPORT, *QUERY, '--device', 'nowhere'], '--device nowhere cannot'),
    (['colors.py', *SUPPORT, '--save-classes', 'mug.png'], 'name it mug.safetensors'),
    (['colors.py', '--support', 'mug.png', 'none.png', *QUERY], 'none.png: no such f'),
]


@pytest.mark.parametrize(('words', 'text'), MISTAKES)
def test_mistakes_end_in_one_line(here, call, words, text):
    code, _, err = call('segment', *words)
    assert code == 2, err
    lines = [line for line in err.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1 and text in lines[0] and 'Traceback' not in err


def test_an_interrupted_job_leaves_whole_files(here, call):
    """A real process, stopped by Ctrl-C in the middle, and started again."""
    image = square(RED)[0]
    large = cv2.resize(image, (1000, 1000))
    for number in range(50):
        cv2.imwrite(f'photographs/many{number}.png', large)
    words = ['-m', 'fss_mm_cli', 'segment', 'colors.py', *SUPPORT, *QUERY]
    process = Processes(here, [*words, '--workers', '1'], cwd=here)
    process.wait_for(lambda: len(list(here.glob('masks/*.png'))) >= 5)
    process.interrupt()
    assert process.end(60) == 130
    assert 'run the same command again to go on' in process.stderr
    done = sorted(here.glob('masks/*.png'))
    assert 5 <= len(done) < 53 and not list(here.glob('masks/.*'))
    for path in done:
        Image.open(path).load()
    code, out, _ = call(*words[2:], '--workers', '1')
    assert code == 0 and f'{len(done)} done before' in out
    assert len(list(here.glob('masks/*.png'))) == 53


def test_processes_share_the_images_and_report_once(here):
    """One that skips an image must not end the others before they are done."""
    for number in range(20):
        cv2.imwrite(
            f'photographs/many{number:02d}.png', square(RED, size=(500, 500))[0]
        )
    for number in range(2):
        (here / f'photographs/0bad{number}.jpg').write_text('no picture')
    words = ['-m', 'fss_mm_cli', 'segment', 'colors.py', *SUPPORT, *QUERY]
    done = Processes(here, words, 2, cwd=here)
    assert done.end() == 1, done.stderr
    assert done.stdout.count('learned from') == done.stdout.count('segmented in') == 1
    assert '23 images segmented in' in done.stdout
    assert '2 images skipped: masks/skipped.txt' in done.stdout
    assert (here / 'masks/skipped.txt').read_text().count('\n') == 2
    assert len(list(here.glob('masks/*.png'))) == 23


def test_classes_are_exported_at_the_size_they_were_learned_at(here, call, monkeypatch):
    written = SimpleNamespace(path=here / 'a.safetensors')
    monkeypatch.setattr('fss_mm.export.export_classes', lambda *_, **__: written)
    words = ('--image-size', '32', '--save-classes', 'a.safetensors')
    assert call('segment', 'colors.py', *SUPPORT, *words)[0] == 0
    words = ('export', 'colors.py', '--classes', 'a.safetensors', '--out', 'a.onnx')
    code, _, err = call(*words, '--size', '20')
    assert code == 2 and 'other weights, settings or image size' in err
    assert call(*words, '--size', '32')[0] == 0
