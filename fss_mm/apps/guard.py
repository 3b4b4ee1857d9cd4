"""Who may ask the server, and what a browser may do with its answers.

A page of another site must reach nothing: the host's name is checked (a name that is
bound to 127.0.0.1 by somebody else is refused), what changes something needs a header
that no foreign page can send, and cookies go to this site alone.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

HEADER = 'x-fss-mm'
USER, TOKEN = 'fss_mm_user', 'fss_mm_token'
_HEADERS = {
    'content-security-policy': (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
}
_ASK = """<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>fss_mm: token</title>
<link rel="stylesheet" href="/assets/page.css"><main class="ask"><h1>fss_mm</h1>
<form action="/"><label>Token that fss-mm web has printed
<input name="token" autocomplete="off" required></label>
<button class="main">Open</button></form>{}</main></html>"""
_WRONG = '<p class="wrong" role="alert">This is not the token; look again.</p>'
_MONTH = 30 * 24 * 3600
Application = Callable[[dict, Callable, Callable], Awaitable[None]]


class Guard:
    """An ASGI application around the page.

    Args:
        app (Application): The page.
        host (str): The address that is listened on.
        token (str, optional): What a browser has to know. Defaults to None: nothing,
            for an address that only this machine reaches.
    """

    def __init__(self, app: Application, host: str, token: str | None = None) -> None:
        self.app, self.host, self.token = app, host, token

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        """Answer, or pass on to the page."""
        if scope['type'] != 'http':
            if scope['type'] == 'lifespan':
                await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = self._refusal(request)
        user = request.cookies.get(USER, '')
        is_new = re.fullmatch(r'[A-Za-z0-9_-]{43}', user) is None
        scope['user_of_fss_mm'] = user = secrets.token_urlsafe(32) if is_new else user
        cookies = [_cookie(USER, user)] if is_new and refusal is None else []

        async def guarded(message: dict) -> None:
            if message['type'] == 'http.response.start':
                known = {name for name, _ in message['headers']}
                more = [(k.encode(), v.encode()) for k, v in _HEADERS.items()]
                message['headers'] = [
                    *message['headers'],
                    *((k, v) for k, v in more if k not in known),
                    *((b'set-cookie', cookie.encode()) for cookie in cookies),
                ]
            await send(message)

        await (refusal or self.app)(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        if not self._is_our_host(request):
            return _refused('this server is not asked by that name', 421)
        if self.token is not None and not request.url.path.startswith('/assets/'):
            answer = self._ask_for_token(request)
            if answer is not None:
                return answer
        if request.method not in ('GET', 'HEAD') and HEADER not in request.headers:
            return _refused('the request did not come from the page; load it again')
        return None

    def _ask_for_token(self, request: Request) -> Response | None:
        given = request.query_params.get('token')
        if given is not None and request.method == 'GET':
            if not self._knows(given):
                return HTMLResponse(_ASK.format(_WRONG), 401)
            answer = RedirectResponse('/', 303)
            answer.headers.append('set-cookie', _cookie(TOKEN, self.token or ''))
            return answer
        if self._knows(request.cookies.get(TOKEN, '')):
            return None
        if request.url.path == '/':
            return HTMLResponse(_ASK.format(''), 401)
        return _refused('the token is missing; open the address that was printed', 401)

    def _knows(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self.token or '').encode())

    def _is_our_host(self, request: HTTPConnection) -> bool:
        """Whether the host is an address, or a name of this machine's own."""
        name = urlsplit(f'//{request.headers.get("host", "")}').hostname or ''
        if name == 'localhost' or name == self.host.lower():
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return self.token is not None  # a browser must know the token, too
        return self.token is not None or address.is_loopback


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == 'localhost' or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(message: str, status: int = 403) -> Response:
    return JSONResponse(dict(message=message), status)


def _cookie(name: str, value: str) -> str:
    return f'{name}={value}; Path=/; Max-Age={_MONTH}; HttpOnly; SameSite=Strict'
