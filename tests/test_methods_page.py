"""docs/methods.md: what it says is what the configs, metafiles and heads say."""

import re

import pytest
from mmengine.registry import init_default_scope

from fss_mm.models import FewShotDecodeHead
from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tools.methods_page import NOT_RUN, PAGE, Entry, count_parameters, lacks, page
from tools.methods_page import read_facts as read

FACTS = read()


@pytest.fixture(scope='module')
def entries():
    init_default_scope('fss_mm')
    return {facts['name']: Entry(facts) for facts in FACTS}


def test_the_page_is_that_of_its_sources(entries):
    """`python tools/methods_page.py` writes it again."""
    assert PAGE.read_text(encoding='utf-8') == page([*entries.values()])


@pytest.mark.parametrize('facts', FACTS, ids=lambda facts: facts['name'])
def test_a_method(entries, facts):
    entry = entries[facts['name']]
    assert entry.trained == facts['trainable']
    assert ('year' in facts) == ('Paper' in entry.collection) == ('venue' in facts)
    benchmarks = (ROOT / 'docs/benchmarks.md').read_text(encoding='utf-8')
    for value in facts.get('ours', {}).get('mIoU', ()):
        assert re.search(rf'\b{re.escape(str(value))}\b', benchmarks), value
    assert ('ours' in facts) != (NOT_RUN in entry.row())
    for name in facts['published']:
        assert entry.models[name]['Metadata']['Results From'] in entry.sources()


def test_every_method_has_an_entry():
    assert [*lacks(FACTS)] == []
    without = [facts for facts in FACTS if facts['name'] != 'CANet']
    assert [*lacks(without)] == ['configs/canet', 'CANetHead']


def test_a_head_without_an_entry_is_found(monkeypatch):
    class NewHead(FewShotDecodeHead):
        pass

    monkeypatch.setitem(MODELS.module_dict, 'NewHead', NewHead)
    assert [*lacks(FACTS)] == [], 'of another package'
    NewHead.__module__ = 'fss_mm.models.decode_heads.new_head'
    assert [*lacks(FACTS)] == ['NewHead']


def test_parameters_are_counted():
    """Those of the head, and those of the stem that is frozen."""
    model = dict(
        type='FewShotSegmentor',
        backbone=dict(
            type='TorchvisionBackbone', name='resnet18', out_nodes=('relu',),
            weights=None,
        ),
        decode_head=dict(
            type='SimPropHead', in_channels=(64,), in_index=(0,), channels=4
        ),
    )  # fmt: skip
    head = MODELS.build(model['decode_head'])
    stem = 64 * 3 * 7 * 7 + 2 * 64
    expected = sum(p.numel() for p in head.parameters()), stem
    assert count_parameters(model) == expected
