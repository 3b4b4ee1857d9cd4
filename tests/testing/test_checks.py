"""Each check can fail, and says what is wrong; a sound head passes all of them."""

import pytest
from nearest_color_head import NearestColorHead

from fss_mm.registry import MODELS
from fss_mm.testing import (
    HeadCase,
    HeadCheckError,
    check_head,
    check_names,
    parametrize_with_head_checks,
)
from fss_mm.testing.checking import run_check
from fss_mm.testing.results import all_checks
from tests.testing.toys import MUTANTS, WIDTHS, OneLogit, SoundHead

SOUND = dict(type=SoundHead, **WIDTHS)
SOME = 'output', 'gradients'


def test_a_sound_head_passes_all_checks():
    seen = []
    results = check_head(SOUND, callback=seen.append)
    assert seen == results and [x.name for x in results] == check_names()
    assert {x.status for x in results} == {'passed'}
    assert str(results[0]) == 'output: passed'


@pytest.mark.parametrize('kind', MUTANTS)
def test_a_broken_head_is_found(kind):
    name, said = MUTANTS[kind]
    (check,) = (x for x in all_checks() if x.name == name)
    result = run_check(check, HeadCase(dict(type=kind, **WIDTHS)), None)
    assert result.status == 'failed'
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(str(result))
    assert str(result).endswith(f'Why it matters: {check.why}.')
    assert '\n' not in str(result)


def test_every_check_can_fail():
    found = {name for name, _ in MUTANTS.values()}
    also = {'small_object'}  # of DividesByTheArea, too
    assert found | also == set(check_names())


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(HeadCheckError) as found:
        check_head(dict(type=OneLogit, **WIDTHS))
    first, *lines = str(found.value).split('\n')
    assert first == f'OneLogit fails {len(lines)} checks:' and len(lines) > 2
    assert lines[0].startswith('output: FAILED: query_logits have shape')


def test_failures_that_are_expected():
    known = dict(checkpoint='its offset is drawn anew')
    (broken,) = (kind for kind in MUTANTS if kind.__name__ == 'NoBuffer')
    results = check_head(dict(type=broken, **WIDTHS), expected_failed_checks=known)
    (result,) = (x for x in results if x.status != 'passed')
    assert str(result) == 'checkpoint: expected to fail: its offset is drawn anew'
    (check,) = (x for x in all_checks() if x.name == 'checkpoint')
    result = run_check(check, HeadCase(SOUND), known['checkpoint'])
    assert result.status == 'failed'
    assert 'it passes, and was expected to fail' in result.what


@pytest.mark.parametrize(
    ('call', 'error', 'message'),
    [
        (dict(on_fail='warn'), ValueError, "on_fail='warn', expected 'raise' or None"),
        (
            dict(expected_failed_checks=dict(outputs='x')),
            ValueError,
            "no check 'outputs', expected output, prediction",
        ),
        (dict(config_or_head=3), TypeError, '3 is no head: expected a config'),
        (dict(config_or_head=dict(a=1)), ValueError, r"with \['a'\] is none of a head"),
        (dict(config_or_head='no/such'), FileNotFoundError, "'no/such' does not exist"),
    ],
)
def test_what_cannot_be_checked(call, error, message):
    with pytest.raises(error, match=message):
        check_head(**dict(config_or_head=SOUND) | call)


def test_a_head_that_cannot_be_built_is_no_finding():
    with pytest.raises(ValueError, match='must have the same length'):
        check_head(dict(type=SoundHead, in_channels=(6, 8), in_index=(0,)))


def test_built_ones_are_copied():
    """A head, and a segmentor whose encoder is replaced."""
    head = NearestColorHead(channels=4, **WIDTHS)
    before = head.embed.weight.clone()
    skipped = [x for x in check_head(head) if x.status == 'skipped']
    assert {x.name for x in skipped} == {'checkpoint', 'unknown_argument'}
    assert all('was given built' in x.what for x in skipped)
    assert (head.embed.weight == before).all() and head.embed.weight.grad is None
    backbone = dict(type='StandInBackbone', channels=(6, 8))
    model = MODELS.build(
        dict(type='FewShotSegmentor', backbone=backbone, decode_head=SOUND)
    )
    case = HeadCase(model)
    results = [
        run_check(each, case, None) for each in all_checks() if each.name in SOME
    ]
    assert [x.status for x in results] == ['passed', 'passed']
    assert case.prototype.backbone is not model.backbone


def test_as_tests_of_pytest():
    mark = parametrize_with_head_checks(
        {'own': SOUND, 'broken': dict(type=OneLogit, **WIDTHS)},
        {'broken': dict(prediction='it is broken')},
    )
    name, params = mark.mark.args
    assert name == 'check' and len(params) == 2 * len(check_names())
    tests = {param.id: param.values[0] for param in params}
    tests['own-output']()
    with pytest.raises(HeadCheckError, match='broken: output: FAILED: query_logits'):
        tests['broken-output']()
    with pytest.raises(pytest.xfail.Exception, match='it is broken'):
        tests['broken-prediction']()
