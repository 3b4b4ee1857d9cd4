"""Pictures of picked episodes."""

import cv2
import numpy as np
import pytest
import torch

from fss_mm.analysis.picked_episodes import pick_episodes
from fss_mm.analysis.qualitative import (
    Predictions,
    describe_qualitative,
    predict_all,
    require_same_episodes,
)
from fss_mm.analysis.subject import open_subject
from fss_mm.evaluation.functional import episode_counts
from fss_mm.utils.config_options import read_config
from fss_mm.visualization.episode_strip import PANEL_HEIGHT
from tests.analysis.toys import write_prototype


@pytest.fixture(scope='module')
def subject(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp('toy')
    return open_subject(read_config(write_prototype(folder)))


def test_ious_and_masks_fit(subject):
    found = predict_all(subject)
    for place, episode in enumerate(subject.episodes):
        truth = subject.dataset[episode]['data_samples'].gt_sem_seg.data[0]
        mask = torch.from_numpy(found.masks[place].unpacked())
        both, either, *_ = episode_counts(mask, truth)
        assert found.ious[place] == pytest.approx(100 * both / either)
    assert len(found.ious) == 12 and found.ious.std() > 0


def test_the_pictures(subject):
    first = predict_all(subject)
    # another model, whose prediction is everything, at another size
    half = [type(m).of(np.ones((16, 16), np.uint8)) for m in first.masks]
    found = dict(prototype=first, all=Predictions(first.ious * 0 + 12.3, half))
    picks = pick_episodes(first.ious, [''] * 12, 2)
    facts = {name: subject.facts for name in found}
    result, page = describe_qualitative(subject, found, picks, facts, 'first')
    picture = cv2.imdecode(np.frombuffer(result.picture, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[0] > 6 * PANEL_HEIGHT and picture.shape[1] > 5 * PANEL_HEIGHT
    index = result.values['picks']
    assert [own['place'] for own in index[::2]] == ['best', 'median', 'worst']
    assert index[0]['iou']['prototype'] == first.ious.max()
    assert index[4]['iou']['prototype'] == first.ious.min()
    assert index[0]['iou']['all'] == pytest.approx(12.3)
    assert page.count('<section') == 6 and 'all 12.3' in page
    assert f'prototype {first.ious.max():.1f}' in page
    best = result.text().split('| best 1')[1].splitlines()[0]
    assert index[0]['query'] in best and f'{first.ious.max():.1f}' in best


def test_models_that_were_asked_other_questions(subject):
    same = dict(a=subject.facts, b=dict(subject.facts))
    require_same_episodes(same)
    same['b']['episodes_sha256'] = 'f00'
    with pytest.raises(ValueError, match='b has other episodes than a: episodes_sha'):
        require_same_episodes(same)
