"""Images are encoded once, and what comes out is what the plain way gives."""

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate

from fss_mm.analysis.error_similarity import (
    PARTS,
    error_regions,
    measure_error_similarity,
)
from fss_mm.analysis.fg_bg_similarity import COMPARED, measure_fg_bg_similarity
from fss_mm.analysis.streams import encoded_images, head_outputs, predicted_samples
from fss_mm.analysis.subject import distinct_pairs, num_tasks, open_subject
from fss_mm.registry import MODELS
from fss_mm.structures import Episode
from fss_mm.utils.config_options import read_config, read_options
from tests.conftest import ROOT
from tests.tool_runs import CONFIG, TINY

from .test_regions import pooled


@pytest.fixture(scope='module')
def subject(tmp_path_factory):
    """A small SimPropNet with random weights, and seven episodes of shapes."""
    torch.manual_seed(0)
    cfg = read_config(ROOT / CONFIG)
    cfg.merge_from_dict(read_options(TINY))
    path = tmp_path_factory.mktemp('weights') / 'weights.pth'
    torch.save(MODELS.build(cfg.model).state_dict(), path)
    return open_subject(cfg, path)


def features_of(subject, image, class_id):
    """Levels (c, h, w) and mask of an image, loaded and encoded by itself."""
    item = subject.dataset[Episode(class_id, image, (image,))]
    model = subject.model
    data = model.data_preprocessor(pseudo_collate([item]))
    with torch.inference_mode():
        query, _ = model.encode(data['inputs'])
    mask = item['data_samples'].gt_sem_seg.data[0].numpy()
    return [level[0].numpy() for level in query.levels], mask


def plain_prediction(subject, episode):
    with torch.inference_mode():
        batch = pseudo_collate([subject.dataset[episode]])
        (sample,) = subject.model.test_step(batch)
    return sample.pred_sem_seg.data[0].numpy()


def test_each_image_is_encoded_once(subject, monkeypatch):
    """Whatever number of classes and pairs ask for it."""
    calls = []
    forward = type(subject.model.backbone).forward
    monkeypatch.setattr(
        type(subject.model.backbone),
        'forward',
        lambda self, x: calls.append(len(x)) or forward(self, x),
    )
    pairs = [(3, 1), (3, 1), (4, 2), (3, 2), (3, 1)]
    found = [
        (pair, features)
        for pair, _, features in encoded_images(subject.model, subject.loader, pairs)
    ]
    assert [pair for pair, _ in found] == [(3, 1), (3, 2), (4, 2)]
    assert calls == [1, 1]
    measure_fg_bg_similarity(subject.model, subject.loader)
    images = {i for e in subject.episodes for i in (e.query, *e.supports)}
    assert sum(calls) == 2 + len(images)


def test_similarities_are_those_of_numpy(subject):
    """Image by image, in double precision, with other code."""
    class_ids, found = measure_fg_bg_similarity(subject.model, subject.loader, [0])
    pairs = distinct_pairs(subject.loader)
    assert class_ids.tolist() == [p.class_id for p in pairs]
    labels = dict(foreground=1, background=0)
    for i, pair in enumerate(pairs):
        sides = []
        for image in (pair.query, pair.supports[0]):
            levels, mask = features_of(subject, image, pair.class_id)
            sides.append({n: pooled(levels[0], mask == v) for n, v in labels.items()})
        for name, (one, other) in COMPARED.items():
            a, b = sides[0][one], sides[1][other]
            expected = a @ b / np.sqrt((a @ a) * (b @ b))
            assert found[name][i] == pytest.approx(expected, abs=1e-6), name


def test_errors_are_those_of_numpy(subject):
    _, found = measure_error_similarity(subject, subject.model, [0])
    for i, pair in enumerate(distinct_pairs(subject.loader)[:5]):
        sides = []
        images = pair.query, pair.supports[0]
        for query, support in (images, images[::-1]):
            said = plain_prediction(subject, Episode(pair.class_id, query, (support,)))
            levels, mask = features_of(subject, query, pair.class_id)
            regions = error_regions(torch.from_numpy(said), torch.from_numpy(mask))
            sides.append(
                {
                    name: np.concatenate([pooled(x, r.numpy()) for x in levels])
                    for name, r in regions.items()
                    if r.any()
                }
            )
        a, b = sides
        for name in PARTS:
            if name not in a or name not in b:
                assert np.isnan(found['ratio'][name][i])
                continue
            expected = a[name] @ b[name] / (a['object'] @ b['object'])
            assert found['ratio'][name][i] == pytest.approx(expected, rel=1e-4), name


def test_outputs_are_those_of_forward(subject):
    outputs = list(head_outputs(subject.model, subject.loader, subject.episodes))
    key = lambda e: (e.seed, e.number)  # noqa: E731
    assert sorted(key(e) for e, *_ in outputs) == [key(e) for e in subject.episodes]
    for episode, output, query in outputs:
        batch = pseudo_collate([subject.dataset[episode]])
        data = subject.model.data_preprocessor(batch)
        with torch.inference_mode():
            expected = subject.model.decode_head(*subject.model.encode(data['inputs']))
        logits = expected.query_logits
        assert torch.allclose(output.query_logits, logits, atol=1e-4)
        mask = batch['data_samples'][0].gt_sem_seg.data[0]
        assert torch.equal(query.mask, mask)


def test_a_head_with_a_forward_alone_is_segmented_the_plain_way(subject, monkeypatch):
    """And cannot be looked into."""
    expected = {
        (s.seed, s.number): s.pred_sem_seg.data
        for s in predicted_samples(subject.model, subject.loader, subject.episodes)
    }
    head = type(subject.model.decode_head)
    monkeypatch.setattr(head, 'represents', property(lambda self: False))
    monkeypatch.setattr(
        subject.model, 'segment', lambda *args: pytest.fail('not the plain way')
    )
    samples = predicted_samples(subject.model, subject.loader, subject.episodes)
    for sample in samples:
        mask = expected.pop((sample.seed, sample.number))
        assert torch.equal(sample.pred_sem_seg.data, mask)
    assert not expected
    with pytest.raises(ValueError, match='has a forward alone'):
        next(head_outputs(subject.model, subject.loader, subject.episodes))


def test_a_head_that_is_fine_tuned_is_no_single_one(subject, monkeypatch):
    monkeypatch.setattr(subject.model, 'fine_tuning', object())
    with pytest.raises(ValueError, match='model.fine_tuning=None'):
        next(head_outputs(subject.model, subject.loader, subject.episodes))


def test_how_many_different_episodes_there_are(make_dataset):
    """A query and K of the other images."""
    one, two = (make_dataset(num_shots=k, test_mode=True) for k in (1, 2))
    counts = [len(images) for images in one.candidates.images.values()]
    assert counts == [7], 'six of their own, and one where it is in a corner'
    assert num_tasks(one) == 7 * 6 and num_tasks(two) == 7 * 15
