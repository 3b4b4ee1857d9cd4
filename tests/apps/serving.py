"""A server of the page in a thread, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode


@contextmanager
def served(desk, token=None, host='127.0.0.1'):
    """The port of a running server."""
    import uvicorn

    from fss_mm.apps.running import server_config
    from fss_mm.apps.server import build_app

    app = build_app(desk, desk.sessions.limits, host, token)
    server = uvicorn.Server(server_config(app, host='127.0.0.1', port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@dataclass
class Client:
    """A browser's tab, as far as requests go."""

    port: int
    tab: str = 'tab-00001'
    cookies: dict = field(default_factory=dict)
    patience: float = 60.0  # seconds

    def ask(self, method, path, body=None, query=None, headers=None):
        """Status, headers and content of an answer."""
        connection = http.client.HTTPConnection(
            '127.0.0.1', self.port, timeout=self.patience
        )
        words = urlencode(dict(tab=self.tab) | (query or {}))
        joined = '&' if '?' in path else '?'
        known = {'x-fss-mm': '1'} if method == 'POST' else {}
        if self.cookies:
            known['cookie'] = '; '.join(f'{k}={v}' for k, v in self.cookies.items())
        known = {k: v for k, v in (known | (headers or {})).items() if v is not None}
        try:
            connection.request(method, f'{path}{joined}{words}', body, known)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name == 'set-cookie':
                key, _, rest = value.partition('=')
                self.cookies[key] = rest.partition(';')[0]
        return answer.status, dict(answer.getheaders()), content

    def do(self, action, **data):
        """Status and what an action gives."""
        status, _, content = self.ask('POST', f'/do/{action}', json.dumps(data))
        return status, json.loads(content)

    def upload(self, role, content, name='a.png', **query):
        """Status and what the page is told of an upload."""
        query = dict(name=name) | query
        status, _, content = self.ask('POST', f'/upload/{role}', content, query)
        return status, json.loads(content)
