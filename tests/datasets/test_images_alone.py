"""Episodes without supports, of trainings that are not episodic."""

from itertools import islice

import torch

from fss_mm.engine.empty_supports import supports_by_class
from fss_mm.engine.hooks.run_description_hook import describe_loader
from fss_mm.episodes import EpisodicSampler
from fss_mm.evaluation.empty_masks import shown_pixels
from fss_mm.models import FewShotDataPreProcessor
from fss_mm.structures import Episode
from tests.conftest import LOAD

BASE = [LOAD[0], dict(type='LoadFewShotMask', base_labels=True)]


def test_the_sampler_leaves_out_supports_alone(make_dataset):
    dataset = make_dataset()
    plain, alone = (
        list(islice(EpisodicSampler(dataset, seed=3, with_supports=own), 20))
        for own in (True, False)
    )
    assert all(not e.supports for e in alone) and all(e.supports for e in plain)
    names = [(e.class_id, e.query, e.seed, e.number) for e in alone]
    assert names == [(e.class_id, e.query, e.seed, e.number) for e in plain]


def test_an_item_is_the_image_and_its_labels(make_dataset):
    dataset = make_dataset(query_pipeline=BASE)
    item = dataset[Episode(2, 6, ())]
    assert list(item['inputs']) == ['query'] and item['inputs']['query'].shape[0] == 3
    sample = item['data_samples']
    assert sample.base_sem_seg.data.unique().tolist() == [0, 1, 255]
    assert sample.support_names == () and sample.query_name == '2_0'
    with_supports = dataset[Episode(2, 6, (7,))]
    assert torch.equal(item['inputs']['query'], with_supports['inputs']['query'])


def test_supports_bring_labels_of_base_classes_where_all_have_them(make_dataset):
    episode = Episode(2, 6, (7, 11))
    both = make_dataset(query_pipeline=BASE)[episode]['inputs']
    assert both['support_base_mask'].shape == both['support_mask'].shape == (2, 30, 40)
    assert both['support_base_mask'][1].unique().tolist() == [0, 1, 2, 255]
    plain = make_dataset(query_pipeline=BASE, support_pipeline=LOAD)[episode]['inputs']
    assert 'support_base_mask' not in plain
    item = make_dataset(query_pipeline=BASE)[episode]
    batch = dict(
        inputs={k: [v] for k, v in item['inputs'].items()},
        data_samples=[item['data_samples']],
    )
    inputs = FewShotDataPreProcessor()(batch)['inputs']
    assert torch.equal(inputs['support_base_mask'][0], both['support_base_mask'])


def test_nothing_asks_for_supports(make_dataset):
    class Loader:
        dataset = make_dataset()
        sampler = EpisodicSampler(dataset, with_supports=False)

    assert supports_by_class(Loader) == {}
    known = dict(support_class_pixels=(), support_img_shapes=())
    assert shown_pixels(known, 7) == dict(query_pixels=7)


def test_the_log_says_images(make_dataset):
    class Loader:
        batch_size = 8
        dataset = make_dataset()
        sampler = EpisodicSampler(dataset, with_supports=False)

    assert 'train: 8 images a batch' in list(describe_loader('train', Loader, 1))
    Loader.sampler = EpisodicSampler(Loader.dataset)
    assert 'train: 8 episodes a batch' in list(describe_loader('train', Loader, 1))
