"""The page's server, asked over loopback."""

import io
import json
import os
import socket
import threading
import zipfile

import pytest
from PIL import Image

from fss_mm.apps.limits import Limits
from tests.apps.conftest import BOX, photograph
from tests.apps.serving import Client, served
from tests.inference.conftest import GREEN, square

for name in ('starlette', 'uvicorn'):
    pytest.importorskip(name, reason=f"{name} is missing (pip install 'fss_mm[web]')")


@pytest.fixture(scope='module')
def port():
    from fss_mm.apps.actions import Desk
    from fss_mm.apps.at_hand import ModelChoice
    from fss_mm.apps.models import Models
    from fss_mm.apps.sessions import Sessions
    from tests.inference.conftest import color_config

    limits = Limits(file_bytes=50_000)
    models = Models([ModelChoice('colours', color_config(), None, {})])
    with served(Desk(models, Sessions(limits))) as own:
        yield own


@pytest.fixture
def client(port, request):
    own = Client(port, f'tab-{abs(hash(request.node.name))}')
    assert own.ask('GET', '/')[0] == 200
    return own


def test_from_an_upload_to_the_downloads(client):
    known = client.do('start')[1]
    assert known['models'][0]['title'] == 'colours' and known['classes'] == []
    assert client.do('add_class', name='red')[1]['current'] == 'red'
    status, told = client.upload('example', photograph(), 'a.png', **{'class': 'red'})
    assert status == 200
    status, told = client.do('mark', id=told['id'], marks=BOX)
    assert status == 200 and told['example']['share'] > 0.2
    number = client.upload('query', photograph(size=(80, 100)), 'b.png')[1]['id']
    status, found = client.do('find', ids=[number], threshold=0.4)
    assert status == 200 and found['results'][0]['classes'][0]['share'] > 0.05
    assert client.ask('GET', f'/photograph/{number}')[1]['cache-control'] == 'no-store'
    status, headers, content = client.ask(
        'GET', '/masks.zip', query=dict(threshold=0.4)
    )
    assert status == 200 and 'masks.zip' in headers['content-disposition']
    assert headers['cache-control'] == 'no-store'
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert 'masks/b.png' in archive.namelist()
    status, _, content = client.ask('GET', '/classes.safetensors')
    assert status == 200
    client.do('leave')
    told = client.upload('classes', content, 'c.safetensors')[1]
    assert told['classes'] == [dict(name='red', from_file=True, examples=[])]
    assert client.ask('GET', f'/photograph/{number}')[0] == 422


def test_what_is_assumed_of_a_mask_is_said(client):
    client.do('add_class', name='red')
    number = client.upload('example', photograph(), **{'class': 'red'})[1]['id']
    buffer = io.BytesIO()
    Image.fromarray(square()[1]).save(buffer, 'PNG')
    assert client.upload('mask', buffer.getvalue(), id=number)[1]['said'] == []
    client.do('leave')
    client.do('add_class', name='red')
    turned, exif = io.BytesIO(), Image.Exif()
    exif[274] = 6
    Image.open(io.BytesIO(photograph())).save(turned, 'PNG', exif=exif)
    number = client.upload('example', turned.getvalue(), **{'class': 'red'})[1]['id']
    (line,) = client.upload('mask', buffer.getvalue(), id=number)[1]['said']
    assert line.startswith('mask of a.png: its photograph was turned by its EXIF tag')


def test_nothing_on_the_disk_is_reached(client, tmp_path):
    secret = tmp_path / 'secret.txt'
    secret.write_text('secret')
    up = '../' * 12
    for path in (
        f'/assets/{up}{secret}', f'/assets/{secret}', f'/assets/%2e%2e%2f{secret}',
        '/assets/..%2f..%2fserver.py', f'{secret}', f'/file={secret}',
        '/..//etc/passwd',
        f'/photograph/{up}{secret}', '/assets/index.html', '/assets/', '/docs',
        '/openapi.json', f'/gradio_api/file={secret}', '/.git/config',
    ):  # fmt: skip
        status, _, content = client.ask('GET', path)
        assert status in (400, 404) and b'secret' not in content, path


def test_uploads_are_not_written(client, monkeypatch, tmp_path):
    """Neither a name with folders nor anything else makes a file."""
    before = sorted(os.listdir('.'))
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    for name in ('../../up.png', '/tmp/up.png', '..\\up.png', '<b>up</b>.png'):
        status, told = client.upload('query', photograph(), name)
        assert status == 200 and '/' not in told['name'] and '<' not in told['name']
    assert [one['name'] for one in told['queries']][:2] == ['up.png', 'up (2).png']
    assert sorted(os.listdir('.')) == before and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('headers', 'status'),
    [
        ({'x-fss-mm': None}, 403),  # a form of another site
        ({'host': 'evil.example'}, 421),  # a name that somebody bound to 127.0.0.1
        ({'host': 'localhost:1'}, 200),
        ({'host': '10.0.0.1'}, 421),
        ({'host': ''}, 421),
    ],
)
def test_other_sites(client, headers, status):
    answer = client.ask('POST', '/do/view', '{}', headers=headers)
    assert answer[0] == status and json.loads(answer[2])
    told = answer[1]
    assert "default-src 'none'" in told['content-security-policy']
    assert 'access-control-allow-origin' not in told and 'server' not in told


