"""The words that a table is made of: tests, budgets, data sets, checkpoints.

This module imports nothing, so that a parser can show them.
"""

from __future__ import annotations

from typing import NamedTuple


class TestKind(NamedTuple):
    """One way to test a row.

    Args:
        words (tuple[str, ...]): Of ``fss-mm test``.
        title (str): What a table is called by it.
        data (str): What stands behind the data set's name in a metafile.yml where a
            figure of such a test is published.
    """

    words: tuple[str, ...]
    title: str
    data: str


TESTS = {
    '1shot': TestKind(('--shot', '1'), '1 shot', ''),
    '5shot': TestKind(('--shot', '5'), '5 shots', ' 5-shot'),
    '10shot': TestKind(('--shot', '10'), '10 shots', ' 10-shot'),
    '1shot_tta': TestKind(('--shot', '1', '--tta'), '1 shot, several scales', ''),
    '5shot_tta': TestKind(
        ('--shot', '5', '--tta'), '5 shots, several scales', ' 5-shot'
    ),
    '5shot_fusion': TestKind(
        ('--shot', '5', '--cfg-options', 'model.shot_fusion.max_shots=5'),
        '5 shots, fused',
        ' 5-shot',
    ),
    'identical': TestKind(
        ('--shot', '1', '--identical-inputs'),
        'the support is the query',
        ', the support is the query',
    ),
}
DATA = ('pascal5i', 'coco20i', 'coco', 'voc8', 'shapes')
BUDGETS = ('full', 'short', 'smoke')
CHECKPOINTS = {'best': ('best',), 'last': ('last',), 'both': ('last', 'best')}
# score in a report -> its name in a metafile.yml
SCORES = {'mIoU': 'mIoU', 'FBIoU': 'FB-IoU'}
