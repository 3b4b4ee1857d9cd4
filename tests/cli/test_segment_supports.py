"""Supports of ``fss-mm segment``: prompts, several classes in a mask, pictures."""

import re

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm_cli.main import command_parser
from tests.conftest import ROOT
from tests.inference.conftest import GREEN, RED, color_config, square
from tests.inference.prompts.drawn import disc, iou, strokes
from tests.processes import Processes


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a config, discs, and a scene of two squares with its mask."""
    monkeypatch.chdir(tmp_path)
    cfg = color_config()
    cfg.custom_imports = dict(imports=['tests.inference.conftest'])
    cfg.dump('colors.py')
    image, _ = disc()
    for number in range(1, 4):
        cv2.imwrite(f'mug{number}.png', image)
    cv2.imwrite('strokes.png', strokes(image))
    image, mask = square(RED, (4, 4, 24, 24))
    other, where = square(GREEN, (36, 30, 20, 24))
    image[where > 0] = other[where > 0]
    cv2.imwrite('scene.png', image)
    cv2.imwrite('scene_mask.png', mask // 255 + 2 * (where // 255))
    return tmp_path


QUERY = ('--query', 'mug1.png', '--out', 'masks')
BOX = ('--support', 'mug1.png', 'box:35,25,105,95')


def test_prompts_and_what_they_became_in_a_real_process(here):
    words = ['colors.py', *BOX, '--support', 'mug2.png', 'points:70,60/-20,20']
    words += ['--support', 'mug3.png', 'scribble:strokes.png', '--name', 'mug', *QUERY]
    done = Processes(here, ['-m', 'fss_mm_cli', 'segment', *words], cwd=here)
    assert done.end() == 0, done.stderr
    said = done.stdout + done.stderr
    for line in (
        'mug1.png: box:35,25,105,95 became 14.',
        'mug2.png: points:70,60/-20,20 became 14.',
        'mug3.png: scribble:strokes.png became 14.',
        'mug: learned from 3 supports; IoU to expect',
    ):
        assert said.count(line) == 1
    assert ' - INFO - ' not in said and said.count('1 image segmented in ') == 1
    assert iou(np.array(Image.open(here / 'masks/mug1.png')) == 1, disc()[1]) > 0.9


def test_supports_are_shown_without_a_query(here, call):
    code, out, _ = call('segment', 'colors.py', *BOX, '--show-supports', 'look')
    assert code == 0 and 'supports    look (1)\n' in out
    assert Image.open(here / 'look/object/1_mug1.jpg').size == (160, 120)
    assert not (here / 'masks').exists()


def test_several_classes_of_a_mask(here, call):
    words = ('--support', 'scene.png', 'scene_mask.png', '--mask-classes')
    classes = ('1=mug', '2=big cup', '--query', 'scene.png', '--out', 'masks')
    code, out, _ = call('segment', 'colors.py', *words, *classes)
    assert code == 0
    assert 'mug: learned from 1 support\nbig cup: learned from 1 support\n' in out
    found = np.array(Image.open(here / 'masks/scene.png'))
    truth = np.array(Image.open(here / 'scene_mask.png'))
    assert np.array_equal(found[truth > 0], truth[truth > 0])


def test_a_file_whose_name_looks_like_a_prompt(here, call):
    (here / 'box:1,2,3,4').write_bytes((here / 'scene_mask.png').read_bytes())
    words = ('--support', 'scene.png', './box:1,2,3,4', '--foreground', '2')
    code, _, err = call('segment', 'colors.py', *words, '--show-supports', 'look')
    assert code == 0, err


def test_options_about_masks_are_for_classes_that_have_some(here, call):
    """A folder of masks beside a class of a prompt."""
    (here / 'classes/cup').mkdir(parents=True)
    cv2.imwrite('classes/cup/1.png', cv2.imread('scene.png'))
    cv2.imwrite('classes/cup/1_mask.png', cv2.imread('scene_mask.png', 0))
    words = (*BOX, '--support-folder', 'classes', '--foreground', '2')
    code, out, err = call('segment', 'colors.py', *words, '--show-supports', 'look')
    assert code == 0, err
    assert 'cup: learned from 1 support' in out and 'object: learned' in out


def test_messages_name_options_that_there_are():
    """All that the library names by its argument is an option of this name."""
    options = command_parser(['segment']).parse_args(['segment', 'x'])
    sources = (ROOT / 'fss_mm/inference').rglob('*.py')
    text = ''.join(path.read_text() for path in sources)
    names = set(re.findall(r"""argument\(["'](\w+)""", text))
    assert len(names) > 8 and names <= set(vars(options))


