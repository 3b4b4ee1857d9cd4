"""Mistakes on a command line are one line, with what was meant."""

import pytest

from fss_mm_cli.parser import tool_parser


@pytest.fixture
def said(capsys):
    """What a parser says of a command line that it refuses."""

    def parse(*words):
        parser = tool_parser('A tool.')
        parser.add_argument('root', metavar='DATA_ROOT')
        parser.add_argument('weights', nargs='?')
        parser.add_argument('--fold', type=int)
        parser.add_argument('--seeds', type=int, nargs='+')
        parser.add_argument('--classes', nargs='+')
        parser.add_argument('--resume', nargs='?', const='auto')
        parser.add_argument('--part', choices=('train', 'test'))
        with pytest.raises(SystemExit) as end:
            parser.parse_args(map(str, words))
        assert end.value.code == 2
        return capsys.readouterr().err

    return parse


@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        (['a', '--fodl', '1'], 'unknown option --fodl; did you mean --fold?'),
        (['a', '--fodl=1'], 'unknown option --fodl; did you mean --fold?'),
        (['a', '--xyzzy'], 'unknown option --xyzzy;'),
        (['a', 'b', 'c'], "'c': more arguments than expected (DATA_ROOT weights)"),
        (['a', '--fold', 'x'], "argument --fold: invalid int value: 'x';"),
        (['a', '--part', 'trian'], "invalid choice: 'trian'"),
        ([], 'arguments are required: DATA_ROOT;'),
    ],
)
def test_a_mistake_is_one_line(said, words, expected):
    line = said(*words)
    assert line.startswith('error: ') and line.count('\n') == 1
    assert expected in line and 'took' not in line


@pytest.mark.parametrize(
    'option', [['--classes', 'owl'], ['--seeds', '0'], ['--resume']]
)
def test_arguments_that_an_option_took(said, tmp_path, option):
    line = said(*option, tmp_path)
    assert line.count('\n') == 1 and f'{option[0]} took {str(tmp_path)!r}, too' in line
    assert 'put DATA_ROOT weights in front of the options' in line


def test_an_argument_that_does_not_exist_is_named_where_it_is_missing(said):
    assert "--classes took 'gone', too" in said('--classes', 'owl', 'gone')
    assert 'took' not in said('a', '--seeds', 'x')
