"""Start the page's server."""

from __future__ import annotations

import os
import re
import secrets
import socket
import webbrowser
from collections.abc import Sequence

import uvicorn

from .actions import Desk
from .at_hand import ModelChoice
from .guard import Application, is_loopback
from .limits import Limits
from .models import Models
from .server import build_app
from .sessions import Sessions

TOKEN = 'FSS_MM_WEB_TOKEN'
_SHORTEST = 16  # letters of a token


def serve(
    choices: Sequence[ModelChoice],
    host: str = '127.0.0.1',
    port: int = 7860,
    limits: Limits | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the page until it is interrupted.

    Args:
        choices (Sequence[ModelChoice]): Models; the first one is opened at once.
        host (str): An address that others reach needs a token: that of the environment
            variable ``FSS_MM_WEB_TOKEN``, or a new one, which is printed.
        port (int): 0 takes a free one.
        limits (Limits, optional): Defaults to the usual ones.
        open_browser (bool): Open the page in this machine's browser.

    Raises:
        OSError: If the port is taken.
        ValueError: If the token is too short, or the first model cannot be opened.
    """
    limits = limits or Limits()
    token = None if is_loopback(host) else token_of_environment()
    listening = _bound(host, port)
    desk = Desk(Models(choices), Sessions(limits))
    desk.models.get()
    address = _address(host, listening.getsockname()[1], token)
    print(f'fss-mm web: {address}  (Ctrl+C stops it)', flush=True)
    if open_browser:
        webbrowser.open(address)
    config = server_config(build_app(desk, limits, host, token))
    uvicorn.Server(config).run(sockets=[listening])


def server_config(app: Application, **options) -> uvicorn.Config:
    """How the server speaks HTTP.

    Args:
        app (Application): The page.
        **options: More of uvicorn's.
    """
    known = dict(
        log_level='warning',
        server_header=False,
        timeout_keep_alive=30,
        limit_concurrency=500,
        lifespan='off',
    )
    return uvicorn.Config(app, **known | options)


def token_of_environment() -> str:
    """The token that was chosen, or a new one.

    Raises:
        ValueError: If it is too short, or has letters that an address cannot hold.
    """
    token = os.environ.get(TOKEN) or secrets.token_urlsafe(24)
    if len(token) < _SHORTEST or not re.fullmatch(r'[A-Za-z0-9_-]+', token):
        raise ValueError(
            f'{TOKEN} has {len(token)} letters, expected {_SHORTEST} or more letters, '
            'digits, - and _'
        )
    return token


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        reason = error.strerror or error
        raise OSError(
            f'{host}:{port} cannot be listened on ({reason}); choose another --port, '
            'or 0 for any free one'
        ) from error


def _address(host: str, port: int, token: str | None) -> str:
    shown = f'[{host}]' if ':' in host else host
    if host in ('0.0.0.0', '::'):
        shown = socket.gethostname()
    return f'http://{shown}:{port}/' + (f'?token={token}' if token else '')
