import pytest
import torch
import torch.nn.functional as F

from fss_mm.models.layers import ASPPDecoder, AttentiveFusion

LITERAL = dict(inner_activation=False, out_activation=False, affine=False)


def inputs(channels=4, size=9):
    torch.manual_seed(0)
    feat = torch.rand(2, channels, size, size, dtype=torch.float64)
    prototype = torch.rand(2, channels, 1, 1, dtype=torch.float64)
    fg = torch.rand(2, 1, size, size, dtype=torch.float64)
    return feat, prototype, fg, 1 - fg


def test_literal_equation_3():
    """Against the formula, written out."""
    fusion = AttentiveFusion(4, **LITERAL).double()
    feat, z, fg, bg = inputs()

    def norm(x):
        mean = x.mean((2, 3), keepdim=True)
        return (x - mean) / (x.var((2, 3), keepdim=True, correction=0) + 1e-5).sqrt()

    def conv(i, x):
        return F.conv2d(x, fusion.convs[i].weight, fusion.convs[i].bias, padding=1)

    g0 = torch.cat([feat, z.expand_as(feat)], 1)
    g1 = norm(conv(0, g0) + g0)
    g2 = norm(conv(1, torch.cat([g1, fg, bg], 1)) + g1)
    expected = norm(conv(2, g2) + g2)
    assert (fusion(feat, z, fg, bg) - expected).abs().max() < 1e-10


def change_by_swapping(fusion):
    """Change of the first step's output, cell by cell, by another class vector."""
    feat, z, _, _ = inputs(channels=16, size=17)
    steps = []
    for prototype in (z, z.flip(0)):
        x = torch.cat([feat, prototype.expand_as(feat)], 1)
        steps.append(fusion._step(0, x, x))
    change = (steps[0] - steps[1]).abs() / steps[0].abs().mean()
    return change.mean((0, 1))  # (h, w)


def test_literal_reading_loses_the_class_vector():
    """But for what the zero padding of the border lets through."""
    torch.manual_seed(1)
    literal = AttentiveFusion(16, **LITERAL).double()
    working = AttentiveFusion(16).double()
    working.load_state_dict(literal.state_dict(), strict=False)
    change = change_by_swapping(literal)
    interior, border = change[1:-1, 1:-1].mean(), change[0].mean()
    assert interior < 0.2 * border, 'it comes in by the border'
    assert change_by_swapping(working)[1:-1, 1:-1].mean() > 2 * interior
    for fusion in (literal, working):
        fusion.convs[0].padding_mode = 'replicate'
    assert change_by_swapping(literal).max() < 1e-10
    assert change_by_swapping(working).mean() > 0.05


def test_swapping_the_class_vector_changes_the_output():
    torch.manual_seed(1)
    fusion, (feat, z, fg, bg) = AttentiveFusion(4).double(), inputs()
    change = (fusion(feat, z, fg, bg) - fusion(feat, z.flip(0), fg, bg)).abs()
    assert change.mean() > 1e-2


def test_literal_output_hides_its_mean_from_global_pooling():
    literal = AttentiveFusion(4, **LITERAL).double()
    assert literal(*inputs()).mean((2, 3)).abs().max() < 1e-10
    assert AttentiveFusion(4).double()(*inputs()).mean((2, 3)).abs().max() > 0.1


def test_normalised_maps_do_not_depend_on_scale():
    fusion = AttentiveFusion(4, normalize_maps=True).double()
    feat, z, fg, bg = inputs()
    faint = 0.5 + 0.1 * (fg - 0.5)
    a, b = fusion(feat, z, fg, bg), fusion(feat, z, faint, 1 - faint)
    assert torch.allclose(a, b, atol=1e-2)
    assert not torch.allclose(a, fusion(feat, z, fg.flip(2), bg.flip(2)), atol=1e-1)


@pytest.mark.parametrize('switches', [{}, LITERAL, dict(normalize_maps=True)])
def test_gradients(switches):
    """Finite differences agree, of inputs and parameters."""
    torch.manual_seed(0)
    fusion = AttentiveFusion(2, **switches).double()
    tensors = [t[:1, :2, :4, :4].clone().requires_grad_() for t in inputs()]
    assert torch.autograd.gradcheck(
        lambda *x: fusion(*x[:4]), (*tensors, *fusion.parameters())
    )


def test_aspp_keeps_the_size_and_sees_the_whole_map():
    decoder = ASPPDecoder(3, 4, dilations=(1,), dropout=0.0).double()
    x = torch.rand(1, 3, 9, 9, dtype=torch.float64, requires_grad=True)
    logits = decoder(x)
    assert logits.shape == (1, 2, 9, 9)
    logits[0, 0, 0, 0].backward()
    assert (x.grad.abs().sum(1) > 0).all(), 'by its pooled branch'
