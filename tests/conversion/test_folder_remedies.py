"""What the check calls trainable is trained, and the remedies it prints are tried."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from fss_mm.apis import evaluate, train
from fss_mm.conversion.folder_config import load_snippet
from tests.conftest import ROOT
from tests.conversion.annotation_trees import (
    CATEGORIES,
    HEIGHT,
    NUMBER,
    ROOT_CATEGORY,
    WIDTH,
    coco_tree,
    index_masks,
    labelme_tree,
    polygon,
    run_lengths,
    save_photograph,
)
from tests.conversion.folder_trees import build, save_gray

JSON = '--annotations a.json'
CLASSES = '--classes owl wren'


def brush(every: int):
    """CVAT's brush: RLE with iscrowd 1, of some objects."""

    def draw(i, box):
        crowd = i // 2 % every == 0
        shape = run_lengths(*box) if crowd else polygon(*box)
        return dict(iscrowd=int(crowd), segmentation=shape)

    return draw


def doubled(i, box):
    return dict(segmentation=polygon(*(2 * number for number in box)))


def turned(i, box):
    """As the image is shown that EXIF orientation 6 turns by 90 degrees."""
    x, y, u, v = box
    return dict(segmentation=polygon(HEIGHT - v, x, HEIGHT - y, u))


def with_lists(root: Path) -> Path:
    index_masks(root, lambda i: (1, 2))
    (root / 'half.txt').write_text('000\n001\n002\n003\n')
    (root / 'rest.txt').write_text('004.jpg\r\n005.jpg\r\n006.jpg\r\n007.jpg\r\n')
    return root


def with_one_robin(root: Path) -> Path:
    """A third class that a single image shows."""
    categories = [*CATEGORIES, dict(id=3, name='robin')]
    coco_tree(root, categories=categories)
    path = root / 'a.json'
    table = json.loads(path.read_text())
    robin = dict(id=99, image_id=0, category_id=3, segmentation=polygon(1, 1, 9, 4))
    path.write_text(
        json.dumps(table | dict(annotations=table['annotations'] + [robin]))
    )
    return root


SOUND = dict(
    coco=(coco_tree, JSON),
    roboflow=(
        partial(
            coco_tree,
            img_dir='train',
            json_path='train/_annotations.coco.json',
            categories=[ROOT_CATEGORY, *CATEGORIES],
        ),
        '--img-dir train --annotations train/_annotations.coco.json',
    ),
    windows=(partial(coco_tree, file_name='images\\{i:03}.jpg'), JSON),
    label_studio=(
        partial(coco_tree, file_name='upload/1/0{i:03}abcd-{i:03}.jpg'),
        JSON,
    ),
    some_crowds=(partial(coco_tree, draw=brush(2)), JSON),
    exif_shown=(
        partial(coco_tree, exif=6, size=(WIDTH, HEIGHT), draw=turned),
        JSON,
    ),
    labelme=(labelme_tree, '--annotations images'),
    labelme_apart=(partial(labelme_tree, folder='masks'), '--annotations masks'),
    index=(partial(index_masks, shown=lambda i: (1 + i % 2,)), CLASSES),
)


def small(snippet: str, work_dir: Path) -> Config:
    """The printed config with a model and a size that train in a moment."""
    cfg = load_snippet(snippet)
    shapes = Config.fromfile(ROOT / 'configs/shapes/simprop_fold0.py')
    for field in ('model', 'optim_wrapper'):
        cfg[field] = shapes[field]
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        loader.update(num_workers=0, persistent_workers=False)
        for role in ('query_pipeline', 'support_pipeline'):
            for step in loader.dataset[role]:
                step.update({k: (65, 65) for k in ('scale', 'crop_size') if k in step})
    cfg.val_dataloader.sampler.num_episodes = 2
    cfg.test_dataloader.sampler.update(num_episodes=2, seeds=(0,))
    cfg.merge_from_dict(
        dict(
            work_dir=str(work_dir),
            experiment_name=work_dir.parent.name,
            param_scheduler=None,
            default_hooks=dict(checkpoint=dict(interval=2)),
        )
    )
    if cfg.get('train_cfg') is not None:
        cfg.train_cfg.update(max_iters=2, val_interval=2)
    return cfg


