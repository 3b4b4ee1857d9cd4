"""The page's server: Starlette over the actions.

Uploads are read into memory, bounded, and never written to disk; files that are sent
are those of ``assets``, by their names alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from importlib.resources import files

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .actions import ACTIONS, Desk, said, view
from .downloads import classes_as_file, load_classes, masks_as_zip
from .drawn import jpeg
from .guard import Guard
from .limits import LimitReached, Limits, Refused
from .session import Session
from .uploads import safe_name, too_large

_TAB = re.compile(r'[\w-]{8,64}')
_TYPES = dict(
    html='text/html', css='text/css', js='text/javascript', svg='image/svg+xml'
)
_MOST_JSON = 2 * 2**20
_AT_ONCE = 16  # uploads that are in memory; others wait before they are read
_SLOWEST = 60.0  # seconds for an upload
_LOG = logging.getLogger('fss_mm.web')


class Page:
    """What is behind each address.

    Args:
        desk (Desk): Models and sessions.
        limits (Limits): Of uploads.
    """

    def __init__(self, desk: Desk, limits: Limits) -> None:
        self.desk, self.limits = desk, limits
        folder = files(__package__) / 'assets'
        names = sorted(path.name for path in folder.iterdir())
        self.assets = {name: (folder / name).read_bytes() for name in names}
        self.uploads = asyncio.Semaphore(_AT_ONCE)
        self.work = asyncio.Semaphore(2)

    @property
    def routes(self) -> list[Route]:
        """All addresses."""
        return [
            Route('/', self.index),
            Route('/assets/{name}', self.asset),
            Route('/do/{action}', answering(self.do), methods=['POST']),
            Route('/upload/{role}', answering(self.upload), methods=['POST']),
            Route('/photograph/{number:int}', answering(self.photograph)),
            Route('/masks.zip', answering(self.masks)),
            Route('/classes.safetensors', answering(self.classes)),
        ]

    async def index(self, request: Request) -> Response:
        """The page."""
        return self._asset('index.html')

    async def asset(self, request: Request) -> Response:
        """A script or a style sheet."""
        name = request.path_params['name']
        if name not in self.assets or name == 'index.html':
            return JSONResponse(dict(message='there is no such file'), 404)
        return self._asset(name)

    async def do(self, request: Request) -> Response:
        """An action."""
        action = ACTIONS.get(request.path_params['action'])
        if action is None:
            raise Refused('the page asks for what is not there; load it again')
        data = _json(await self._body(request, _MOST_JSON, 'the request'))
        session = self._session(request)
        return await self._compute(request, lambda: action(self.desk, session, data))

    async def upload(self, request: Request) -> Response:
        """A photograph, a mask or a file of classes, as the request's body."""
        name = safe_name(request.query_params.get('name', 'image'))
        session, role = self._session(request), request.path_params['role']
        take = self._taker(role, session, name, request.query_params)
        async with self.uploads:
            content = await self._body(request, self.limits.file_bytes, name)

            def work() -> dict:
                more = take(content) or {}
                return view(self.desk, session, {}) | dict(name=name) | more

            return await self._compute(request, work)

    async def photograph(self, request: Request) -> Response:
        """A photograph of this tab, as it is worked with."""
        session = self._session(request)
        found = session.photograph(request.path_params['number'])
        content = await run_in_threadpool(jpeg, found.picture.pixels)
        return Response(content, media_type='image/jpeg')

    async def masks(self, request: Request) -> Response:
        """All masks."""
        session, query = self._session(request), request.query_params
        threshold = _number(query.get('threshold', '0.5'))

        def work() -> bytes:
            return masks_as_zip(session, self.desk.model_of(query), threshold)

        content = await self._compute(request, work, plain=True)
        return _file(content, 'masks.zip', 'application/zip')

    async def classes(self, request: Request) -> Response:
        """What was learned."""
        session, query = self._session(request), request.query_params

        def work() -> bytes:
            return classes_as_file(session, self.desk.model_of(query))

        content = await self._compute(request, work, plain=True)
        return _file(content, 'classes.safetensors', 'application/octet-stream')

    # ---- parts ---------------------------------------------------------------------

    def _taker(
        self, role: str, session: Session, name: str, query: Mapping[str, str]
    ) -> Callable[[bytes], dict | None]:
        """What takes an upload."""
        number = query.get('id', '')

        def example(content: bytes) -> dict:
            one = session.add_example(content, name, query.get('class', ''))
            return dict(id=one.photograph.number)

        def search(content: bytes) -> dict:
            return dict(id=session.add_query(content, name).number)

        def mask(content: bytes) -> dict:
            own = int(number) if number.isdigit() else -1
            with said() as lines:
                session.upload_mask(own, content, name)
            return dict(said=lines)

        def classes(content: bytes) -> None:
            model = self.desk.model_of(query)
            load_classes(session, model, content, name, self.limits)

        takers = dict(example=example, query=search, mask=mask, classes=classes)
        if role not in takers:
            raise Refused('the page sends what is not taken; load it again')
        return takers[role]

    async def _compute(self, request: Request, work: Callable, plain: bool = False):
        """Work in a thread, on the user's time."""
        user = request.scope['user_of_fss_mm']

        def counted():
            with self.desk.sessions.computing(user):
                return work()

        async with self.work:
            result = await run_in_threadpool(counted)
        return result if plain else JSONResponse(result)

    def _session(self, request: Request) -> Session:
        tab = request.query_params.get('tab', '')
        if not _TAB.fullmatch(tab):
            raise Refused('the page is not known; load it again')
        return self.desk.sessions.of(request.scope['user_of_fss_mm'], tab)

    async def _body(self, request: Request, most: int, name: str) -> bytes:
        """A request's body, no longer than allowed, in a bounded time."""
        content = bytearray()
        too_long = Refused(too_large(name, self.limits))
        length = request.headers.get('content-length', '0')
        if length.isdigit() and int(length) > most:
            raise too_long
        with anyio.fail_after(_SLOWEST):
            async for part in request.stream():
                content += part
                if len(content) > most:
                    raise too_long
        return bytes(content)

    def _asset(self, name: str) -> Response:
        kind = _TYPES[name.rpartition('.')[2]]
        kept = {} if name == 'index.html' else {'cache-control': 'no-cache'}
        return Response(self.assets[name], media_type=kind, headers=kept)


