"""What the Hugging Face hub's client says in many lines, in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_SECONDS = 10.0  # for the hub to answer
_OFFLINE = 'no network, or HF_HUB_OFFLINE is set'


@contextmanager
def hub_asked_once() -> Iterator[None]:
    """Without a network, what is kept on this machine serves at once.

    Its client would ask six times for each file, which takes half a minute and more,
    with a warning each time.
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not _answers(constants.ENDPOINT)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _answers(address: str) -> bool:
    from huggingface_hub.utils import get_session

    try:
        get_session().head(address, timeout=_SECONDS)
    except Exception:  # of many kinds: the client's library differs by its release
        return False
    return True


def hub_error(error: Exception, repo: str, revision: str | None = None) -> OSError:
    """The reason why a model is not had from the hub.

    Args:
        error (Exception): Of huggingface_hub, or of what it uses.
        repo (str): Name of the model, ``user/name``.
        revision (str, optional): That was asked for. Defaults to None.

    Returns:
        OSError: To be raised: a PermissionError, FileNotFoundError or ConnectionError,
        or another OSError of this machine's disk.
    """
    from huggingface_hub import errors

    name = repo if revision is None else f'{repo}@{revision}'
    if isinstance(error, errors.GatedRepoError):
        return PermissionError(
            f'model {name!r} is gated: ask for access on https://huggingface.co/{repo}'
            ', and log in by `hf auth login`'
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return FileNotFoundError(f'model {repo!r} has no revision {revision!r}')
    if isinstance(error, (errors.RepositoryNotFoundError, errors.HFValidationError)):
        return FileNotFoundError(
            f'model {name!r} is no folder here and not on the hub; a private one '
            'needs `hf auth login`'
        )
    if isinstance(error, OSError) and error.strerror:  # of this machine
        return OSError(f'model {name!r} cannot be kept: {error.strerror}')
    offline = (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled)
    if isinstance(error, offline):
        return ConnectionError(_unreached(name, _OFFLINE))
    reason = str(error).strip().partition('\n')[0].rstrip('.') or type(error).__name__
    return ConnectionError(_unreached(name, reason))


def _unreached(name: str, reason: str) -> str:
    return f'model {name!r} is not here, and the hub cannot be reached: {reason}'
