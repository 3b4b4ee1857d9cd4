"""Every block of docs/own-images.md, on drawn photographs and a model of colours."""

import re

import cv2
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.inference.conftest import GREEN, RED, color_config, square

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
    image, _ = square(RED, (4, 4, 20, 20))
    other, where = square(GREEN, (40, 40, 16, 16))
    image[where > 0] = other[where > 0]
    (tmp_path / 'photographs').mkdir()
    for name in ('kitchen.jpg', 'photographs/a.jpg', 'photographs/b.jpg'):
        save(tmp_path / name, image)
    return tmp_path


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
    assert model.classes == names['other'].classes == ('mug', 'plate')
    assert (found.mask[6:22, 6:22] == 1).mean() > 0.9
    assert names['plates'].sum() == pytest.approx(16 * 16, rel=0.2)
    assert len(names['results']) == 2 and len(list(kitchen.glob('masks/?[._]*'))) == 8
    assert 'mug' in capsys.readouterr().out
