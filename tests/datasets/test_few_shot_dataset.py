import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from fss_mm.datasets import FewShotPascalDataset
from fss_mm.episodes import EpisodicSampler
from fss_mm.structures import Episode
from tests.conftest import LOAD, write_mask


def episode_of(dataset, class_name, query, *supports):
    place = {name: i for i, name in enumerate(dataset.index.names)}
    class_id = dataset.classes.index(class_name) + 1
    return Episode(class_id, place[query], tuple(place[s] for s in supports))


def test_item(make_dataset):
    dataset = make_dataset(num_shots=2)
    item = dataset[episode_of(dataset, 'bee', '2_0', '2_3', '2_5')]
    sample = item['data_samples']
    assert item['inputs']['query'].shape == (3, 30, 40)
    assert item['inputs']['support'].shape == (2, 3, 30, 40)
    assert item['inputs']['support_mask'].shape == (2, 30, 40)
    assert {x.dtype for x in item['inputs'].values()} == {torch.uint8}
    truth = torch.zeros(30, 40, dtype=torch.uint8)
    truth[5:15, 5:15] = 1
    truth[29] = 255
    assert torch.equal(sample.gt_sem_seg.data[0], truth)
    counts = [(m == 1).sum().item() for m in item['inputs']['support_mask']]
    assert counts == [130, 150], 'another class (2_5 shows a cat too) is background'
    assert (sample.class_id, sample.class_name, sample.fold) == (2, 'bee', 0)
    assert sample.support_names == ('2_3', '2_5') and sample.query_name == '2_0'
    assert sample.ori_shape == (30, 40)


def test_pixels_are_those_of_the_file(make_dataset, voc_tree):
    dataset = make_dataset()
    item = dataset[episode_of(dataset, 'cat', '3_1', '3_2')]
    with Image.open(voc_tree / 'JPEGImages/3_1.jpg') as image:
        rgb = np.array(image)
    assert np.array_equal(item['inputs']['query'].numpy()[::-1].transpose(1, 2, 0), rgb)


@pytest.mark.parametrize('fold', range(4))
def test_folds_of_pascal(voc_tree, fold):
    make = dict(data_root=str(voc_tree), split='val', fold=fold, query_pipeline=LOAD)
    novel = FewShotPascalDataset(**make, test_mode=True)
    base = FewShotPascalDataset(**make)
    assert novel.episode_classes == tuple(range(5 * fold + 1, 5 * fold + 6))
    assert len(base.episode_classes) == 15
    assert not set(base.episode_classes) & set(novel.episode_classes)


def test_novel_images_are_dropped_or_kept(make_dataset):
    # fold 0 holds out ants; 1_0 ... 1_5 and 4_5 show one
    dropped, kept = make_dataset(), make_dataset(novel_images='keep')
    dogs = [dropped.index.names[i] for i in dropped.candidates.images[4]]
    assert dogs == ['3_5', '4_0', '4_1', '4_2', '4_3', '4_4']
    assert [len(kept.candidates.images[c]) for c in (2, 3, 4)] == [7, 7, 7]


def test_min_pixels(make_dataset):
    dataset = make_dataset(min_pixels=130, test_mode=True)
    names = [dataset.index.names[i] for i in dataset.candidates.images[1]]
    assert names == ['1_3', '1_4', '1_5']


def test_classes_by_name_and_by_own_folds(make_dataset):
    assert make_dataset(fold=None, novel_classes=('bee', 4)).novel_classes == (2, 4)
    folds = (('dog', 'ant'), ('bee',))
    dataset = make_dataset(folds=folds, fold=0, base_classes=('ant', 'bee', 'cat'))
    assert (dataset.novel_classes, dataset.base_classes) == ((1, 4), (2, 3))


AUGMENT = [*LOAD, dict(type='RandomFlip', prob=0.5)]


def test_augmentation_is_a_function_of_the_episode(make_dataset):
    dataset = make_dataset(query_pipeline=AUGMENT)
    sampler = EpisodicSampler(dataset, seed=3)
    episodes = [e for e, _ in zip(sampler, range(12))]
    first = [dataset[e]['inputs']['query'] for e in episodes]
    state = np.random.get_state()[1].copy()
    second = [dataset[e]['inputs']['query'] for e in reversed(episodes)][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, second))
    assert np.array_equal(state, np.random.get_state()[1]), 'the global state is kept'
    plain = make_dataset()
    flipped = [
        not torch.equal(a, plain[e]['inputs']['query']) for a, e in zip(first, episodes)
    ]
    assert 0 < sum(flipped) < 12


def test_dataset_travels_to_workers(make_dataset):
    dataset = pickle.loads(pickle.dumps(make_dataset()))
    assert len(dataset) == len(make_dataset())


# ---- bad input: which file or value, what was expected, what to do -----------------


@pytest.mark.parametrize(
    'argument, message',
    [
        (dict(fold=4), 'fold=4, expected a whole number from 0 to 3'),
        (dict(fold=-1), 'fold=-1, expected'),
        (dict(fold=None), 'give one of the two'),
        (dict(fold=0, novel_classes=(1,)), 'give one of the two'),
        (dict(num_shots=0), 'num_shots=0, expected a whole number >= 1'),
        (dict(fold=None, novel_classes=('eel',)), "class 'eel' is not among the 4"),
        (dict(fold=None, novel_classes=(5,)), 'give a name or an id from 1 to 4'),
        (
            dict(novel_images='skip'),
            "novel_images='skip', expected one of .*'keep', 'ignore'",
        ),
    ],
)
def test_bad_arguments(make_dataset, argument, message):
    with pytest.raises(ValueError, match=message):
        make_dataset(**argument)