SCENE = ('--support', 'scene.png', 'scene_mask.png')
SHOW = ('--show-supports', 'look')
MISTAKES = [
    (['--support', 'mug1.png', 'box:1,2,3', *SHOW], "'box:1,2,3': 3 numbers"),
    (['--support', 'mug1.png', 'bx:1,2,3,4', *SHOW], "did you mean 'box'"),
    (['--support', 'mug1.png', 'box:0,0,999,9', *SHOW], 'outside of the picture of 1'),
    (['--support', 'mug1.png', 'scribble:no.png', *SHOW], 'no.png: no such file'),
    (['--support', 'mug1.png', r'C:\no.png', *SHOW], r'C:\no.png: no such file'),
    (['--support', '.', 'box:1,2,3,4', *SHOW], '.: a folder, expected an image'),
    (['--support-folder', '.', 'box:1,2,3,4', *SHOW], 'more arguments than expected'),
    (
        ['--support-folder', 'photographs', *SHOW],
        'no mask of 1.png; name it 1_mask.png',
    ),
    (BOX, 'nothing to do: add --query and --out, --save-classes FILE or --show-suppo'),
    (['--classes', 'a', *SHOW], '--show-supports says something of supports'),
    (['--classes', 'a', *QUERY, '--sam-weights', 'b'], '--sam-weights is of --refine'),
    ([*SCENE, '--sam-weights', 'b', *SHOW], 'or of a prompt of a support: add one'),
    ([*BOX, '--show-supports', '.'], 'is not empty'),
    ([*SCENE, *SHOW], 'holds the values 0'),
    ([*SCENE, *SHOW], 'say which is the class by --foreground'),
    (['--support', 'scene.png', 'scene.png', *SHOW], "such as --foreground '#ff0000'"),
    (['--support', 'mug1.png', 'scene_mask.png', *SHOW], 'or pass --resize-masks'),
    (['--support', 'deep.png', BOX[2], *SHOW], 'such as --img-range 0 65535'),
    (
        ['--support', 'mug1.png', 'box:0,0,160,120', *SHOW],
        'mug1.png: box:0,0,160,120 became all of the picture',
    ),
    ([*BOX, *SHOW, '--foreground', '3'], '--foreground 3 says something of masks'),
    ([*BOX, *SHOW, '--resize-masks'], '--resize-masks says something of masks'),
    ([*BOX, *SHOW, '--adapt'], '--adapt for 1 support of'),
    ([*BOX, '--save-classes', 'k.png'], "'k.png': a file of classes is of safetens"),
    ([*BOX, *SHOW, '--max-image-bytes', '9'], 'or raise --max-image-bytes'),
    (['--support', 'mug1.png', 'scribble:mug1.png', *SHOW], 'green lines (#00ff00) on'),
    (
        [*SCENE, '--mask-classes', 'mug', *SHOW],
        "'mug': expected VALUE=NAME, such as 1=",
    ),
    ([*SCENE, '--mask-classes', '1=', *SHOW], "'1=': expected VALUE=NAME"),
    ([*SCENE, '--mask-classes', '1=a', '1=b', *SHOW], "'1=b': 1 is 'a' already"),
    ([*SCENE, '--mask-classes', '1=a', '2=a', *SHOW], "'a' names two values"),
    ([*SCENE, '--mask-classes', '9=a', *SHOW], 'no mask shows 9 (a)'),
    ([*SCENE, '--mask-classes', '1=a', '--name', 'b', *SHOW], 'leave --name out'),
    (
        [*SCENE, '--mask-classes', '1=a', '--foreground', '1', *SHOW],
        'leave --foreground out',
    ),
    (['--support-folder', '.', '--mask-classes', '1=a', *SHOW], '--mask-classes says'),
    ([*BOX, '--mask-classes', '1=a', *SHOW], 'Box shows one class; give an index mask'),
]


@pytest.mark.parametrize(('words', 'text'), MISTAKES)
def test_mistakes_end_in_one_line(here, call, monkeypatch, words, text):
    # whose handler has the stream of the first test
    monkeypatch.setattr('fss_mm.inference.prompts.masks.print_log', print)
    (here / 'photographs').mkdir()
    cv2.imwrite('photographs/1.png', disc()[0])
    cv2.imwrite('deep.png', np.zeros((120, 160), np.uint16))
    code, _, err = call('segment', 'colors.py', *words)
    assert code == 2, err
    lines = [line for line in err.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1 and text in lines[0] and 'Traceback' not in err
    assert not (here / 'look').exists()