def test_what_is_no_request(client):
    for path, body in (
        ('/do/nothing', '{}'), ('/do/__class__', '{}'), ('/do/view', '[1]'),
        ('/do/view', '{' * 5000), ('/do/view', '\x00'), ('/do/mark', '{}'),
        ('/do/mark', '{"id": 1e9}'), ('/do/find', '{"ids": ["x"]}'),
        ('/do/find', '{"threshold": "x"}'), ('/do/remove_class', '{"name": []}'),
        ('/do/find', json.dumps(dict(ids=[*range(99)]))), ('/upload/any', b'x'),
        ('/do/find', '{"ids": 5}'), ('/do/find', '{"model": {}}'),
        ('/do/remove', '{"id": []}'),
    ):  # fmt: skip
        status, _, content = client.ask('POST', path, body)
        message = json.loads(content)['message']
        assert status == 422 and message and '\n' not in message, (path, body)
    for tab in ('', 'x', '../../../../etc', 'a' * 65):
        client.tab = tab
        assert client.do('view')[0] == 422


def test_a_file_that_is_too_large_is_not_read(client):
    status, told = client.upload('query', bytes(50_001), 'big.png')
    assert status == 422 and told['message'].startswith('big.png: larger than')
    assert client.do('view')[1]['queries'] == []


def test_a_lost_connection_leaves_nothing(client):
    cookies = '; '.join(f'{k}={v}' for k, v in client.cookies.items())
    content = photograph()
    head = (
        f'POST /upload/query?tab={client.tab}&name=x.png HTTP/1.1\r\n'
        f'host: localhost\r\nx-fss-mm: 1\r\ncookie: {cookies}\r\n'
        f'content-length: {len(content)}\r\n\r\n'
    )
    with socket.create_connection(('127.0.0.1', client.port)) as connection:
        connection.sendall(head.encode() + content[:-9])
    assert client.do('view')[1]['queries'] == []
    assert client.upload('query', content)[0] == 200


def test_tabs_and_users_are_apart(port):
    first, second, other = Client(port, 'a' * 9), Client(port, 'b' * 9), Client(port)
    first.ask('GET', '/')
    second.cookies = dict(first.cookies)
    other.ask('GET', '/')
    other.tab = first.tab  # somebody who knows its name
    number = first.upload('query', photograph(), 'mine.png')[1]['id']
    for one in (second, other):
        assert one.do('view')[1]['queries'] == []
        assert one.ask('GET', f'/photograph/{number}')[0] == 422
        assert one.do('remove', id=number)[0] == 200
    assert first.ask('GET', f'/photograph/{number}')[0] == 200


def test_many_uploads_at_once(port):
    """64 of 8 users: none is lost, none is somebody else's."""
    clients = [Client(port, f'many-{i:04}') for i in range(8)]
    for one in clients:
        one.ask('GET', '/')
    content, failed = photograph(GREEN), []

    def send(place):
        owner = clients[place % 8]
        status, _ = owner.upload('query', content, f'{place % 8}-{place // 8}.png')
        failed.extend([status] * (status != 200))

    threads = [threading.Thread(target=send, args=(i,)) for i in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    for place, one in enumerate(clients):
        names = {query['name'] for query in one.do('view')[1]['queries']}
        assert names == {f'{place}-{i}.png' for i in range(8)}


def test_another_address_needs_the_token(make_desk):
    token = 'a-token-of-24-letters-ok'
    with served(make_desk(), token, '0.0.0.0') as port:
        client = Client(port)
        client.ask('GET', '/')
        assert client.do('view')[0] == 401
        status, _, content = client.ask('GET', '/')
        assert status == 401 and b'Token that fss-mm web has printed' in content
        status, _, content = client.ask('GET', '/?token=wrong')
        assert status == 401 and b'not the token; look again' in content
        status, headers, _ = client.ask('GET', f'/?token={token}')
        assert status == 303 and headers['location'] == '/'
        assert client.ask('GET', '/')[0] == 200 and client.do('view')[0] == 200
        assert client.ask('GET', '/photograph/1')[0] == 422
        assert (
            client.ask('POST', '/do/view', '{}', headers={'host': 'pc.local'})[0] == 200
        )
        assert Client(port).ask('GET', '/masks.zip')[0] == 401
