"""What the tests of loops share: a small experiment, run and looked into."""

import json

import pytest
import torch
from mmengine.config import Config

from fss_mm.apis import evaluate
from fss_mm.models import FewShotSegmentor, ImageEncoder
from tests.conftest import ROOT

HEADS = dict(
    simprop=dict(
        type='SimPropHead', channels=4, decoder=dict(dilations=(2, 4, 6)), dropout=0.0
    ),
    canet=dict(type='CANetHead', channels=4, dropout=0.0),
    crnet=dict(type='CRNetHead', channels=4),
    panet=dict(type='PANetHead'),
    sg_one=dict(type='SGOneHead', channels=4),
    pfenet=dict(
        type='PFENetHead', channels=4, dropout=0.0, prior=dict(layers=('layer2',)),
        enrichment=dict(scales=(1.0, 0.5)),
    ),
    pgnet=dict(type='PGNetHead', channels=4, dropout=0.0),
    prototype=dict(type='PrototypeHead'),
    cluster_match=dict(type='ClusterMatchHead', similarity=0.95),
    clusters=dict(type='PrototypeHead', num_background_prototypes=3, calibrate=True),
    a_mcg=dict(type='AMCGHead', channels=4),
    discriminant=dict(type='DiscriminantHead', calibrate=True),
)  # fmt: skip
TUNING = dict(steps=2, optimizer=dict(type='SGD', lr=1e-2))


@pytest.fixture
def config(tmp_path):
    """A whole experiment: a small one on the embedded data set."""

    def make(head='simprop', shots=1, episodes=9, seeds=(0, 1), **model):
        cfg = Config.fromfile(ROOT / 'configs/shapes/simprop_fold0.py')
        cfg.work_dir = str(tmp_path / 'work')
        own = dict(HEADS[head], in_channels=(64,), in_index=(0,))
        if head in ('simprop', 'canet', 'crnet', 'a_mcg'):
            own['init_cfg'] = dict(type='Kaiming', layer='Conv2d')
        nodes = ('layer1', 'layer2') if 'prior' in own else ('layer1',)
        cfg.model = dict(
            type='FewShotSegmentor',
            backbone=dict(
                cfg.model.backbone, frozen=True, norm_eval=True, out_nodes=nodes
            ),
            decode_head=own,
            **model,
        )
        loader = cfg.test_dataloader
        loader.dataset.update(num_images=120, side=32, num_shots=shots)
        loader.sampler.update(num_episodes=episodes, seeds=list(seeds))
        return cfg

    return make


@pytest.fixture
def episodes_of(tmp_path):
    """Test a config, plain or encoding once; all episodes with their counts."""

    def run(cfg, **test_cfg):
        cfg.test_cfg = dict(type='EncodeOnceTestLoop') | test_cfg
        torch.manual_seed(0)
        with torch.backends.mkldnn.flags(enabled=False):  # the same for any batch
            evaluate(cfg, report=tmp_path / 'report.json')
        return json.loads((tmp_path / 'report.json').read_text())['episodes']

    return run


@pytest.fixture
def encoded(monkeypatch):
    """Numbers of queries and of supports that are encoded, in order."""
    seen = []
    plain = ImageEncoder.encode

    def counted(self, inputs, *args):
        query, support = inputs.get('query'), inputs.get('support')
        images = 0 if support is None else support[..., 0, 0, 0].numel()
        seen.append((0 if query is None else len(query), images))
        return plain(self, inputs, *args)

    monkeypatch.setattr(ImageEncoder, 'encode', counted)
    return seen


@pytest.fixture
def predictions(monkeypatch):
    """Logits of all episodes, by seed and number."""
    seen = {}
    write = FewShotSegmentor.write_predictions

    def kept(self, logits, samples, *args):
        done = write(self, logits, samples, *args)
        for sample in done:
            seen[sample.seed, sample.number] = sample.seg_logits.data.clone()
        return done

    monkeypatch.setattr(FewShotSegmentor, 'write_predictions', kept)
    return seen
