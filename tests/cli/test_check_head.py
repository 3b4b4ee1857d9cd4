"""``fss-mm check-head``, as a user types it."""

import sys

import pytest

from fss_mm_cli.main import main

CONFIG = """
model = dict(
    type='FewShotSegmentor',
    backbone=dict(type='StandInBackbone', channels=(6, 8)),
    decode_head=dict(type='{kind}', in_channels=(6, 8)),
)
custom_imports = dict(imports=['tests.testing.registered'])
"""


@pytest.fixture
def check(tmp_path, monkeypatch, capsys, own_loggers):
    def start(kind, *words):
        path = tmp_path / 'own.py'
        path.write_text(CONFIG.format(kind=kind))
        monkeypatch.setattr(sys, 'argv', ['fss-mm', 'check-head', str(path), *words])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code), captured.out, captured.err

    return start


def test_a_broken_head(check):
    code, text, _ = check('NoBuffer')
    assert code == 1 and text.startswith('output: passed\n')
    assert 'checkpoint: FAILED: a second head' in text
    assert text.endswith('23 passed, 1 failed\n')


def test_what_is_expected_to_fail(check):
    code, text, _ = check('NoBuffer', '--expect', 'checkpoint=drawn anew')
    assert code == 0 and 'checkpoint: expected to fail: drawn anew\n' in text
    assert text.endswith('23 passed, 1 expected to fail\n')


@pytest.mark.parametrize(
    ('word', 'said'),
    [('checkpoint', "'checkpoint', expected CHECK=REASON"), ('a=b', "no check 'a'")],
)
def test_what_is_expected_has_a_name_and_a_reason(check, word, said):
    code, _, error = check('SoundHead', '--expect', word)
    assert code == 2 and said in error and error.count('\n') == 1
