"""The check of folders of binary masks, and of JSONs."""

import json
import shutil

import pytest
from PIL import Image

from tests.conversion.conftest import annotation, box
from tests.conversion.folder_trees import (
    CLASSES,
    PALETTE,
    binary_mask,
    build,
    class_tree,
    index_mask,
    index_tree,
    only,
    photograph,
    save_gray,
    save_index,
)


def test_a_smoothed_binary_mask_is_a_remark(check, tmp_path):
    root = class_tree(tmp_path / 'birds')
    mask = binary_mask()
    mask[0, :4] = [20, 127, 128, 250]
    save_gray(root / 'masks/owl/a.png', mask)
    status, out, _ = check(root, classes=())
    assert status == 0 and '1 masks have grey pixels, 4 in all' in out
    assert ['1', 'owl', '2', '14'] in [line.split() for line in out.splitlines()]


def test_void_pixels_of_a_binary_mask_are_a_remark(check, tmp_path):
    root = class_tree(tmp_path / 'birds')
    mask = binary_mask(1)
    mask[0, :4] = 255
    for palette in ([0, 0, 0, 255, 255, 255], PALETTE):
        save_index(root / 'masks/owl/a.png', mask, palette)
        status, out, problems = check(root, classes=())
        assert status == 0, problems
        assert (
            'remark: 1 masks hold 0, 1 and 255: 1 is the class, and their 4 pixels of '
            '255 are ignored; if 255 is the class, save it alone: masks/owl/a.png'
        ) in out
        assert 'grey' not in out
        assert ['1', 'owl', '2', '12'] in [line.split() for line in out.splitlines()]


def inverted(root):
    image = Image.fromarray(1 - binary_mask(1))
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.save(root / 'masks/owl/a.png')


@pytest.mark.parametrize(
    'spoil_it, words',
    [
        (
            lambda root: save_gray(root / 'masks/owl/a.png', binary_mask(7)),
            ('masks/owl/a.png: values up to 7', '--foreground nonzero'),
        ),
        (inverted, ('masks/owl/a.png: value 1 has the colour #000000', 'palette')),
        (
            lambda root: save_gray(root / 'masks/a.png', binary_mask()),
            ('masks/a.png: a mask outside of the folders', 'move it'),
        ),
        (
            lambda root: (root / 'masks/robin').mkdir(),
            ("class 'robin': no pixel in any usable mask",),
        ),
    ],
)
def test_faults_of_binary_masks(check, tmp_path, spoil_it, words):
    root = class_tree(tmp_path / 'birds')
    save_gray(root / 'masks/owl/e.png', binary_mask())  # owls stay two
    photograph().save(root / 'images/e.png')
    spoil_it(root)
    status, _, problems = check(root, classes=())
    assert status == 1
    only(problems, *words)


# ---- COCO's format -----------------------------------------------------------------


