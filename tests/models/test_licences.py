"""Weights whose licence restricts passing them on are accepted, or not passed on."""

import pytest
import torch

from fss_mm.models import encoder_licences, licences, require_accepted


class Encoder(torch.nn.Module):
    def __init__(self, name, licence):
        super().__init__()
        self.name, self.weights_licence = name, licence


class Segmentor(torch.nn.Module):
    def __init__(self, backbone, support_backbone=None):
        super().__init__()
        self.backbone, self.support_backbone = backbone, support_backbone


def test_each_encoder_that_knows_its_licence_is_named():
    one, other = Encoder('a', 'mit'), Encoder('b', 'dinov3-license')
    assert encoder_licences(Segmentor(one, other)) == dict(a='mit', b='dinov3-license')
    assert encoder_licences(Segmentor(Encoder('a', None), torch.nn.Identity())) == {}


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(licences, 'print_log', lambda text, *_: lines.append(text))
    return lines


@pytest.mark.parametrize('licence', ['apache-2.0', 'MIT', 'bsd-3-clause'])
def test_permissive_licences_ask_for_nothing(licence, said):
    require_accepted(dict(a=licence), accepted=False)
    assert said == []


@pytest.mark.parametrize('licence', ['dinov3-license', 'cc-by-nc-4.0', 'unknown'])
def test_others_are_accepted_and_said(licence, said):
    with pytest.raises(ValueError, match=f'weights of b: {licence}: .*--accept-lic'):
        require_accepted(dict(a='mit', b=licence), accepted=False)
    require_accepted(dict(a='mit', b=licence), accepted=True)
    assert said == [f'weights of b: {licence} (accepted)']
