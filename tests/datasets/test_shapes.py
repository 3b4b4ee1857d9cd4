import hashlib

import numpy as np
import pytest

from fss_mm.datasets import FewShotShapesDataset
from fss_mm.datasets.shapes_scene import COMBINATIONS, SHAPE_CLASSES, draw_scene
from fss_mm.episodes import FixedEpisodeSampler


def test_same_pixels_on_every_machine():
    digest = hashlib.sha256()
    for number in range(20):
        image, mask = draw_scene(1, number)
        digest.update(image.tobytes() + mask.tobytes())
    assert (
        digest.hexdigest()
        == '4855bfa99483d3c5979da1e5d3ac3ba55016a33e41fc3e9e9f54b036ac8cf9bb'
    )


def test_twenty_classes_share_outlines_and_textures_across_folds():
    _outlines_and_textures_are_shared(20)


def test_a_hundred_classes_are_all_there_are():
    assert len(set(COMBINATIONS)) == len(set(SHAPE_CLASSES)) == 100
    _outlines_and_textures_are_shared(100)
    kwargs = dict(fold=3, num_images=200)
    novel = FewShotShapesDataset(num_classes=100, test_mode=True, **kwargs)
    assert novel.novel_classes == tuple(range(76, 101))
    assert FewShotShapesDataset(num_classes=20, **kwargs).novel_classes[0] == 16
    assert novel.index.class_ids.max() > 90, 'and they are drawn'


@pytest.mark.parametrize('number', [0, 101])
def test_numbers_of_classes_that_there_are_not(number):
    with pytest.raises(ValueError, match=f'num_classes={number}, expected 4 to 100'):
        FewShotShapesDataset(fold=0, num_classes=number)


def _outlines_and_textures_are_shared(number):
    """A held-out class is a new combination of what the other folds have taught."""
    share = number // 4
    for part in (0, 1):
        values = [c[part] for c in COMBINATIONS[:number]]
        assert {values.count(v) for v in values} == {number // 10}
        for fold in range(4):
            held_out = values[share * fold : share * (fold + 1)]
            trained = values[: share * fold] + values[share * (fold + 1) :]
            assert set(held_out) <= set(trained)


def test_scenes_have_one_to_three_whole_objects():
    counts = []
    for number in range(60):
        _, mask = draw_scene(2, number)
        counts.append(len(np.unique(mask)) - 1)
        edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert not edge.any(), 'objects lie inside the picture'
    assert {1, 2, 3} == set(counts)


def test_mask_alone_is_the_same_mask():
    assert np.array_equal(draw_scene(1, 7)[1], draw_scene(1, 7, image=False)[1])


def test_color_tells_nothing_of_the_class():
    """Each class's mean colour is that of all objects, within chance."""
    colors = {c: [] for c in range(1, 21)}
    for number in range(300):
        image, mask = draw_scene(1, number)
        for c in np.unique(mask[mask > 0]):
            colors[c].append(image[mask == c].mean(0))
    mean = np.concatenate(list(colors.values())).mean(0)
    for values in colors.values():
        error = np.std(values, axis=0) / np.sqrt(len(values))
        assert (np.abs(np.mean(values, axis=0) - mean) < 4 * error).all()


def test_dataset_item():
    dataset = FewShotShapesDataset(fold=1, num_images=120, test_mode=True, num_shots=2)
    episode = next(iter(FixedEpisodeSampler(dataset, 1)))
    item = dataset[episode]
    sample = item['data_samples']
    assert sample.class_name == SHAPE_CLASSES[5]
    assert item['inputs']['support'].shape == (2, 3, 96, 96)
    _, mask = draw_scene(1, episode.query)
    assert np.array_equal(sample.gt_sem_seg.data[0], mask == episode.class_id)


def test_splits_differ_and_are_checked():
    kwargs = dict(fold=0, num_images=1)
    a, b = (FewShotShapesDataset(split=s, **kwargs).image_info(0, 1) for s in
            ('train', 'test'))  # fmt: skip
    assert not np.array_equal(a['img'], b['img'])
    with pytest.raises(ValueError, match="split='all', expected one of"):
        FewShotShapesDataset(split='all', **kwargs)
