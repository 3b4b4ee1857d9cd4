"""At which size a prediction is compared with the truth."""

import pytest
import torch

from fss_mm.evaluation.scoring import prediction_and_target


def sample(**more):
    """A head's logits at 1 x 2, whose query has a mask of 1 x 4."""
    logits = torch.tensor([[[0.0, 0.0]], [[-1.0, 5.0]]])
    return dict(
        query_name='q',
        ori_shape=(1, 16),
        img_shape=(1, 8),
        gt_sem_seg=dict(data=torch.tensor([[[0, 255, 1, 1]]])),
        pred_sem_seg=dict(data=torch.tensor([[[0, 1, 1, 1]]])),
        seg_logits=dict(data=logits),
        **more,
    )


@pytest.mark.parametrize('size', ['input', (1, 8)])
@pytest.mark.parametrize(
    'corners, expected',
    [
        # the foreground's at 0, 1/8, 3/8, 5/8, 7/8 and 1 of the way from -1 to 5:
        # -1 -1 -0.25 1.25 2.75 4.25 5 5. By way of 1 x 4 the third would be 0.125
        (False, [0, 0, 0, 1, 1, 1, 1, 1]),
        # every seventh of the way: -1 -1/7 5/7 ...
        (True, [0, 0, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_another_size_is_one_resize_of_the_heads_logits(size, corners, expected):
    found = prediction_and_target(sample(align_corners=corners), size, 'ignore', 255)
    assert found[0].tolist() == [expected]
    assert found[1].tolist() == [[0, 0, 255, 255, 1, 1, 1, 1]]


def test_logits_that_a_head_takes_from_the_nearest_cell():
    """Not bilinear ones, which are above 0 in a pixel more on the left."""
    given = sample(resize_mode='nearest', align_corners=True)
    found = prediction_and_target(given, (1, 8), 'ignore', 255)
    assert found[0].tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]


def test_at_the_masks_size_the_prediction_is_taken_as_it_is():
    found = prediction_and_target(sample(), 'mask', 'background', 255)
    assert [values.tolist() for values in found] == [[[0, 1, 1, 1]], [[0, 0, 1, 1]]]


def test_a_mask_that_was_resized_is_not_original():
    with pytest.raises(ValueError, match=r'q: the mask is \(1, 4\) .* \(1, 16\)'):
        prediction_and_target(sample(), 'original', 'ignore', 255)


def test_a_query_without_a_mask_is_not_scored():
    given = sample()
    del given['gt_sem_seg']
    with pytest.raises(ValueError, match='q: a query without a mask cannot be scored'):
        prediction_and_target(given, 'mask', 'ignore', 255)
