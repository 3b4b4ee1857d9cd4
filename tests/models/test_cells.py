"""Cells of a class, their matches and their clusters, by hand."""

import numpy as np
import pytest
import torch

from fss_mm.models.layers import (
    above_or_best,
    backward_votes,
    cells_of_label,
    cluster_cells,
    cluster_scores,
    unit_vectors,
)
from fss_mm.models.layers.cell_clusters import grid_within


def mask(rows):
    return torch.tensor([[int(x) for x in row] for row in rows.split()])[None]


def digits(cells):
    return ' '.join(''.join(str(int(x)) for x in row) for row in cells[0, 0])


@pytest.mark.parametrize(
    ('rows', 'size', 'expected'),
    [
        ('1100 1100 0000 0000', (2, 2), '10 00'),
        ('1110 1110 0000 0000', (2, 2), '10 00'),  # a half is not enough
        ('1111 1111 1111 1111', (2, 2), '11 11'),
        ('0000 0000 0000 0000', (2, 2), '00 00'),
        ('0000 0010 0000 0000', (2, 2), '01 00'),  # between pixels: at its centroid
        ('0000 0000 0000 0001', (1, 1), '1'),
        ('10', (2, 4), '1100 1100'),  # a mask smaller than the map
    ],
)
def test_cells_of_a_label(rows, size, expected):
    assert digits(cells_of_label(mask(rows), 1, size)) == expected


def test_a_mask_that_bilinear_resizing_loses_has_its_nearest_pixels():
    """Every other pixel: one half each time, and nearest pixels see all of them."""
    rows = ' '.join(['1010'] * 4)
    assert digits(cells_of_label(mask(rows), 1, (2, 2))) == '11 11'
    together = torch.cat([mask(rows), mask('0000 0010 0000 0000'), mask('0000 ' * 4)])
    found = cells_of_label(together, 1, (2, 2))
    assert [int(x) for x in found.sum((1, 2, 3))] == [4, 1, 0], 'each by itself'


def test_the_centroid_of_four_corners_is_their_middle():
    corners = torch.zeros(1, 9, 9, dtype=torch.uint8)
    corners[0, 2, [2, 5]] = corners[0, 5, [2, 5]] = 1
    assert digits(cells_of_label(corners, 1, (3, 3))) == '000 010 000'


def test_unit_vectors():
    x = torch.stack([torch.tensor([3.0, 0.0]), torch.tensor([4.0, 0.0])])[None, :, None]
    found = unit_vectors(x.half())
    assert found.dtype == torch.float32
    assert found[0, :, 0, 0].tolist() == pytest.approx([0.6, 0.8])
    assert found[0, :, 0, 1].tolist() == [0.0, 0.0], 'nothing stays nothing'


def test_votes():
    """Two shots, one of which shows the class where the query's first cell points."""
    query = torch.eye(2)[:, [0, 1]].view(1, 2, 1, 2)
    shots = torch.stack([torch.eye(2), torch.eye(2)]).view(1, 2, 2, 1, 2)
    labels = torch.tensor([[[[1, 0]], [[255, 1]]]], dtype=torch.uint8)
    assert backward_votes(query, shots, labels).tolist() == [[[[2.0, 1.0]]]]
    labels[0, 1] = torch.tensor([[0, 1]])
    assert backward_votes(query, shots, labels).tolist() == [[[[1.0, 1.0]]]]


@pytest.mark.parametrize(
    ('threshold', 'expected'), [(0.25, '0011'), (0.5, '0001'), (0.9, '0001')]
)
def test_cells_above_a_threshold_or_their_best(threshold, expected):
    cosine = torch.tensor([0.0, 0.2, 0.4, 0.8]).view(1, 1, 1, 4)
    assert digits(above_or_best(cosine, threshold, 0.9) > 0) == expected
    both = torch.cat([cosine, -cosine])
    assert (above_or_best(both, 0.25, 0.9)[1] > 0).sum() == 1, 'each image by itself'