def snippet_of(out: str) -> str:
    return out[out.index('_base_ = ') :]


@pytest.mark.parametrize('case', SOUND)
def test_what_is_called_trainable_trains(check, tmp_path, case):
    make, options = SOUND[case]
    root = make(tmp_path / 'birds')
    status, out, problems = check(root, *options.split(), classes=())
    assert status == 0, problems
    assert 'fss-mm train trains it (--fold 0 ... 1)' in out
    assert out.count('trains on 1 class in 4 images') == 2 or case == 'some_crowds'
    assert train(small(snippet_of(out), tmp_path / 'work')) is not None


UNSOUND = dict(
    all_crowds=(
        partial(coco_tree, draw=brush(1)),
        JSON,
        '2 classes: all objects are crowds (iscrowd 1), which are ignored; take them',
        '--crowds objects',
    ),
    resized=(
        partial(coco_tree, size=(2 * HEIGHT, 2 * WIDTH), draw=doubled),
        JSON,
        f'{NUMBER} files: annotations made before the image was resized; ',
        '--fit-annotations',
    ),
    exif_stored=(
        partial(coco_tree, exif=6),
        JSON,
        f'{NUMBER} files: annotations of the image as it is stored, which its EXIF',
        '--fit-annotations',
    ),
    a_poor_class=(
        with_one_robin,
        JSON,
        "class 'robin' (images: 1): an episode needs 2 images; add images, or leave",
        '--min-images 2',
    ),
    all_in_every_image=(
        with_lists,
        CLASSES,
        '2 folds: cannot be trained, since training leaves out the images that show a '
        "held-out class (novel_images='drop') and too few are left; ",
        '--novel-images ignore --train-split half.txt --test-split rest.txt',
    ),
)


@pytest.mark.parametrize('case', UNSOUND)
def test_remedies(check, tmp_path, case):
    make, options, problem, remedy = UNSOUND[case]
    root = make(tmp_path / 'birds')
    options = options.split()
    status, _, lines = check(root, *options, classes=())
    assert status == 1 and lines[-2] == '1 problem:', lines
    assert lines[-1].startswith(problem)
    for word in remedy.split():
        assert word in lines[-1] or word.endswith('.txt')
    status, out, lines = check(root, *options, *remedy.split(), classes=())
    assert status == 0, lines
    assert train(small(snippet_of(out), tmp_path / 'work')) is not None


def test_keeping_novel_images_needs_separate_ones(check, tmp_path):
    root = with_lists(tmp_path / 'birds')
    status, _, lines = check(root, '--novel-images', 'keep')
    assert status == 1 and lines[-2] == '1 problem:'
    assert '2 folds: cannot be trained, training and test share images' in lines[-1]
    lists = '--train-split half.txt --test-split rest.txt'.split()
    assert check(root, '--novel-images', 'keep', *lists)[0] == 0


def test_too_few_images_in_a_list(check, tmp_path):
    root = index_masks(tmp_path / 'birds', lambda i: (1 + i % 2,))
    (root / 'one.txt').write_text('000\n001\n')
    status, _, lines = check(root, '--test-split', 'one.txt')
    assert status == 1 and lines[-2] == '1 problem:'
    assert '2 folds: cannot be tested, an episode needs 2 images' in lines[-1]
    assert "fold 0 ('wren' (id 2) has 1), fold 1 ('owl' (id 1) has 1)" in lines[-1]


def test_lists_of_other_images(check, tmp_path):
    root = index_masks(tmp_path / 'birds', lambda i: (1 + i % 2,))
    (root / 'some.txt').write_text('000\n002.jpg\n004.tif\nz\nimages/y.jpg\n')
    status, _, lines = check(root, '--train-split', 'some.txt')
    assert status == 1 and lines[-1] == (
        'some.txt: 2 names of no image in images/; correct or delete these lines: z, '
        'images/y.jpg'
    )


