"""What is kept from the terminal, and what never is."""

import logging

from mmengine.logging import MMLogger

from fss_mm.utils.terminal import add_error_file, filter_terminal, quiet_prints


def test_long_and_idle_messages_are_for_the_file(tmp_path, capsys):
    path = tmp_path / 'run.log'
    logger = MMLogger(tmp_path.name, log_file=str(path))
    filter_terminal(logger)
    filter_terminal(logger)
    said = ['Config:\nmodel = 1', 'Hooks will be executed in the following order:\nx',
            '`save_param_scheduler` is True but it is None',
            'Iter(train) [1/2]', 'leak check: nothing']  # fmt: skip
    for text in said:
        logger.info(text)
    logger.error('Config:\nan error is shown whatever it says')
    shown, logged = capsys.readouterr().out, path.read_text()
    assert all(text in logged for text in said)
    assert 'Iter(train)' in shown and 'leak check' in shown
    assert (
        'model = 1' not in shown
        and 'param_scheduler' not in shown
        and 'Hooks will' not in shown
    )
    assert shown.count('an error is shown') == 1


def test_a_file_for_errors_alone_is_made_with_the_first(tmp_path):
    logger = MMLogger(f'{tmp_path.name}_errors')
    path = tmp_path / 'rank1.log'
    add_error_file(logger, str(path))
    logger.warning('no error')
    assert not path.exists()
    logger.error('an error')
    add_error_file(logger, str(tmp_path / 'other.log'))  # it has one
    assert path.read_text().strip().endswith('an error')
    assert sum(isinstance(h, logging.FileHandler) for h in logger.handlers) == 1


def test_prints_past_the_logger(capsys):
    with quiet_prints():
        print('Loads checkpoint by local backend from path: x.pth')
        print('something else')
    assert capsys.readouterr().out == 'something else\n'
