"""What of a run's log is for the log file alone."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from mmengine.logging import MMLogger

# Beginnings of messages of mmengine and mmseg: long ones that the log file and the work
# folder keep, and notices on what concerns nobody here.
FOR_THE_FILE = (
    '\n------------------------------------------------------------\nSystem env',
    'Config:\n',
    'Hooks will be executed in the following order',
    'Distributed training is not used, all SyncBatchNorm',
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
    'Checkpoints will be saved to',
    'Loads checkpoint by',
    'Failed to search registry with scope',
    'The prefix is not set in metric class',
    'Visualizer backend is not initialized',
    '`Visualizer` backend is not initialized',
    'the torch version of Adafactor',
    '`save_param_scheduler` is True but',  # and there is none, as in papers
    '`resume_param_scheduler` is True but',
    'Exp name: ',
    'Using env variable',  # once for each field, and in each process
)


@contextmanager
def quiet_prints() -> Iterator[None]:
    """Hold back what mmengine prints, past its logger and in every process."""
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        for line in printed.getvalue().splitlines():
            if not line.startswith(FOR_THE_FILE):
                print(line)


class TerminalFilter(logging.Filter):
    """Lets through to a terminal what a reader of a run wants to see."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show a record; errors always are."""
        if record.levelno >= logging.ERROR:
            return True
        return not str(record.msg).startswith(FOR_THE_FILE)


def filter_terminal(logger: MMLogger) -> None:
    """Keep what is for the file out of the terminal."""
    for handler in logger.handlers:
        known = any(isinstance(own, TerminalFilter) for own in handler.filters)
        if not known and not isinstance(handler, logging.FileHandler):
            handler.addFilter(TerminalFilter())


class PlainFormatter(logging.Formatter):
    """Lines as those that a command prints: what is no mere news says what it is."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line, or several."""
        text = super().format(record)
        if record.levelno < logging.WARNING:
            return text
        return f'{record.levelname.lower()}: {text}'


@contextmanager
def plain_terminal() -> Iterator[None]:
    """Let the current logger write to the terminal without time, name and level."""
    handlers = [
        (handler, handler.formatter)
        for handler in MMLogger.get_current_instance().handlers
        if not isinstance(handler, logging.FileHandler)
    ]
    for handler, _ in handlers:
        handler.setFormatter(PlainFormatter())
    try:
        yield
    finally:
        for handler, former in handlers:
            handler.setFormatter(former)


def add_error_file(logger: MMLogger, path: str) -> None:
    """Let a process that logs into no file write errors into one of its own.

    The file is made with the first error. mmengine gives a log file to the first
    process of a run alone, and a crash may be in any of them.
    """
    if not any(isinstance(handler, logging.FileHandler) for handler in logger.handlers):
        handler = logging.FileHandler(path, delay=True)
        handler.setFormatter(logging.Formatter('%(asctime)s - %(message)s'))
        handler.setLevel(logging.ERROR)
        logger.handlers.append(handler)
