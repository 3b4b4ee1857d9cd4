"""FSS-1000's layout, with more classes than a byte counts."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from fss_mm.datasets import FSS1000Dataset
from fss_mm.episodes import EpisodicSampler
from fss_mm.registry import DATASETS
from fss_mm.structures import Episode
from tests.conftest import LOAD, ROOT

NAMES = [f'class {i:03}' for i in range(1, 301)]  # the ids 1 ... 300
LISTS = dict(train=NAMES[:250], val=NAMES[250:270], test=NAMES[270:])


def write_tree(root: Path, names: list[str]) -> Path:
    """Two images of 4 x 4 pixels of each class; its object is 2 and 4 pixels."""
    for name in names:
        for folder in ('images', 'masks'):
            (root / folder / name).mkdir(parents=True)
        for number in (1, 2):
            mask = np.zeros((4, 4), np.uint8)
            mask[:number, 1:3] = 255
            image = Image.new('RGB', (4, 4), (number, 2, 3))
            image.save(root / f'images/{name}/{number}.jpg')
            Image.fromarray(mask).save(root / f'masks/{name}/{number}.png')
    (root / 'splits').mkdir()
    for part, chosen in LISTS.items():
        listed = [name for name in chosen if name in names]
        (root / f'splits/{part}.txt').write_text('\n'.join(listed))
    return root


@pytest.fixture(scope='module')
def many(tmp_path_factory) -> Path:
    """300 classes in the three lists."""
    return write_tree(tmp_path_factory.mktemp('fss'), NAMES)


@pytest.fixture
def few(tmp_path) -> Path:
    """Two classes to train, one to validate and one to test."""
    return write_tree(tmp_path / 'fss', [*NAMES[:2], NAMES[260], NAMES[280]])


def make(root, **kwargs) -> FSS1000Dataset:
    return FSS1000Dataset(str(root), query_pipeline=LOAD, **kwargs)


@pytest.mark.parametrize(
    'split, test_mode, ids',
    [
        ('train', False, range(1, 251)),
        ('train', True, range(251, 301)),
        ('val', True, range(251, 271)),
        ('test', True, range(271, 301)),
        ('test', False, range(1, 251)),
    ],
)
def test_classes_of_the_lists(many, split, test_mode, ids):
    dataset = make(many, split=split, test_mode=test_mode)
    assert dataset.episode_classes == tuple(ids)
    assert len(dataset) == len(dataset.index.names) == 2 * len(ids)


@pytest.mark.parametrize('class_id', [254, 255, 256, 300])
def test_class_ids_that_are_no_byte(many, class_id):
    dataset = make(many, split='train', test_mode=True)
    first, second = dataset.candidates.images[class_id].tolist()
    name = f'class {class_id:03}'
    assert dataset.index.names[first] == f'{name}/1'
    item = dataset[Episode(class_id, first, (second,))]
    sample = item['data_samples']
    assert (sample.class_id, sample.class_name) == (class_id, name)
    expected = [[0, 1, 1, 0], [0] * 4, [0] * 4, [0] * 4]
    assert sample.gt_sem_seg.data[0].tolist() == expected
    assert (item['inputs']['support_mask'] == 1).sum() == 4
    assert dataset.index.pixels[[first, second]].tolist() == [2, 4]


def test_void_pixels_count_nowhere(few):
    mask = np.array([[255, 1, 1, 255], *[[0] * 4] * 3], np.uint8)
    Image.fromarray(mask).save(few / f'masks/{NAMES[0]}/1.png')
    dataset = make(few, split='train')
    assert dataset.index.pixels[0] == 2
    sample = dataset[Episode(1, 0, (1,))]['data_samples']
    assert sample.gt_sem_seg.data[0, 0].tolist() == [255, 1, 1, 255]


def test_the_base_config_loads_episodes(many):
    config = Config.fromfile(ROOT / 'configs/_base_/datasets/fss-1000.py')
    for part, count in (('train', 250), ('val', 20), ('test', 30)):
        built = config[f'{part}_dataloader']['dataset'] | dict(data_root=str(many))
        dataset = DATASETS.build(built)
        assert len(dataset.episode_classes) == count
        for episode, _ in zip(EpisodicSampler(dataset, seed=0), range(2)):
            item = dataset[episode]
            assert item['inputs']['query'].shape == (3, 321, 321)
            size = (321, 321) if part == 'train' else (4, 4)
            truth = item['data_samples'].gt_sem_seg
            assert truth.shape == size and (truth.data == 1).any()


def test_problems_are_listed_together(few):
    (few / f'images/{NAMES[0]}/2.jpg').unlink()
    (few / f'masks/{NAMES[1]}/1.png').write_bytes(b'')
    dim = Image.fromarray(np.full((4, 4), 9, np.uint8))
    dim.save(few / f'masks/{NAMES[260]}/1.png')
    Image.new('L', (4, 4), 255).save(few / 'masks/stray.png')
    with pytest.raises(ValueError, match='4 files cannot be used') as error:
        make(few)
    for line in (
        '2 files: no such image; convert the data again: class 001/2.jpg, stray.jpg',
        'masks/class 002/1.png: an empty file',
        'masks/class 261/1.png: values up to 9',
    ):
        assert error.match(f'(?s).*  {line}')


def test_bad_arguments(few):
    with pytest.raises(ValueError, match="split='all', expected one of"):
        make(few, split='all')
    with pytest.raises(ValueError, match='FSS-1000 has no folds'):
        make(few, fold=0)
    (few / 'splits/val.txt').write_text('no such class\n')
    with pytest.raises(ValueError, match="'no such class' is not among the 4 classes"):
        make(few)


def test_supports_are_in_order_of_their_numbers(few):
    """And queries in order of their names, as HSNet's code has them."""
    for folder, suffix in (('images', 'jpg'), ('masks', 'png')):
        own = few / folder / NAMES[280]
        (own / f'10.{suffix}').write_bytes((own / f'2.{suffix}').read_bytes())
    dataset = make(few, split='test', test_mode=True)
    stems = [name.rpartition('/')[2] for name in dataset.index.names]
    (images,) = dataset.candidates.images.values()
    assert [stems[i] for i in images] == ['1', '2', '10']
    queries = [stems[i] for _, i in dataset.candidates.pairs_by_image]
    assert queries == ['1', '10', '2']
