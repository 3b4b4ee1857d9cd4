"""Every block of docs/own-images.md, on drawn photographs and a model of colours."""

import re
import shlex
import sys

import cv2
import pytest
from PIL import Image

from fss_mm_cli.main import main
from tests.conftest import ROOT
from tests.inference.conftest import GREEN, RED, color_config, square
from tests.inference.prompts.drawn import disc, iou

TEXT = (ROOT / 'docs/own-images.md').read_text()
SHELL = re.findall(r'```bash\n(.*?)```', TEXT, flags=re.DOTALL)
PYTHON = re.findall(r'```python\n(.*?)```', TEXT, flags=re.DOTALL)
BOXES = [(8, 8, 16, 16), (20, 24, 32, 32), (30, 10, 20, 40)]


@pytest.fixture
def kitchen(tmp_path, monkeypatch):
    """The files that the document names."""
    monkeypatch.chdir(tmp_path)
    for place, box in enumerate(BOXES, start=1):
        draw(tmp_path, f'mug{place}', *square(RED, box))
    draw(tmp_path, 'plate1', *square(GREEN))
    for number in range(1, 5):
        save(tmp_path / f'jug{number}.jpg', disc((480, 640), (260, 240), 140)[0])
    drawn = disc((480, 640), (260, 240), 140)[0]
    drawn[230:250, 200:320] = (0, 255, 0)
    cv2.imwrite(str(tmp_path / 'strokes.png'), drawn)
    image, mask = square(RED, (4, 4, 20, 20))
    other, where = square(GREEN, (40, 40, 16, 16))
    image[where > 0] = other[where > 0]
    draw(tmp_path, 'scene', image, mask // 255 + 2 * (where // 255))
    (tmp_path / 'photographs').mkdir()
    for name in ('kitchen.jpg', 'photographs/a.jpg', 'photographs/b.jpg'):
        save(tmp_path / name, image)
    return tmp_path


@pytest.fixture
def fss_mm(kitchen, monkeypatch, capsys):
    """The command, with a config of colours in the place of the document's."""
    cfg = color_config()
    cfg.custom_imports = dict(imports=['tests.inference.conftest'])
    cfg.dump('colors.py')
    for name, color in (('mug', RED), ('plate', GREEN)):
        (kitchen / f'classes/{name}').mkdir(parents=True)
        image, mask = square(color)
        save(kitchen / f'classes/{name}/{name}1.jpg', image)
        cv2.imwrite(f'classes/{name}/{name}1_mask.png', mask)

    def run(line):
        words = shlex.split(line.replace('prototype/photographs', 'colors.py'))
        monkeypatch.setattr(sys, 'argv', words)
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0

    return run


def draw(folder, name, image, mask):
    save(folder / f'{name}.jpg', image)
    cv2.imwrite(str(folder / f'{name}.png'), mask)


def save(path, image):
    Image.fromarray(image[..., ::-1]).save(path, quality=95, subsampling=0)


def test_the_blocks_of_python(kitchen, capsys):
    names = dict(config=color_config())
    for block in PYTHON:
        block = block.replace("'prototype/photographs'", 'config')
        exec(compile(block, 'docs/own-images.md', 'exec'), names)  # noqa: S102
    model, found = names['model'], names['found']
    assert model.classes == names['other'].classes == ('mug', 'plate', 'jug')
    assert names['scenes'].classes == ('mug', 'plate')
    disc_mask = disc((480, 640), (260, 240), 140)[1]
    for support in model.learned_class('jug').supports[:3]:
        assert iou(support.labels == 1, disc_mask) > 0.9
    assert len(list(kitchen.glob('look/jug/*.jpg'))) == 4
    assert (found.mask[6:22, 6:22] == 1).mean() > 0.9
    assert names['plates'].sum() == pytest.approx(16 * 16, rel=0.2)
    assert len(names['results']) == 2 and len(list(kitchen.glob('masks/?[._]*'))) == 8
    assert 'mug' in capsys.readouterr().out


def test_the_blocks_of_the_shell(kitchen, fss_mm):
    lines = [line for block in SHELL for line in block.splitlines()]
    assert len(lines) == 6 and [fss_mm(line) for line in lines] == [0] * 6
    names = {str(p.relative_to(kitchen)) for p in kitchen.glob('*/*.png')}
    assert {'masks/a.png', 'all/kitchen.png', 'all/b.png', 'jugs/a.png'} <= names
    assert (kitchen / 'shown/jug/1_jug1.jpg').is_file()
