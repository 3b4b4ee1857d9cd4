"""Our own heads, and that of the example project, through the suite for all heads."""

from fss_mm.models import FewShotDecodeHead
from fss_mm.registry import MODELS
from fss_mm.testing import parametrize_with_head_checks
from tests.models.builders import SMALL_HEADS
from tests.models.test_hsnet import ENCODER, SMALL, VOTES

LEVELS = dict(type='StandInBackbone', channels=(6, 8))


def model(kind, in_channels=(6, 8), in_index=(0, 1), **options):
    """A head in a model; supports have an encoder of their own if it is given."""
    given = {
        key: options.pop(key)
        for key in ('backbone', 'support_backbone')
        if key in options
    }
    head = dict(type=kind, in_channels=in_channels, in_index=in_index) | options
    return dict(type='FewShotSegmentor', backbone=LEVELS, decode_head=head) | given


LAST = dict(in_channels=(8,), in_index=(1,), support_backbone=LEVELS)
HEADS = SMALL_HEADS | dict(
    AMPHead=model('AMPHead', num_base_classes=2, channels=4),
    AMCGHead=model('AMCGHead', channels=4),
    CoFCNHead=model('CoFCNHead', channels=4, kernel_size=3, init_cfg=None, **LAST),
    OSLSMHead=model('OSLSMHead', support_channels=8, **LAST),
    PGNetHead=model('PGNetHead', channels=4),
    PFENetHead=model(
        'PFENetHead', channels=4, prior=None, enrichment=dict(scales=(1, 0.5))
    ),
    HSNetHead=dict(type='FewShotSegmentor', backbone=ENCODER, decode_head=SMALL),
)


@parametrize_with_head_checks(
    HEADS, expected_failed_checks=dict(HSNetHead=dict(classes_together=VOTES))
)
def test_head(check):
    check()


def test_no_head_is_left_out():
    ours = {
        name
        for name, kind in MODELS.module_dict.items()
        if isinstance(kind, type)
        and issubclass(kind, FewShotDecodeHead)
        and kind.__module__.startswith('fss_mm.')
    }
    assert len(ours) > 10 and ours <= HEADS.keys()
