"""Errors of the tools: a line, an exit code, and a traceback where one is needed."""

import errno
import logging
import sys
import warnings

import pytest
from mmengine.logging import MMLogger
from torch.utils.data import DataLoader, Dataset

from fss_mm.registry import MODELS
from fss_mm.utils import distributed
from fss_mm.utils.distributed import is_first_to_say
from fss_mm_cli.errors import describe_error, run_command
from fss_mm_cli.parser import tool_parser


@pytest.fixture
def run(monkeypatch, capsys):
    """Run something as a tool: its exit code and what stands on the terminal."""

    def start(command, *arguments, **kwargs):
        monkeypatch.setattr(sys, 'argv', ['tool.py', *arguments])
        with pytest.raises(SystemExit) as end:
            run_command(command, **kwargs)
        return end.value.code, capsys.readouterr().err

    return start


@pytest.fixture
def log(tmp_path, monkeypatch):
    """The log file of a Runner that was built last; '' before anything is logged."""
    monkeypatch.setattr(MMLogger, '_instance_dict', MMLogger._instance_dict.copy())
    path = tmp_path / 'run.log'
    MMLogger.get_instance(tmp_path.name, log_file=str(path))
    return path


@pytest.fixture(autouse=True)
def no_log(monkeypatch):
    monkeypatch.setattr(MMLogger, '_instance_dict', type(MMLogger._instance_dict)())


def raising(error):
    def command():
        raise error

    return command


def test_exit_codes(run):
    assert run(lambda: None) == (0, '')
    assert run(lambda: 1) == (1, '')
    assert run(raising(ValueError('no list'))) == (2, 'error: no list\n')
    assert run(raising(KeyboardInterrupt()), go_on='do it again') == (
        130,
        'interrupted; do it again\n',
    )


def test_debug_shows_the_traceback(run):
    code, said = run(raising(ValueError('no list')), '--debug')
    assert code == 2 and said.startswith('Traceback') and 'raise error' in said
    assert said.endswith('error: no list\n')
    assert tool_parser('A tool.').parse_args(['--debug']).debug


def test_a_fault_of_the_program_keeps_its_traceback(run):
    code, said = run(lambda: [][1])
    assert code == 2 and said.startswith('Traceback')
    assert said.endswith('error: IndexError: list index out of range\n')


@pytest.mark.parametrize('error', [ValueError('late'), RuntimeError('late')])
def test_a_crash_of_a_run_is_in_its_log(run, log, error):
    code, said = run(raising(error))
    assert code == 2 and len(said.splitlines()) == 1
    assert said.endswith(f'late (traceback: {log})\n')
    text = log.read_text()
    assert 'Traceback' in text and 'raise error' in text and 'late' in text


def test_a_log_that_is_gone_is_not_named(run, log):
    log.unlink()
    code, said = run(lambda: [][1])
    assert 'Traceback' in said and str(log) not in said


def test_an_error_in_building_is_the_users(run):
    """Whatever its type: of a wrong type, say, or an argument that is not there."""
    wrong = dict(type='PrototypeHead', nonsense=1)
    code, said = run(lambda: MODELS.build(wrong))
    assert code == 2 and 'PrototypeHead cannot be built: TypeError' in said
    assert len(said.splitlines()) == 1


class Failing(Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise ValueError('mask a.png is torn')


def test_messages_are_taken_out_of_their_wrappings():
    assert describe_error(KeyError('no such head')) == 'KeyError: no such head'
    full = OSError(errno.ENOSPC, 'No space left on device', '/a/b')
    assert describe_error(full) == "No space left on device: '/a/b'"
    assert describe_error(OSError('plain')) == 'plain'
    assert describe_error(AssertionError()) == 'AssertionError'
    try:
        next(iter(DataLoader(Failing(), num_workers=1)))
    except ValueError as error:
        assert describe_error(error) == 'mask a.png is torn'
    try:
        try:
            raise OSError(errno.ENOENT, 'gone', 'x.jpg')
        except OSError as error:  # as some versions of mmengine's registry do
            raise type(error)(f'class `A` in a/b.py: {error}')  # noqa: B904
    except OSError as error:
        assert describe_error(error) == "gone: 'x.jpg'"


def test_a_process_alone_speaks():
    assert is_first_to_say() and is_first_to_say()


def test_where_processes_cannot_meet_the_first_speaks(monkeypatch):
    """As under slurm before a process group: it ends the others meanwhile."""
    waited = []
    monkeypatch.setattr(distributed.time, 'sleep', waited.append)
    monkeypatch.setenv('SLURM_NTASKS', '2')
    for name in ('MASTER_PORT', 'RANK', 'WORLD_SIZE'):
        monkeypatch.delenv(name, raising=False)
    for number, expected in (('0', []), ('1', [5.0])):
        monkeypatch.setenv('SLURM_PROCID', number)
        assert is_first_to_say() and waited == expected


def test_the_log_level_hides_no_traceback(run, tmp_path):
    path = tmp_path / 'quiet.log'
    MMLogger.get_instance('quiet', log_file=str(path), log_level=logging.ERROR)
    run(raising(ValueError('late')))
    assert 'Traceback' in path.read_text()


def test_more_workers_than_cores_are_no_warning(run):
    """PyTorch warns of it at each pass over the data."""
    rest = 'in total. Our suggested max number of worker in current system is 2'

    def command():
        for text in (f'This DataLoader will create 4 worker processes {rest}', 'old'):
            warnings.warn(text, stacklevel=1)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter('always')
        run(command)
    assert [str(one.message) for one in said] == ['old']
