"""How all commands end: errors in a line, ``--debug``, exit codes.

The exit code of a command is 0, or 1 where a check has found something, or 2 where it
could not do what it was asked for, or 130 where it was interrupted.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from types import FrameType
from typing import NoReturn

from .parser import ERROR
from .processes import is_first_to_say, leave, loaded

INTERRUPTED = 130
GO_ON = 'run the command again to go on'
# What we and the libraries raise for a wrong argument, file or package. Of any other
# error the traceback is kept, in a log file or on the terminal.
MISTAKES = (BrokenExecutor, ImportError, OSError, SyntaxError, ValueError)
_BUILT = re.compile(r'class `\w+` in \S+\.py: ')  # mmengine's registry, in front
# of mmseg's loss, whose ignored pixels have always counted in the mean
_FOR_NOBODY = (
    'Default ``avg_non_ignore`` is False',
    'This DataLoader will create',  # more workers than cores, at each pass over data
)
_RAISED = re.compile(r'^[\w.]*(?:Error|Exception|Unusable): ', re.MULTILINE)


def run_command(command: Callable[[], int | None], go_on: str = GO_ON) -> NoReturn:
    """Run a command and exit with its status; an error is its message alone.

    The traceback of an error goes to the log file, if a Runner has one, and the message
    says so. Without a log file it is shown where the error is no user's mistake.

    Args:
        command (Callable): Returns the exit code; None is 0.
        go_on (str): What to do behind an interruption. Defaults to the same again.
    """
    for message in _FOR_NOBODY:
        warnings.filterwarnings('ignore', message)
    try:
        status = command() or 0
    except KeyboardInterrupt:
        status = INTERRUPTED
        if is_first_to_say():
            print(f'interrupted; {go_on}', file=sys.stderr)
    except Exception as error:
        status = ERROR
        _report(error)
    leave(status)


def _report(error: Exception) -> None:
    """Say what was wrong, in one process, and keep the traceback in each."""
    files = _log_traceback(error)
    if not is_first_to_say():
        return
    if '--debug' in sys.argv[1:] or not (files or is_mistake(error)):
        traceback.print_exception(error)
    where = f' (traceback: {", ".join(files)})' if files else ''
    print(f'error: {describe_error(error)}{where}', file=sys.stderr)


def is_mistake(error: BaseException) -> bool:
    """Whether an error is a user's: of a certain type, or of building from a config."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    building = any(map(_is_building, frames))
    return building or isinstance(error, MISTAKES)


def describe_error(error: BaseException) -> str:
    """The message of an error, without what libraries wrap around it."""
    while _BUILT.match(str(error)) and error.__context__ is not None:
        error = error.__context__  # mmengine raises another one of the same type
    text = str(error)
    if text.startswith('Caught ') and 'Traceback' in text:  # in a loader's worker
        text = _RAISED.split(text)[-1].strip()
        text = _BUILT.sub('', text)
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
        text += f': {error.filename!r}' if error.filename is not None else ''
    elif isinstance(error, KeyError) and error.args:
        text = str(error.args[0])
    if isinstance(error, MISTAKES) and text:
        return text
    text = ' '.join(text.split())  # of other packages, over several lines
    text = f'{type(error).__name__}: {text}' if text else type(error).__name__
    built = _built_when(error)
    return text if built is None else f'{built} cannot be built: {text}'


def _built_when(error: BaseException) -> str | None:
    """Name of the innermost class of a config that was being built, if there is one."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    kinds = [f.f_locals.get('obj_type') for f in frames if _is_building(f)]
    return next((getattr(k, '__name__', k) for k in reversed(kinds) if k), None)


def _is_building(frame: FrameType) -> bool:
    return frame.f_code.co_name == 'build_from_cfg'


def _log_traceback(error: Exception) -> list[str]:
    """Write the traceback into the log files of the latest Runner; their paths."""
    logging_of_mm = loaded('mmengine.logging')
    if logging_of_mm is None:
        return []
    files = [
        handler
        for handler in logging_of_mm.MMLogger.get_current_instance().handlers
        if isinstance(handler, logging.FileHandler) and _can_write(handler)
    ]
    given = (type(error), error, error.__traceback__)
    for handler in files:
        handler.handle(
            logging.LogRecord('fss_mm', logging.ERROR, '', 0, 'failed', (), given)
        )
    return [handler.baseFilename for handler in files]


def _can_write(handler: logging.FileHandler) -> bool:
    """Whether a file is still there, or can be made: some Runners' folders pass."""
    opened = handler.stream is not None
    path = handler.baseFilename
    return os.path.exists(path if opened else os.path.dirname(path))
