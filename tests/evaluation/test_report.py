"""Reports: their JSON, their Markdown, and what they say of the protocol."""

import json

import pytest

from fss_mm.evaluation.markdown import fact_table, markdown_table, show
from fss_mm.evaluation.protocol_block import (
    check_protocol_block,
    complete_protocol_block,
    protocol_title,
)
from fss_mm.evaluation.report import build_report, episodes_sha256, write_report
from fss_mm.evaluation.report_text import format_report, headline

from .records import META, RECORDS, record, report_of


def test_episode_hash_tells_lists_apart():
    other = [dict(r) for r in RECORDS]
    assert episodes_sha256(other) == episodes_sha256(RECORDS)
    other[2]['supports'] = ['t']
    assert episodes_sha256(other) != episodes_sha256(RECORDS)
    other[2]['counts'] = (0, 0, 0, 0)
    assert episodes_sha256(RECORDS[:1]) == episodes_sha256(
        [record(0, 0, 1, (9, 9, 9, 9))]
    ), 'of what was asked, not of what was answered'


def test_report_reads_back(tmp_path):
    report = build_report(RECORDS, META, dict(checkpoint='c.pth'))
    write_report(tmp_path / 'sub' / 'r.json', report)
    read = json.loads((tmp_path / 'sub' / 'r.json').read_text())
    assert read == report
    assert read['seeds'] == [0, 7] and read['num_episodes'] == 2
    assert read['protocol'] == dict(name='p')
    assert read['provenance']['checkpoint'] == 'c.pth'
    interval = read['interval']
    assert interval['lower']['mIoU'] < 50 < interval['upper']['mIoU']
    assert set(interval['lower']) == {'mIoU', 'FBIoU', 'IoU_ant', 'IoU_bee'}
    text = (tmp_path / 'sub' / 'r.md').read_text()
    for part in ('ant', '62.50', '17.68', 'protocol p,', report['episodes_sha256']):
        assert part in text
    assert text == format_report(report) + '\n'


def test_report_without_numbers_is_still_json(tmp_path):
    report = build_report([record(0, 0, 1, (0, 0, 4, 4))], META)
    write_report(tmp_path / 'r.json', report)
    read = json.loads((tmp_path / 'r.json').read_text())
    assert read['mean']['mIoU'] is None and read['interval']['half_width'] is None
    assert 'nan to nan' in (tmp_path / 'r.md').read_text()


def test_the_text_does_not_overwrite_the_report(tmp_path):
    with pytest.raises(ValueError, match='name a .json file'):
        write_report(tmp_path / 'r.md', build_report(RECORDS, META))


def test_headline():
    report = report_of()
    report['mean'] |= dict(mIoU=40.391, mIoU_std=0.524)
    report['interval'] |= dict(half_width=1.14, lower=dict(mIoU=39.3))
    report['interval']['upper'] = dict(mIoU=41.52)
    assert headline(report) == (
        'mIoU 40.39 ± 0.52 (std over 2 seeds), 95 % interval 39.3 to 41.5 '
        '(half-width 1.1) over 2 x 12 episodes'
    )
    one = report_of(seeds=(3,))
    assert ' (one seed), 95 % interval ' in headline(one)
    assert ' over 1 x 12 episodes' in headline(one)


def test_rows_of_the_table():
    """Seed 7 has no ant: '-' there, and no spread of a single value."""
    text = format_report(build_report([RECORDS[0], RECORDS[1], RECORDS[3]], META))
    rows = [line for line in text.splitlines() if line.startswith('| ')]
    cells = [[cell.strip() for cell in row.strip('|').split('|')] for row in rows]
    assert cells[0] == ['', 'seed 0', 'seed 7', 'mean', 'std', '95 % interval']
    assert cells[1][:5] == ['ant', '50.00', '-', '50.00', '-']
    assert cells[2][:5] == ['bee', '25.00', '50.00', '37.50', '17.68']
    assert [row[0] for row in cells[3:5]] == ['mIoU', 'FBIoU']
    assert len({len(row) for row in rows[:5]}) == 1, 'columns are aligned'


def test_protocol_and_hashes_are_shown():
    protocol = dict(source='A, 2020', lists=['a.txt', 'b.txt'], score_size='original')
    provenance = dict(config='c.py', hashes=dict(checkpoint='abc', mask_list='def'))
    text = format_report(report_of(provenance=provenance, protocol=protocol))
    protocol_part, hashes = text.split('## Protocol')[1].split('## Hashes')
    order = [protocol_part.index(part) for part in
             ('| name ', 'A, 2020', 'a.txt, b.txt', '| score size ')]  # fmt: skip
    assert order == sorted(order)
    for part in ('| episodes_sha256', '| checkpoint ', 'abc', '| mask_list', 'def'):
        assert part.replace('_', ' ') in hashes
    assert 'hashes' not in hashes.split('## Run')[1], 'they are not told twice'


def test_deviations_stand_beside_the_name():
    deviations = ['other lists', 'scored at 473 x 473']
    report = report_of(protocol=dict(name='bam', deviations=deviations))
    caption = format_report(report).split('\n\n')[1]
    told = 'protocol bam WITH DEVIATIONS (other lists; scored at 473 x 473), '
    assert told in caption
    assert protocol_title(dict(name='bam', deviations=[])) == 'bam'


def test_protocol_block():
    assert complete_protocol_block(None, 'p') == dict(name='p')
    block = complete_protocol_block(dict(draw='d', name='q'), 'p')
    assert list(block.items()) == [('name', 'q'), ('draw', 'd')], 'the name first'
    for wrong, message in [
        ('pfenet', r"protocol='pfenet', expected a dict"),
        (dict(deviations='one'), "deviations='one' .*, expected a list of str"),
        (dict(deviations=[1]), r'deviations=\[1\]'),
    ]:
        with pytest.raises(ValueError, match=message):
            check_protocol_block(wrong)


def test_markdown_by_hand():
    table = markdown_table(('', 'n'), [('a|b', '1'), ('c\nd', '1000')])
    assert table.splitlines() == [
        '|      |    n |',
        '|------|-----:|',
        '| a\\|b |    1 |',
        '| c d  | 1000 |',
    ]
    assert fact_table({'num_x': None}).splitlines()[2] == '| num x | -   |'
    assert show(dict(a=[1, 'b'], c=True, d=[])) == 'a: 1, b, c: yes, d: -'
