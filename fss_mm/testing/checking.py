"""All checks of a head, from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .case import HeadCase
from .results import (
    EXPECTED,
    FAILED,
    PASSED,
    SKIPPED,
    CheckFailedError,
    CheckResult,
    CheckSkippedError,
    HeadCheck,
    HeadCheckError,
    all_checks,
)
from .subjects import Subject


def check_head(
    config_or_head: Subject,
    *,
    expected_failed_checks: Mapping[str, str] | None = None,
    on_fail: str | None = 'raise',
    callback: Callable[[CheckResult], None] | None = None,
    keep_backbone: bool = False,
) -> list[CheckResult]:
    """Put a head through all checks, as scikit-learn's ``check_estimator`` does.

    The head is copied for each check. Encoders of a config are not run: features of
    their widths and strides are made of drawn images.

    Args:
        config_or_head: A config, its name or path; the part of it that is a model or a
            head; a built head or segmentor.
        expected_failed_checks (Mapping[str, str], optional): Names of checks that are
            known to fail, with the reason. Defaults to none.
        on_fail (str, optional): 'raise', when all checks are made, or None: failures
            are among what is returned. Defaults to 'raise'.
        callback (Callable, optional): Called with each result as it is there. Defaults
            to None.
        keep_backbone (bool): Run the encoders of a config, with random weights, and not
            a stand-in. Defaults to False.

    Returns:
        list[CheckResult]: Of all checks; those that do not apply are skipped with a
        reason.

    Raises:
        HeadCheckError: If a check fails: what is wrong, and why it matters, in a line
            for each.
        ValueError: If there is no check of an expected name, or no such ``on_fail``.

    Examples:
        >>> from fss_mm.testing import check_head
        >>> results = check_head(dict(type='SimPropHead', in_channels=(6, 8)))
    """
    if on_fail not in ('raise', None):
        raise ValueError(f"on_fail={on_fail!r}, expected 'raise' or None")
    expected = _known(expected_failed_checks or {})
    case, results = HeadCase(config_or_head, keep_backbone), []
    for check in all_checks():
        result = run_check(check, case, expected.get(check.name))
        results.append(result)
        if callback is not None:
            callback(result)
    failed = [str(result) for result in results if result.status == FAILED]
    if failed and on_fail == 'raise':
        lines = '\n'.join(failed)
        raise HeadCheckError(f'{case.name} fails {len(failed)} checks:\n{lines}')
    return results


def run_check(check: HeadCheck, case: HeadCase, expected: str | None) -> CheckResult:
    """Make one check.

    Args:
        check (HeadCheck): Which.
        case (HeadCase): Of what.
        expected (str, optional): Why it is known to fail, if it is.
    """
    case.prototype  # noqa: B018  what cannot be built at all fails for itself
    try:
        check.run(case)
    except CheckSkippedError as reason:
        return CheckResult(check.name, SKIPPED, str(reason), check.why)
    except Exception as error:  # whatever a stranger's head raises is a finding
        what = str(error)
        if not isinstance(error, CheckFailedError):
            what = f'{type(error).__name__}: {error}'.partition('\n')[0]
        if expected is not None:
            return CheckResult(check.name, EXPECTED, expected, check.why, error)
        return CheckResult(check.name, FAILED, what, check.why, error)
    if expected is None:
        return CheckResult(check.name, PASSED, '', check.why)
    what = f'it passes, and was expected to fail ({expected}): take it off the list'
    return CheckResult(check.name, FAILED, what, check.why)


def check_names() -> list[str]:
    """Names of all checks, in the order in which they are made."""
    return [check.name for check in all_checks()]


def _known(expected: Mapping[str, str]) -> dict[str, str]:
    names = check_names()
    unknown = [name for name in expected if name not in names]
    if unknown:
        raise ValueError(
            f'expected_failed_checks: no check {unknown[0]!r}, expected '
            f'{", ".join(names)}'
        )
    return dict(expected)


def bound_checks(
    config_or_head: Subject, expected: Mapping[str, str], keep_backbone: bool
) -> Iterator[tuple[str, Callable[[], CheckResult]]]:
    """Each check's name and a function that makes it; the head is built once."""
    expected, cases = _known(expected), []

    def run(check: HeadCheck) -> CheckResult:
        if not cases:
            cases.append(HeadCase(config_or_head, keep_backbone))
        return run_check(check, cases[0], expected.get(check.name))

    for check in all_checks():
        yield check.name, lambda check=check: run(check)