@pytest.mark.parametrize('what', ['img_dir', 'mask_dir', 'split'])
def test_missing_folder(make_dataset, what):
    with pytest.raises(FileNotFoundError, match="nowhere' does not exist"):
        make_dataset(**{what: 'nowhere'})


def test_missing_files_are_listed_together(make_dataset, voc_tree):
    for name in ('1_2', '3_3'):
        (voc_tree / f'JPEGImages/{name}.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='2 images .*1_2.jpg, 3_3.jpg'):
        make_dataset()
    (voc_tree / 'SegmentationClassAug/2_2.png').unlink()
    for name in ('1_2', '3_3'):
        Image.new('RGB', (40, 30)).save(voc_tree / f'JPEGImages/{name}.jpg')
    with pytest.raises(FileNotFoundError, match='1 images have no mask: 2_2'):
        make_dataset()


def test_unusable_masks_are_listed_together(make_dataset, voc_tree):
    masks = voc_tree / 'SegmentationClassAug'
    Image.new('RGB', (40, 30)).save(masks / '1_0.png')
    write_mask(masks / '1_1.png', np.full((30, 40), 9))
    (masks / '1_2.png').write_bytes((masks / '1_2.png').read_bytes()[:60])
    with pytest.raises(ValueError, match='3 files cannot be used') as error:
        make_dataset()
    for text in ('1_0.png: a mask of mode', r'1_1 \(value 9\): not a class',
                 '1_2.png: .* half downloaded', 'mend these files'):  # fmt: skip
        assert error.match(text)


def test_mask_of_another_size(make_dataset, voc_tree):
    write_mask(voc_tree / 'SegmentationClassAug/2_0.png', np.full((40, 30), 2))
    dataset = make_dataset()
    with pytest.raises(ValueError, match='2_0.png: mask is 40 x 30 .* is 30 x 40'):
        dataset[episode_of(dataset, 'bee', '2_0', '2_1')]


def test_truncated_image(make_dataset, voc_tree):
    path = voc_tree / 'JPEGImages/2_1.jpg'
    path.write_bytes(path.read_bytes()[:700])
    dataset = make_dataset()
    with pytest.raises(
        OSError, match='2_1.jpg: .*truncated.*: damaged or half downloaded; fetch'
    ):
        dataset[episode_of(dataset, 'bee', '2_0', '2_1')]


def test_split_that_names_an_image_twice(make_dataset, voc_tree):
    (voc_tree / 'ImageSets/Segmentation/twice.txt').write_text('1_0\n1_0\n')
    with pytest.raises(ValueError, match='has names twice: 1_0; leave one out'):
        make_dataset(split='ImageSets/Segmentation/twice.txt')


def test_without_a_list_every_image_needs_a_mask(make_dataset, voc_tree):
    assert len(make_dataset(split=None).index.names) == 24
    Image.new('RGB', (40, 30)).save(voc_tree / 'JPEGImages/extra.jpg')
    with pytest.raises(FileNotFoundError, match='1 images have no mask: extra'):
        make_dataset(split=None)


def test_names_with_spaces_and_beyond_ascii(make_dataset, voc_tree):
    names = ['2_0', '2_1']
    for old, new in zip(names, ['zwei null', 'größe']):
        for folder, suffix in (('JPEGImages', 'jpg'), ('SegmentationClassAug', 'png')):
            path = voc_tree / folder / f'{old}.{suffix}'
            path.rename(path.with_name(f'{new}.{suffix}'))
    path = voc_tree / 'ImageSets/Segmentation/odd.txt'
    path.write_text('\ufeffzwei null\r\ngröße\r\n\r\n', encoding='utf-8')
    dataset = make_dataset(split='ImageSets/Segmentation/odd.txt')
    item = dataset[episode_of(dataset, 'bee', 'zwei null', 'größe')]
    assert item['data_samples'].support_names == ('größe',)


def test_a_suffix_in_capitals(make_dataset, voc_tree):
    for path in (voc_tree / 'JPEGImages/2_1.jpg',
                 voc_tree / 'SegmentationClassAug/2_1.png'):  # fmt: skip
        path.rename(path.with_suffix(path.suffix.upper()))
    dataset = make_dataset()
    item = dataset[episode_of(dataset, 'bee', '2_0', '2_1')]
    assert (item['inputs']['support_mask'] == 1).sum() == 110


def test_supports_of_different_sizes(make_dataset, voc_tree):
    Image.new('RGB', (20, 20)).save(voc_tree / 'JPEGImages/2_1.jpg')
    write_mask(voc_tree / 'SegmentationClassAug/2_1.png', np.full((20, 20), 2))
    dataset = make_dataset(num_shots=2)
    with pytest.raises(ValueError, match='support_pipeline a Resize'):
        dataset[episode_of(dataset, 'bee', '2_0', '2_1', '2_2')]
