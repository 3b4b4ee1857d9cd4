"""Files of a result, and tests whose support is the query."""

import copy
import json

import cv2
import numpy as np
import pytest
import torch

from fss_mm.analysis.error_similarity import describe_error_similarity
from fss_mm.analysis.fg_bg_similarity import describe_fg_bg_similarity
from fss_mm.analysis.figures import new_figure, png_of
from fss_mm.analysis.identical_inputs import (
    compare_models,
    describe_identical_inputs,
    query_differences,
)
from fss_mm.analysis.refinement_passes import (
    Passes,
    changed_shares,
    describe_refinement_passes,
    require_passes,
)
from fss_mm.analysis.result import AnalysisResult, require_free, write_result
from tests.evaluation.records import report_of
from tests.models.builders import build_segmentor


def result(**values):
    figure = new_figure(2, 1)
    figure.subplots().plot([0, 1])
    facts = {'Measured on': dict(fold=0)}
    return AnalysisResult('mine', 'Title', ['Words.'], values, facts, png_of(figure))


def test_three_files_and_none_is_lost(tmp_path):
    folder = tmp_path / 'new'
    require_free(folder, 'mine')
    page, numbers, picture = write_result(folder, result(score=np.float64('nan')))
    text = page.read_text()
    assert text.startswith('# Title\n\nWords.') and '(mine.png)' in text
    assert json.loads(numbers.read_text()) == dict(
        analysis='mine', measured_on={'Measured on': dict(fold=0)}, score=None
    )
    assert cv2.imread(str(picture)).shape == (120, 240, 3)
    require_free(folder, 'other')
    require_free(folder, 'mine', overwrite=True)
    with pytest.raises(FileExistsError, match='give another --out, or --overwrite'):
        require_free(folder, 'mine')
    with pytest.raises(NotADirectoryError, match='is a file'):
        require_free(page, 'mine')


def both_reports(seed=0):
    """Both reports of a model: the same queries, other counts."""
    usual, identical = report_of(seed), report_of(seed + 10)
    identical['episodes'] = [
        dict(other, query=own['query'])
        for own, other in zip(usual['episodes'], identical['episodes'])
    ]
    return dict(usual=usual, identical=identical)


def test_tests_are_paired_by_their_queries():
    reports = both_reports()
    found = query_differences(reports)['mIoU']
    a, b = (reports[name]['mean']['mIoU'] for name in ('usual', 'identical'))
    assert (found['a'], found['b']) == (pytest.approx(a), pytest.approx(b))
    assert found['difference'] == pytest.approx(b - a)
    assert found['lower'] <= found['difference'] <= found['upper']
    reports['identical']['episodes'][0]['query'] = 'another'
    with pytest.raises(ValueError, match='other queries'):
        query_differences(reports)


def test_models_side_by_side():
    """The same model twice differs by nothing; another data set is said."""
    reports = both_reports()
    same = compare_models(reports, copy.deepcopy(reports))
    assert same['usual']['difference'] == same['identical']['upper'] == 0
    other = copy.deepcopy(reports)
    other['usual']['data']['index_sha256'] = 'another'
    assert 'obstacles' in compare_models(reports, other)
    page = describe_identical_inputs(dict(a=reports, b=other), dict(a={}, b={})).text()
    assert 'b and a cannot be compared' in page
    page = describe_identical_inputs(
        dict(a=reports, b=reports), dict(a={}, b={})
    ).text()
    row = next(line for line in page.splitlines() if line.startswith('| identical'))
    assert '+0.00 to +0.00' in row


def test_pages_of_similarities():
    """A class without a pair that can be measured has no number, and no error."""
    ids, nan = np.array([1, 1, 2]), np.nan
    cosine = {
        name: np.array([0.5, 0.7, nan])
        for name in ('fg - fg', 'bg - bg', 'fg - bg', 'bg - fg')
    }
    own = describe_fg_bg_similarity(ids, cosine, ('ant', 'bee'), {})
    assert own.values['cosines']['bg - bg']['ant']['mean'] == pytest.approx(0.6)
    line = next(x for x in own.text().splitlines() if x.startswith('| bee'))
    assert line.split('|')[2:-1] and set(line) <= set('| bee0-')
    parts = ('errors', 'missed', 'added', 'found', 'background')
    found = dict(
        ratio={name: np.array([0.5, 1.0, nan]) for name in parts},
        cosine={name: np.array([0.5, 1.0, nan]) for name in (*parts, 'objects')},
    )
    own = describe_error_similarity(ids, found, ('ant', 'bee'), {})
    assert own.values['ratio']['errors']['all'] == dict(
        n=2, mean=0.75, std=pytest.approx(0.125**0.5), median=0.75
    )
    assert '| errors     |     2 | 0.750 ± 0.354 | 0.750 ± 0.354 |' in own.text()
    nothing = {k: {n: v * nan for n, v in own.items()} for k, own in found.items()}
    assert describe_error_similarity(ids, nothing, ('ant', 'bee'), {}).picture


def test_changes_between_passes_by_hand():
    masks = [torch.tensor([[0, 0, 1, 1]]), torch.tensor([[1, 0, 1, 0]])]
    truth = torch.tensor([[0, 0, 1, 255]])
    assert changed_shares(masks, truth) == [pytest.approx(1 / 3)]
    found = Passes(
        class_ids=[1, 1, 2],
        counts=[[(1, 4, 0, 0), (2, 4, 0, 0)], [(1, 4, 0, 0), (4, 4, 0, 0)],
                [(3, 4, 0, 0), (1, 4, 0, 0)]],
        changed=[[0.1], [0.2], [0.3]],
        strips={0: np.zeros((10, 10, 3), np.uint8)},
    )  # fmt: skip
    own = describe_refinement_passes(found, ('ant', 'bee'), {})
    first, second = own.values['passes']
    assert first['mIoU'] == 50 and second['by_class'] == dict(ant=75.0, bee=25.0)
    assert second['changed'] == pytest.approx(0.2)
    assert '| 2      | 50.00 | 75.00 | 25.00 |  20.00% |' in own.text()


@pytest.mark.parametrize('refined', [True, False])
def test_a_head_without_a_cache_has_no_passes(refined):
    head = dict(type='CRNetHead', in_channels=(64, 128), channels=4)
    model = build_segmentor(decode_head=head | dict(refine=dict(use_cache=refined)))
    if refined:
        return require_passes(model)
    with pytest.raises(ValueError, match='CRNetHead makes one pass only'):
        require_passes(model)