@pytest.fixture
def coco(tmp_path):
    """Two images of each of two categories; ``write`` saves the table."""
    root = index_tree(tmp_path / 'birds')
    files = [
        dict(id=i, file_name=f'{name}.png', height=6, width=8)
        for i, name in enumerate('abcd', start=1)
    ]
    entries = [annotation(i, i, 10 + i // 3, [box(1, 1, 3, 2)]) for i in (1, 2, 3, 4)]
    names = [dict(id=10, name='owl'), dict(id=11, name='wren')]
    table = dict(images=files, annotations=entries, categories=names)

    def write():
        (root / 'birds.json').write_text(json.dumps(table))
        return root

    return table, write


def test_json_without_fault(check, coco):
    root = coco[1]()
    status, out, problems = check(root, '--annotations', 'birds.json', classes=())
    assert status == 0, problems
    assert "form: a JSON in COCO's format" in out
    assert ['2', 'wren', '2', '12'] in [line.split() for line in out.splitlines()]
    assert build('val', out).classes == CLASSES


def unlisted(table):
    table['annotations'].append(annotation(9, 77, 10, [box(1, 1, 3, 2)]))


def change(list_name, place, **values):
    return lambda table: table[list_name][place].update(values)


def extra(**values):
    def make(table):
        table['annotations'].append(annotation(9, 1, 10, [[1, 2]]) | values)

    return make


@pytest.mark.parametrize(
    'spoil_it, words',
    [
        (unlisted, ('annotation 9: image id 77', 'correct or delete')),
        (change('images', 0, width=9), ('a (6 x 9; images/a.png is 6 x 8',)),
    ],
)
def test_faults_of_a_json(check, coco, spoil_it, words):
    table, write = coco
    spoil_it(table)
    status, _, problems = check(write(), '--annotations', 'birds.json', classes=())
    assert status == 1
    only(problems, *words)


@pytest.mark.parametrize(
    'spoil_it, words',
    [
        (extra(category_id=50), ('a, annotation 9: category 50 is not among',)),
        (extra(), ('annotation 9: a polygon of less than three', 'correct or delete')),
        (extra(segmentation=dict(size=[6, 9], counts='a')), ('an RLE of size [6, 9]',)),
        (change('images', 3, file_name='z.png'), ('z: no image', 'add it')),
        (change('images', 3, file_name='c.jpg'), ('c: 2 images of this name',)),
    ],
)
def test_faults_that_cost_an_image(check, coco, spoil_it, words):
    table, write = coco
    spoil_it(table)
    status, _, problems = check(write(), '--annotations', 'birds.json', classes=())
    assert status == 1
    lines = [line for line in problems if all(word in line for word in words)]
    assert len(lines) == 1, problems


@pytest.mark.parametrize(
    'spoil_it, message',
    [
        (lambda table: table.pop('images'), "has no ['images']; export it again"),
        (
            lambda table: table['images'][0].pop('width'),
            'images[0].width is missing, expected a whole number of pixels',
        ),
        (change('categories', 1, name='owl'), "several categories ['owl']"),
    ],
)
def test_json_of_another_form(check, coco, spoil_it, message):
    table, write = coco
    spoil_it(table)
    status, _, said = check(write(), '--annotations', 'birds.json', classes=())
    assert status == 2 and message in said[-1]


def test_masks_that_a_suffix_passes_over(check, tmp_path):
    root = class_tree(tmp_path)
    for file in [*root.glob('masks/*/*.png')]:
        suffix = '.jpg' if file.parent.name == 'wren' else '.png'
        Image.open(file).save(file.with_name(f'{file.stem}_mask{suffix}'))
        file.unlink()
    status, out, problems = check(root, '--mask-suffix', '_mask.png', classes=())
    only(problems, "2 files among the masks do not end in '_mask.png'")
    assert '--mask-suffix _mask (' in problems[-1] and 'have no mask' not in out
    status, out, problems = check(root, '--mask-suffix', '_mask', classes=())
    only(problems, '2 files: a JPEG', '--foreground white')
    options = '--mask-suffix', '_mask', '--foreground', 'white'
    status, out, _ = check(root, *options, classes=())
    assert status == 0 and "mask_suffix='_mask'" in out


def test_one_file_that_a_suffix_passes_over_is_a_remark(check, tmp_path):
    root = class_tree(tmp_path)
    for name in 'ab':
        file = root / f'masks/owl/{name}.png'
        file.rename(file.with_name(f'{name}_mask.png'))
    for name in 'cd':
        file = root / f'masks/wren/{name}.png'
        file.rename(file.with_name(f'{name}_mask.png'))
    save_gray(root / 'masks/owl/old.png', binary_mask())
    status, out, _ = check(root, '--mask-suffix', '_mask.png', classes=())
    assert status == 0
    assert "1 file among the masks does not end in '_mask.png' and is not read" in out


@pytest.mark.parametrize(
    'options, message',
    [
        ((), "--img-dir . (in a config img_dir='.') and --mask-dir . (in a config"),
        (('--img-dir', '.', '--mask-dir', '.'), '--mask-suffix _mask.png (in a'),
        (
            ('--img-dir', '.', '--mask-dir', '.', '--mask-suffix', '_mask.png'),
            '--classes NAME ... (in a config classes=(...))',
        ),
    ],
)
def test_remedies_lead_to_masks_beside_images(check, tmp_path, options, message):
    for number in range(2):
        photograph(number).save(tmp_path / f'{number}.jpg')
        save_index(tmp_path / f'{number}_mask.png', index_mask())
    status, _, problems = check(tmp_path, *options, classes=())
    assert status == 2 and len(problems) == 1 and message in problems[0]


def test_images_beside_their_json(check, coco):
    coco = coco[1]()
    for file in (coco / 'images').iterdir():
        file.rename(coco / file.name)
    (coco / 'images').rmdir()
    shutil.rmtree(coco / 'masks')
    _, _, problems = check(coco, classes=())
    assert len(problems) == 1 and '--annotations birds.json' in problems[0]
    _, _, problems = check(coco, '--annotations', 'birds.json', classes=())
    assert len(problems) == 1 and '--img-dir . (in a config' in problems[0]
    assert (
        check(coco, '--annotations', 'birds.json', '--img-dir', '.', classes=())[0] == 0
    )


def test_a_data_folder_that_is_not_there(check, tmp_path):
    _, _, problems = check(tmp_path / 'typo', classes=())
    assert problems == [
        f"error: folder '{tmp_path}/typo' does not exist; check data_root"
    ]
