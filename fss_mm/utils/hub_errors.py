"""What the Hugging Face hub's client says in many lines, in one."""

from __future__ import annotations


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
    reason = str(error).strip().partition('\n')[0].rstrip('.') or type(error).__name__
    return ConnectionError(
        f'model {name!r} is not here, and the hub cannot be reached: {reason}'
    )
