"""All checks of some heads, as tests of pytest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .checking import bound_checks
from .results import EXPECTED, FAILED, SKIPPED, HeadCheckError
from .subjects import Subject


def parametrize_with_head_checks(
    heads: Mapping[str, Subject],
    expected_failed_checks: Mapping[str, Mapping[str, str]] | None = None,
    keep_backbone: bool = False,
) -> Callable:
    """A test for each head and check; what does not apply is skipped with its reason.

    Args:
        heads (Mapping[str, Any]): By the name that a test shows, what
            :func:`check_head` takes. They are built when the first check runs.
        expected_failed_checks (Mapping, optional): By head's name, as in
            :func:`check_head`. Defaults to none.
        keep_backbone (bool): As in :func:`check_head`.

    Examples:
        >>> HEADS = {'own': dict(type='OwnHead', in_channels=(8, 8))}
        >>> @parametrize_with_head_checks(HEADS)
        ... def test_head(check):
        ...     check()
    """
    import pytest

    params = []
    for name, head in heads.items():
        expected = (expected_failed_checks or {}).get(name, {})
        for check, run in bound_checks(head, expected, keep_backbone):
            params.append(pytest.param(_as_test(run, name), id=f'{name}-{check}'))
    return pytest.mark.parametrize('check', params)


def _as_test(run: Callable, name: str) -> Callable[[], None]:
    def check() -> None:
        import pytest

        result = run()
        if result.status == SKIPPED:
            pytest.skip(result.what)
        if result.status == EXPECTED:
            pytest.xfail(result.what)
        if result.status == FAILED:
            raise HeadCheckError(f'{name}: {result}') from result.error

    return check
