"""IoU against size, share and similarity."""

import json

import numpy as np
import pytest
import torch

from fss_mm.analysis.episode_columns import episodes_of
from fss_mm.analysis.iou_against import describe_iou_against
from fss_mm.analysis.pair_similarity import (
    class_vector,
    episode_similarities,
    similarity,
)
from fss_mm.analysis.scored_samples import metric_of, scored_samples
from fss_mm.analysis.subject import open_subject
from fss_mm.apis import evaluate
from fss_mm.evaluation.report import plain
from fss_mm.structures import Episode
from fss_mm.utils.config_options import read_config
from tests.analysis.toys import write_prototype
from tests.evaluation.records import record


def records_of(number=12):
    """IoU rises with size in each class, and the supports are all alike."""
    return [
        record(0, n, 1 + n % 2, (n, 20, 380, 400 - n))
        | dict(query_pixels=(n + 1) ** 2, support_pixels=[8, 24], support_size='4 x 8')
        for n in range(number)
    ]


def test_hand_computed_values():
    own = dict(query_pixels=16, support_pixels=[8, 24], support_size='4 x 8')
    # 100 pixels count: union 20, background intersection 80; intersection 10
    records = [record(3, 5, 2, (10, 20, 80, 90)) | own]
    found = episodes_of(records, {(3, 5): 0.25})
    assert {name: v.tolist() for name, v in found.values.items()} == dict(
        size=[4], share=[16], support_share=[50], similarity=[0.25]
    )
    assert found.ious.tolist() == [50] and found.keys == [(3, 5)]


def test_what_a_report_does_not_say():
    records = records_of()
    bare = [r | dict(support_pixels=None) for r in records]
    assert list(episodes_of(bare).values) == ['size', 'share']
    nothing = record(0, 99, 1, (0, 0, 400, 400)) | dict(query_pixels=0)
    assert episodes_of([*bare, nothing]).left_out == 1
    with pytest.raises(ValueError, match='none of 1 episodes has an IoU'):
        episodes_of([nothing])
    with pytest.raises(ValueError, match='test again with this version'):
        episodes_of([r | dict(query_pixels=None) for r in records])


def test_the_page():
    result = describe_iou_against(episodes_of(records_of()), ('ant', 'bee'), {}, 3)
    found = result.values['correlations']
    assert found['size']['within'] == 1 == found['size']['all_episodes']
    assert np.isnan(found['support_share']['within']), 'all are alike'
    bins = result.values['bins']['size']
    assert [b['num_episodes'] for b in bins] == [4, 4, 4]
    assert [b['mean_iou'] for b in bins] == [7.5, 27.5, 47.5]
    assert len(result.values['episodes']) == 12
    assert result.values['episodes'][3]['class_name'] == 'bee'
    text = result.text()
    assert '+1.00 (+1.00 to +1.00)' in text and '| 1 to 4.667 ' in text
    assert result.picture[:4] == b'\x89PNG'
    json.dumps(plain(result.values), allow_nan=False)


def test_bins_without_an_episode():
    episodes = episodes_of(records_of())
    edges = dict(size=np.array([0, 2.2, 2.5, 50]))
    text = describe_iou_against(episodes, ('ant', 'bee'), {}, 2, edges).text()
    assert 'No episode lies in 2.2 to 2.5.' in text
    assert '| 2.2 to 2.5 |        0 |       0 |       0 |   ' in text
    with pytest.raises(ValueError, match='size: no episode lies between 50 and 60'):
        describe_iou_against(
            episodes, ('ant', 'bee'), {}, 2, dict(size=np.array([50.0, 60]))
        )


def test_hand_computed_similarity():
    """Masks pick cells; two supports are averaged before the cosine."""
    features = torch.tensor([[[[1.0, 0]], [[0, 3]]]])  # (1, 2, 1, 2)
    left, right = torch.tensor([[1, 0]]), torch.tensor([[0, 1]])
    vectors = {
        (0, 7): class_vector(features, left),
        (1, 7): class_vector(features, right),
        (2, 7): class_vector(features, torch.tensor([[1, 255]])),
    }
    assert torch.allclose(vectors[0, 7], torch.tensor([1.0, 0]), atol=1e-3)
    assert similarity(Episode(7, 0, (1,)), vectors) == pytest.approx(0)
    assert similarity(Episode(7, 0, (2,)), vectors) == pytest.approx(1)
    both = similarity(Episode(7, 0, (1, 2)), vectors)
    assert both == pytest.approx(1 / np.sqrt(10), abs=1e-3)


@pytest.fixture
def subject(tmp_path):
    torch.manual_seed(0)
    return open_subject(read_config(write_prototype(tmp_path)))


def test_similarities_are_those_of_single_encodings(subject):
    found = episode_similarities(subject.model, subject.loader, subject.episodes)
    assert len(found) == 12
    for episode in subject.episodes[:3]:
        item = subject.dataset[episode]
        data = subject.model.data_preprocessor(
            dict(inputs={k: [v] for k, v in item['inputs'].items()}, data_samples=[])
        )
        with torch.no_grad():
            query, supports = subject.model.encode(data['inputs'])
        pooled = []
        for level, mask in (
            (query.levels[0][0], item['data_samples'].gt_sem_seg.data[0]),
            (supports.levels[0][0, 0], item['inputs']['support_mask'][0]),
        ):
            weights = torch.nn.functional.interpolate(
                (mask == 1)[None, None].float(),
                level.shape[-2:],
                mode='bilinear',
                align_corners=True,
            )[0, 0]
            pooled.append((level * weights).sum((1, 2)).numpy())
        a, b = pooled
        expected = a @ b / np.sqrt(a @ a * (b @ b))
        assert found[episode.seed, episode.number] == pytest.approx(expected, abs=1e-4)


def test_records_are_those_of_a_test(subject, tmp_path, monkeypatch):
    """Also where the rules differ from the metric's defaults."""
    subject.cfg.test_evaluator.update(score_size=(20, 24), void='background')
    assert metric_of(subject.cfg).void == 'background'
    found = [own.record for own in scored_samples(subject)]
    state = {k: v.clone() for k, v in subject.model.state_dict().items()}
    torch.save(dict(state_dict=state), tmp_path / 'weights.pth')
    cfg = subject.cfg.copy()
    cfg.work_dir = str(tmp_path / 'work')
    evaluate(cfg, tmp_path / 'weights.pth', tmp_path / 'report.json')
    report = json.loads((tmp_path / 'report.json').read_text())
    key = lambda r: (r['seed'], r['number'])  # noqa: E731
    assert plain(sorted(found, key=key)) == report['episodes']
    assert report['resolution'] == ['20 x 24']


def test_a_test_without_the_metric(subject):
    subject.cfg.test_evaluator = dict(type='IoUMetric')
    with pytest.raises(ValueError, match='0 FewShotIoUMetric, expected one'):
        next(scored_samples(subject))
