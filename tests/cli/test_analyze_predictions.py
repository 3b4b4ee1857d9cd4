"""fss-mm analyze error-overlap, qualitative and iou-against, as a user types them."""

import json
from collections import OrderedDict

import pytest
import torch
from mmengine.logging import MMLogger

from fss_mm.analysis.scored_samples import scored_samples
from fss_mm.analysis.subject import open_subject
from fss_mm.evaluation.report import build_report, write_report
from fss_mm.inference.opening import build_segmentor
from fss_mm.utils.config_options import read_config
from tests.analysis.toys import write_prototype, write_supervised
from tests.evaluation.records import report_of

NUM = '--num-episodes', 12


@pytest.fixture
def analyze(call, tmp_path, monkeypatch):
    """Run an analysis in an empty folder: its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        # a logger writes where the output of the command before went, which is closed
        monkeypatch.setattr(MMLogger, '_instance_dict', OrderedDict())
        return call('analyze', *words)

    return run


@pytest.fixture
def prototype(tmp_path):
    """A config and weights."""
    config, weights = write_prototype(tmp_path), tmp_path / 'weights.pth'
    torch.manual_seed(0)
    model = build_segmentor(read_config(config))
    torch.save(dict(state_dict=model.state_dict()), weights)
    return config, weights


def read(path):
    return json.loads(path.read_text())


def one_line(code, errors):
    return code == 2 and errors.startswith('error: ') and errors.count('\n') == 1


def test_error_overlap(analyze, prototype, tmp_path):
    model = write_supervised(tmp_path)
    code, text, _ = analyze(
        'error-overlap', *prototype, '--supervised', *model,
        '--also', *prototype, *NUM,
    )  # fmt: skip
    assert code == 0 and 'FN overlap' in text and '## supervised' in text
    found = read(tmp_path / 'analyses/error_overlap.json')
    one, other = found['models'].values()
    assert one == other and list(found['models']) == ['prototype', 'prototype_2']
    facts = found['measured_on']['prototype']
    assert facts['episodes'] == 12 and facts['fold'] == 0 and facts['checkpoint_sha256']
    assert (tmp_path / 'analyses/error_overlap.png').is_file()


def test_error_overlap_with_a_model_that_does_not_know_the_classes(
    analyze, prototype, tmp_path
):
    model = write_supervised(tmp_path, ('ground', 'cow', 'sheep'))
    words = 'error-overlap', *prototype, '--supervised', model[0], *NUM
    code, _, errors = analyze(*words[:3], *words[3:5], model[1], *NUM)
    assert one_line(code, errors) and 'does not know plain disc' in errors
    code, _, errors = analyze(*words[:3], *words[3:5], tmp_path / 'lost.pth', *NUM)
    assert one_line(code, errors) and 'is no checkpoint' in errors


def test_qualitative(analyze, prototype, tmp_path):
    words = 'qualitative', *prototype, *NUM, '--also', *prototype
    code, text, _ = analyze(*words, '--show', 2)
    assert code == 0 and 'qualitative.html' in text and '| best 1' in text
    assert (tmp_path / 'analyses/qualitative.html').read_text().count('<section') == 6
    code, _, errors = analyze(*words, '--show', 5, '--overwrite')
    assert one_line(code, errors) and 'there are 12 with an IoU' in errors
    code, _, errors = analyze(*words, '--show', 2)
    assert one_line(code, errors) and '--overwrite' in errors


def test_qualitative_of_models_with_other_data(analyze, prototype, tmp_path):
    text = write_prototype(tmp_path, 'more').read_text()
    (tmp_path / 'more.py').write_text(text.replace('num_images=60', 'num_images=70'))
    code, _, errors = analyze(
        'qualitative', *prototype, *NUM, '--also', tmp_path / 'more.py', prototype[1]
    )
    assert one_line(code, errors) and 'more has other episodes than' in errors


def test_iou_against_of_a_model_and_of_its_report(analyze, prototype, tmp_path):
    """Reports hold the same numbers; see tests/analysis/test_iou_against.py."""
    code, text, _ = analyze('iou-against', *prototype, *NUM, '--out', 'a')
    assert code == 0 and 'By similarity of support and query' in text
    own = read(tmp_path / 'a/iou_against.json')
    subject = open_subject(read_config(prototype[0]), prototype[1])
    records = [one.record for one in scored_samples(subject)]
    records.sort(key=lambda record: record['number'])
    write_report('r.json', build_report(records, subject.dataset.metainfo))
    code, text, _ = analyze(
        'iou-against', 'r.json', '--encoder', *prototype, '--out', 'b', '--edges',
        'size=0,8,32',
    )  # fmt: skip
    assert code == 0 and '## Encoder' in text
    other = read(tmp_path / 'b/iou_against.json')
    assert own['episodes'] == other['episodes']
    facts = own['measured_on']['Measured on'], other['measured_on']['Measured on']
    assert facts[0]['episodes_sha256'] == facts[1]['episodes_sha256']
    assert len(other['bins']['size']) == 2


def test_iou_against_of_reports_that_do_not_fit(analyze, prototype, tmp_path):
    write_report(tmp_path / 'other.json', report_of())
    (tmp_path / 'list.json').write_text('[]')
    for words, message in (
        (('other.json', '--encoder', *prototype), 'the report has other episodes than'),
        (('other.json',), 'do not say how many pixels'),
        (('other.json', prototype[1]), 'a report needs no CHECKPOINT'),
        (('list.json',), 'is no report of fss-mm test'),
        ((*prototype, '--encoder', *prototype), '--encoder is of a report'),
        ((*prototype, '--edges', 'size=3'), 'expected one of size'),
        ((*prototype, *NUM, '--edges', 'size=900,999'), 'no episode lies between'),
    ):
        code, _, errors = analyze('iou-against', *words)
        assert one_line(code, errors) and message in errors, errors


@pytest.mark.parametrize('name', ['error-overlap', 'qualitative', 'iou-against'])
def test_a_missing_checkpoint(analyze, prototype, tmp_path, name):
    more = ('--supervised', *write_supervised(tmp_path)) if 'error' in name else ()
    code, _, errors = analyze(name, prototype[0], 'lost.pth', *more, *NUM)
    assert one_line(code, errors) and "'lost.pth' is no checkpoint" in errors
