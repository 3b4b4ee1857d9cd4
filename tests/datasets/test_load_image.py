"""One image in one role: the same alone and in any episode, with a name for it."""

import os
import pickle

import pytest
import torch
from PIL import Image

from fss_mm.datasets import FewShotShapesDataset
from fss_mm.datasets.image_loader import ImageLoader
from fss_mm.index.mask_reading import MaskReading
from fss_mm.structures import QUERY, SUPPORT, Episode, ImageRole
from tests.conftest import LOAD

FLIP = dict(type='RandomFlip', prob=0.5)
RESIZE = dict(type='Resize', scale=(20, 15))
PHOTOMETRIC = dict(type='PhotoMetricDistortion')


def episode_and_roles(dataset):
    episode = Episode(class_id=2, query=6, supports=(7, 9))
    return episode, dataset.image_roles(episode)


def test_roles_of_an_episode(make_dataset):
    _, roles = episode_and_roles(make_dataset(num_shots=2))
    assert roles == (
        ImageRole(6, 2, QUERY),
        ImageRole(7, 2, SUPPORT),
        ImageRole(9, 2, SUPPORT),
    )


@pytest.mark.parametrize('test_mode', [False, True])
def test_an_image_is_the_same_alone_and_in_an_episode(make_dataset, test_mode):
    dataset = make_dataset(
        num_shots=2,
        test_mode=test_mode,
        query_pipeline=[*LOAD, RESIZE],
        support_pipeline=LOAD,
    )
    episode, roles = episode_and_roles(dataset)
    item = dataset[episode]
    inputs, sample = item['inputs'], item['data_samples']
    query, *supports = [dataset.load_image(role) for role in roles]
    assert torch.equal(query.image, inputs['query']) and query.image.shape[1:] == (
        15, 20,
    )  # fmt: skip
    assert torch.equal(query.mask, sample.gt_sem_seg.data[0])
    assert query.meta['key'] == sample.query_key
    for i, support in enumerate(supports):
        assert torch.equal(support.image, inputs['support'][i])
        assert torch.equal(support.mask, inputs['support_mask'][i])
        assert support.meta['key'] == sample.support_keys[i]
        assert support.meta['name'] == sample.support_names[i]
        assert support.meta['ori_shape'] == (30, 40)
        assert sample.support_class_pixels[i] == (support.mask == 1).sum() > 0
    assert sample.class_pixels == (query.mask == 1).sum() > 0


def test_a_name_stands_for_the_pixels(make_dataset, voc_tree):
    """Image, class and pipeline are in it, and the content of the file."""
    dataset = make_dataset(query_pipeline=LOAD, support_pipeline=[*LOAD, RESIZE])

    def key(image=6, class_id=2, role=QUERY, data=dataset):
        return data.load_image(ImageRole(image, class_id, role)).meta['key']

    own = key()
    others = [key(image=7), key(class_id=3), key(role=SUPPORT)]
    assert len({own, *others}) == 4
    assert key() == own and key(data=pickle.loads(pickle.dumps(dataset))) == own
    alike = make_dataset(query_pipeline=LOAD, fold=1, test_mode=True)
    assert key(data=alike) == own, 'in another data set, with the same pipeline'
    assert key(role=SUPPORT, data=alike) == own, 'and role'
    path = voc_tree / 'JPEGImages/2_0.jpg'
    Image.new('RGB', (40, 30)).save(path)
    os.utime(path, ns=(1, 1))
    assert key() != own, 'another file'


@pytest.mark.parametrize('random', [FLIP, PHOTOMETRIC])
def test_there_is_no_name_where_the_pipeline_drew(make_dataset, random):
    plain, drawing = LOAD, [*LOAD, random]
    for query, support in ((plain, drawing), (drawing, plain)):
        dataset = make_dataset(query_pipeline=query, support_pipeline=support)
        sample = dataset[Episode(2, 6, (7,))]['data_samples']
        assert (sample.query_key is None) == (query is drawing)
        assert (sample.support_keys == (None,)) == (support is drawing)


@pytest.mark.parametrize('size, drawn', [((12, 16), True), ((30, 40), False)])
def test_what_could_have_drawn_but_did_not_leaves_the_name(make_dataset, size, drawn):
    """A crop as large as the image has but one place."""
    crop = dict(type='RandomCrop', crop_size=size)
    dataset = make_dataset(query_pipeline=[*LOAD, crop])
    loaded = dataset.load_image(ImageRole(6, 2, QUERY))
    assert loaded.image.shape == (3, *size)
    assert (loaded.meta['key'] is None) == drawn


def test_what_is_drawn_is_a_function_of_the_words(make_dataset):
    dataset = make_dataset(query_pipeline=[*LOAD, FLIP])
    role = ImageRole(6, 2, QUERY)
    images = [dataset.load_image(role, (word,)).image for word in range(12)]
    again = [dataset.load_image(role, (word,)).image for word in reversed(range(12))]
    assert all(torch.equal(a, b) for a, b in zip(images, again[::-1]))
    flipped = [torch.equal(image, images[0].flip(-1)) for image in images]
    assert 0 < sum(flipped) < 12


def test_drawn_scenes_have_names_too():
    """There is no file behind them."""
    pipeline = [dict(type='LoadFewShotMask')]
    make = dict(num_images=60, fold=0, query_pipeline=pipeline)
    dataset, other = (FewShotShapesDataset(side=side, **make) for side in (32, 48))
    class_id, images = next(iter(dataset.candidates.images.items()))
    role = ImageRole(int(images[0]), class_id, QUERY)
    key = dataset.load_image(role).meta['key']
    assert key is not None and key == dataset.load_image(role).meta['key']
    assert key != other.load_image(role).meta['key']


@pytest.mark.parametrize('place', ['more_seg_map_paths', 'ignored_mask_paths'])
def test_any_file_that_does_not_decode_is_named(tmp_path, place):
    """Also one of an instance, or of an ignored class."""
    Image.new('RGB', (3, 2)).save(tmp_path / 'a.png')
    Image.new('L', (3, 2)).save(tmp_path / 'a_1.png')
    (tmp_path / 'a_2.png').write_bytes((tmp_path / 'a_1.png').read_bytes()[:40])
    loader = ImageLoader(
        [dict(type='LoadImageFromFile'), dict(type='LoadFewShotMask')], None
    )
    paths = {name: str(tmp_path / f'{name}.png') for name in ('a', 'a_1', 'a_2')}
    info = dict(name='a', img_path=paths['a'], seg_map_path=paths['a_1'], class_id=1)
    info |= {place: [paths['a_2']], 'mask_reading': MaskReading(), 'num_classes': 1}
    with pytest.raises(OSError, match='a_2.png: '):
        loader(info, QUERY, (0,))