def answering(endpoint: Callable) -> Callable:
    """Say an error in a line, as JSON."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except LimitReached as error:
            return _message(str(error), 429)
        except ValueError as error:  # Refused, and the library's own
            return _message(str(error), 422)
        except (ClientDisconnect, TimeoutError):
            return _message('the connection was lost before all had arrived', 408)
        except Exception:
            _LOG.exception('an error behind %s', request.url.path)
            return _message('this did not work; the server has logged why', 500)

    return answer


def build_app(
    desk: Desk, limits: Limits, host: str = '127.0.0.1', token: str | None = None
) -> Guard:
    """The page as an ASGI application.

    Args:
        desk (Desk): Models and sessions.
        limits (Limits): Of uploads.
        host (str): The address that is listened on.
        token (str, optional): As in :class:`.guard.Guard`.
    """
    return Guard(Starlette(routes=Page(desk, limits).routes), host, token)


def _json(content: bytes) -> Mapping:
    try:
        data = json.loads(content or b'{}')
    except (ValueError, RecursionError) as error:
        raise Refused('the request cannot be read; load the page again') from error
    if not isinstance(data, dict):
        raise Refused('the request cannot be read; load the page again')
    return data


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Refused(f'a threshold of {text[:20]!r}, expected 0.01 to 0.99') from error


def _file(content: bytes, name: str, kind: str) -> Response:
    told = {'content-disposition': f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=told)


def _message(text: str, status: int) -> Response:
    return JSONResponse(dict(message=text), status)
