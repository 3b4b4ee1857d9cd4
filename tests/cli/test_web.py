"""``fss-mm web``, as the shell calls it; the page has tests of its own."""

import socket

import pytest

pytest.importorskip('uvicorn', reason="uvicorn is missing (pip install 'fss_mm[web]')")


@pytest.fixture
def served(monkeypatch):
    """What ``serve`` is called with."""
    called = []
    monkeypatch.setattr(
        'fss_mm.apps.running.serve', lambda *a, **more: called.append((*a, more))
    )
    return called


def test_arguments(call, served):
    words = '--model a b --model c --port 0 --image-size 257 --trust'.split()
    assert call('web', *words)[0] == 0
    choices, host, port, more = served[0]
    assert [(c.title, c.model, c.weights) for c in choices] == [
        ('a, b', 'a', 'b'), ('c', 'c', None),
    ]  # fmt: skip
    assert (host, port, more) == ('127.0.0.1', 0, dict(open_browser=False))
    assert choices[0].options['image_size'] == 257 and choices[0].options['trust']


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        ('--model a b c', '--model a b c: expected a model, and perhaps its weights'),
        ('--model a --port 70000', '--port 70000, expected 0 to 65535'),
        ('--model simprop/owls', "config 'simprop/owls' does not exist"),
    ],
)
def test_mistakes_are_a_line(call, words, said):
    port = [] if '--port' in words else ['--port', '0']
    code, _, errors = call('web', *words.split(), *port)
    assert code == 2 and said in errors and errors.count('\n') == 1


def test_a_taken_port(call):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        code, _, errors = call('web', '--model', 'shapes/simprop_fold0', '--port', port)
    assert code == 2 and f'127.0.0.1:{port} cannot be listened on' in errors


@pytest.mark.parametrize(
    ('token', 'is_fine'), [(None, True), ('short', False), ('a' * 15 + '!', False)]
)
def test_tokens(monkeypatch, token, is_fine):
    from fss_mm.apps.running import TOKEN, token_of_environment

    monkeypatch.delenv(TOKEN, raising=False)
    if token is not None:
        monkeypatch.setenv(TOKEN, token)
    if is_fine:
        assert len(token_of_environment()) >= 32
        return
    with pytest.raises(ValueError, match='expected 16 or more letters'):
        token_of_environment()


def test_what_listens_where():
    from fss_mm.apps.guard import is_loopback
    from fss_mm.apps.running import _address

    hosts = {'127.0.0.1': True, '::1': True, 'localhost': True, '0.0.0.0': False}
    assert {host: is_loopback(host) for host in hosts | {'pc': False}} == hosts | {
        'pc': False
    }
    assert _address('::1', 80, 't') == 'http://[::1]:80/?token=t'
