"""How a model is named, and which weights it has then."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fss_mm.analysis.encoder import open_encoder
from fss_mm.inference.opening import open_segmentor
from fss_mm.registry import MODELS
from fss_mm.utils.config_options import read_config
from tests.inference.conftest import color_config


@MODELS.register_module()
class ScaledBackbone(nn.Module):
    """Colours, each times a weight; 1 where nothing was loaded."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3, 1, 1))

    def forward(self, x):
        return (self.scale * x,)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A model folder at home, whose weights are 2."""
    cfg = color_config()
    cfg.model.backbone.type = 'ScaledBackbone'
    folder = tmp_path / 'models/m'
    folder.mkdir(parents=True)
    lines = [f'{key} = {value!r}\n' for key, value in cfg.to_dict().items()]
    (folder / 'config.py').write_text(''.join(lines))
    weights = {'backbone.scale': torch.full((3, 1, 1), 2.0)}
    save_file(weights, folder / 'model.safetensors')
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scale(model):
    return model.backbone.scale.mean().item()


@pytest.mark.parametrize('place', ['models/m', './models/m', '~/models/m'])
@pytest.mark.parametrize('file', ['', '/', '/config.py'])
def test_a_model_folder_is_opened_with_its_weights(home, place, file):
    assert scale(open_segmentor(place + file)[1]) == 2
    assert scale(open_segmentor(read_config(place + file))[1]) == 2
    assert scale(open_encoder(read_config(place + file))) == 2


@pytest.mark.parametrize('file', ['', '/model.safetensors'])
def test_weights_at_home_are_found(home, file):
    cfg = read_config('models/m')
    cfg.dump('plain.py')
    assert scale(open_segmentor('plain.py')[1]) == 1
    assert scale(open_segmentor('plain.py', f'~/models/m{file}')[1]) == 2


@pytest.mark.parametrize(
    ('option', 'text'),
    [
        ({'modle.test_scales': [0.75, 1]}, "nothing reads 'modle' .* mean 'model'"),
        ({'decode_head.in_index': 0}, "nothing reads.* mean 'model.decode_head'"),
        ({'model.backbone.name.x': 1}, "name is 'n', which has no keys"),
        ({'model.backbone.x': 1}, "unknown key 'x' in model.backbone"),
        ({'model': 3}, 'model'),
        ({'model': None}, 'the config has no model'),
    ],
)
@pytest.mark.parametrize('refiner', [None, 'guided'])
def test_options_that_nobody_reads_are_refused(option, text, refiner):
    cfg = color_config()
    cfg.model.backbone = dict(type='ColorBackbone', name='n')
    with pytest.raises(ValueError, match=text):
        open_segmentor(cfg, cfg_options=option, refiner=refiner)