def test_a_flat_image_has_no_best_cells():
    assert not (above_or_best(torch.zeros(1, 1, 3, 3), 0.5, 0.9) > 0).any()


@pytest.mark.parametrize(
    ('size', 'most', 'expected'),
    [
        ((64, 64), 4096, (64, 64)),
        ((65, 64), 4096, (64, 63)),
        ((128, 128), 4096, (64, 64)),
        ((10, 1000), 100, (1, 100)),
        ((1, 9), 4, (1, 4)),
        ((5, 5), 1, (1, 1)),
    ],
)
def test_grids_keep_their_shape_and_stay_below_the_most(size, most, expected):
    rows, columns = grid_within(size, most)
    assert (rows, columns) == expected and rows * columns <= most


def test_clusters_are_scipys_and_scikit_learns():
    pytest.importorskip('scipy', reason='scipy is not installed')
    cluster = pytest.importorskip('sklearn.cluster', reason='no scikit-learn')
    generator = torch.Generator().manual_seed(0)
    centers = torch.randn(4, 5, generator=generator)
    kinds = torch.randint(0, 4, (60,), generator=generator)
    cells = centers[kinds] + 0.4 * torch.randn(60, 5, generator=generator)
    found = cluster_cells(cells.T.view(1, 5, 6, 10), similarity=0.7).flatten().numpy()
    model = cluster.AgglomerativeClustering(
        None, metric='cosine', linkage='average', distance_threshold=0.3
    )
    expected = model.fit_predict(cells.numpy())
    assert len(set(expected)) > 2
    assert np.array_equal(
        found[:, None] == found[None], expected[:, None] == expected[None]
    )


def test_large_maps_are_clustered_at_a_coarser_grid():
    pytest.importorskip('scipy', reason='scipy is not installed')
    halves = torch.zeros(2, 2, 8, 12)
    halves[0, 0, :, :6] = halves[0, 1, :, 6:] = 1
    halves[1, 0, :4] = halves[1, 1, 4:] = 1
    for most in (4096, 24):
        found = cluster_cells(halves, max_cells=most)
        assert found.shape == (2, 1, 8, 12)
        assert found[0, 0, 0].unique_consecutive().numel() == 2
        assert torch.equal(found[0, 0], found[0, 0, :1].expand(8, 12))
        assert torch.equal(found[1, 0], found[1, 0, :, :1].expand(8, 12))


def test_one_cell_and_cells_that_are_no_numbers():
    pytest.importorskip('scipy', reason='scipy is not installed')
    assert cluster_cells(torch.ones(1, 3, 1, 1)).tolist() == [[[[0]]]]
    broken = torch.full((1, 3, 2, 2), torch.nan)
    assert cluster_cells(broken).unique().numel() == 4


def test_scores_of_clusters():
    """Three clusters of two cells: the seed, one that shares a half, one without."""
    clusters = torch.tensor([0, 0, 1, 1, 2, 2]).view(1, 1, 1, 6)
    candidates = torch.tensor([1, 0, 1, 0, 0, 0], dtype=torch.bool).view(1, 1, 1, 6)
    angle = torch.tensor([0.0, 0.0, 60.0, 60.0, 0.0, 0.0]).deg2rad()
    cells = torch.stack([angle.cos(), angle.sin()]).view(1, 2, 1, 6)
    prototype = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
    arguments = clusters, candidates, cells, cells, prototype
    for switches, expected in (
        ({}, 0.5 * 0.5 * 0.5),
        (dict(weigh_seed=False), 0.5 * 0.5),
        (dict(weigh_area=False), 0.5 * 0.5),
    ):
        scores = cluster_scores(*arguments, **switches).flatten().tolist()
        assert scores == pytest.approx([1, 1, expected, expected, 0, 0])
    none = cluster_scores(clusters, candidates & False, cells, cells, prototype)
    assert not none.any()
