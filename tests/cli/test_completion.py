"""What a shell offers behind a word, asked of a shell."""

import shutil
import subprocess

import pytest

from fss_mm_cli.main import COMMANDS
from tests.conftest import ROOT

ASK = """
source {script}
COMP_WORDS=({words}) COMP_CWORD={last}
_shtab_fss_mm
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope='module')
def offered(tmp_path_factory):
    """Completions of the last of some words, in bash."""
    if shutil.which('bash') is None:
        pytest.skip('there is no bash')
    from fss_mm_cli.completion import script

    path = tmp_path_factory.mktemp('shell') / 'completion.bash'
    path.write_text(script('bash'))

    def ask(*words):
        quoted = ' '.join(f"'{word}'" for word in ('fss-mm', *words))
        text = ASK.format(script=path, words=quoted, last=len(words))
        done = subprocess.run(
            ['bash', '--norc', '-c', text], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0 and done.stderr == ''
        return done.stdout.split()

    return ask


def test_commands_options_choices_and_files(offered):
    assert set(offered('')) == set(COMMANDS)
    assert offered('tr') == ['train']
    assert offered('convert', 'co') == ['coco']
    assert '--auto-scale-lr' in offered('train', '--a')
    assert set(offered('convert', 'coco', '--d')) == {'--debug', '--download'}
    assert offered('train', 'x.py', '--amp', 'b') == ['bfloat16']
    assert offered('train', 'setup') == ['setup.py']
    assert offered('test', 'x.py', '--seeds', '0', '1', '--sh') == [
        '--show-dir',
        '--show-episodes',
        '--shot',
    ]


@pytest.mark.parametrize('shell', ['zsh', 'fish'])
def test_other_shells_get_all_commands(call, shell):
    code, text, _ = call('completion', shell)
    assert code == 0 and all(name in text for name in COMMANDS)
    assert 'download' in text, 'of a command in a command'


def test_a_shell_that_is_not_known(call):
    code, _, errors = call('completion', 'bsh')
    assert code == 2 and "did you mean 'bash'?" in errors
