import torch
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.utils.masks import foreground_mask


@given(st.lists(st.integers(-2, 2), min_size=8, max_size=8))
def test_a_mask_is_the_argmax(values):
    """Ties are background, as argmax has the first of equals."""
    logits = torch.tensor(values, dtype=torch.float32).view(1, 2, 2, 2)
    mask = foreground_mask(logits)
    assert mask.dtype == torch.uint8 and mask.tolist() == logits.argmax(1).tolist()
    assert torch.equal(foreground_mask(logits[0], 0), mask[0])
    assert torch.equal(foreground_mask(logits, -3), mask)