def test_the_same_image_twice(check, tmp_path):
    root = index_masks(tmp_path / 'birds', lambda i: (1 + i % 2,))
    copy = (root / 'images/000.jpg').read_bytes()  # an owl, named a wren
    (root / 'images/001.jpg').write_bytes(copy)
    status, _, lines = check(root)
    assert status == 1
    assert '001.jpg is' in lines[-1] and 'remove copies of an image' in lines[-1]
    for folder, suffix in (('images', 'jpg'), ('masks', 'png')):
        (root / folder / f'001.{suffix}').unlink()
    assert check(root)[0] == 0


def test_one_class_is_for_tests_only(check, tmp_path, monkeypatch):
    root = coco_tree(tmp_path / 'birds', categories=CATEGORIES, shown=lambda i: (1,))
    save_photograph(root / 'images/query.jpg', 9, (1,), 1)
    status, out, _ = check(root, *JSON.split(), classes=())
    assert status == 0 and 'fss-mm train' not in out
    assert 'one class alone cannot be trained' in out
    expected = 'holds out owl; tests on 1 class in 8 images (up to 7 shots)'
    assert f'the class: {expected}' in out
    assert 'remark: 1 images have no mask' in out and out.count('query') == 1
    cfg = small(snippet_of(out), tmp_path / 'work')
    assert cfg.test_dataloader.dataset.novel_classes == ('owl',)
    assert evaluate(cfg, report=tmp_path / 'report.json')['IoU_owl'] >= 0
    with pytest.raises(ValueError, match='for tests only: it has no train_cfg'):
        train(cfg)


def test_left_out_classes_are_named(check, tmp_path):
    root = with_one_robin(tmp_path / 'birds')
    _, out, _ = check(root, *JSON.split(), '--min-images', '2', classes=())
    assert 'remark: classes in less than 2 images are left out' in out
    assert "background in all episodes: 'robin' (1)" in out
    assert 'min_images=2,' in out
    names = [build('test', out, fold=f).metainfo['novel_classes'] for f in (0, 1)]
    assert sorted(names) == [(1,), (2,)]
    status, _, lines = check(root, *JSON.split(), '--min-images', '9', classes=())
    assert status == 1 and lines[-1].startswith(
        '--min-images 9: leaves out all classes, which are in 4 images at most'
    )


def test_what_vanishes_in_resizing_is_named(check, tmp_path):
    """One pixel of a mask that is eight times the size of the config's."""
    root = index_masks(tmp_path / 'birds', lambda i: (1 + i % 2,))
    mask = np.zeros((321 * 8, 321 * 8), np.uint8)
    mask[3, 3] = 1
    save_gray(root / 'masks/000.png', mask)
    Image.fromarray(mask).convert('RGB').save(root / 'images/000.jpg')
    status, out, _ = check(root)
    assert status == 0
    assert (
        'remark: 1 of 8 masks of a class lose it where they are resized to 321 x 321 '
        '(height x width), the size in the config below; train with a larger scale in '
        "its pipelines: 'owl' in 000"
    ) in out


def test_a_class_that_vanishes_everywhere(check, tmp_path):
    """Training would refuse it, whatever is trained."""
    root = tmp_path / 'birds'
    for name in ('owl', 'wren', 'robin'):
        (root / f'masks/{name}').mkdir(parents=True)
    for i in range(6):
        name, size = ('owl', 'wren', 'robin')[i % 3], 321 * (4 if i % 3 else 1)
        mask = np.zeros((size, size), np.uint8)
        mask[1, 1] = 255
        if name != 'robin':
            mask[1:9, 1:9] = 255
        save_gray(root / f'masks/{name}/{i:03}.png', mask)
        save_photograph(root / f'images/{i:03}.png', i, (1,), 1, (size, size))
    status, _, lines = check(root, classes=())
    assert status == 1 and lines[-2] == '1 problem:', lines
    expected = "class 'robin': no support shows a pixel of it where masks are resized"
    assert lines[-1].startswith(expected)
    assert check(root, classes=('owl', 'wren'))[0] == 0
