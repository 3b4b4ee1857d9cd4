"""Model folders of this machine and, by a stand-in for the download, of the hub."""

from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import errors

from fss_mm.publishing import open_model


@pytest.fixture
def folder(tmp_path):
    """A config and a file in the place of weights, which opening does not read."""
    folder = tmp_path / 'model'
    folder.mkdir()
    (folder / 'config.py').write_text("model = dict(type='FewShotSegmentor')\n")
    (folder / 'model.safetensors').write_bytes(b'')
    return folder


@pytest.fixture
def hub(monkeypatch, tmp_path, folder):
    """Stand in for the download: what was asked for, and an error to raise."""
    asked = SimpleNamespace(calls=[], error=None)

    def snapshot_download(repo_id, *, revision=None, allow_patterns=None):
        asked.calls.append((repo_id, revision))
        assert {'config.py', 'model.safetensors'} <= set(allow_patterns)
        if asked.error is not None:
            raise asked.error
        return str(folder)

    monkeypatch.setattr(huggingface_hub, 'snapshot_download', snapshot_download)
    monkeypatch.chdir(tmp_path)
    return asked


def test_a_folder(folder):
    cfg, weights = open_model(folder)
    assert cfg.model.type == 'FewShotSegmentor'
    assert weights == folder / 'model.safetensors'
    weights.unlink()
    with pytest.raises(FileNotFoundError, match='expected config.py and model.safe'):
        open_model(folder)
    with pytest.raises(FileNotFoundError, match='is no folder, and no name on the hub'):
        open_model('a/b/c')


@pytest.mark.parametrize(
    ('name', 'call'),
    [
        ('ada/simprop-r50', ('ada/simprop-r50', None)),
        ('ada/simprop-r50@v1.0', ('ada/simprop-r50', 'v1.0')),
        ('ada/x@refs/pr/3', ('ada/x', 'refs/pr/3')),
    ],
)
def test_a_name_on_the_hub(name, call, hub, folder):
    assert open_model(name)[1] == folder / 'model.safetensors'
    assert hub.calls == [call]


def test_a_folder_that_is_there_wins(hub, tmp_path, folder):
    (tmp_path / 'ada').mkdir()
    folder.rename(tmp_path / 'ada' / 'simprop')
    assert str(open_model('ada/simprop')[1]) == 'ada/simprop/model.safetensors'
    assert hub.calls == []


def http_error(kind):
    """An error of the hub as its client raises it."""
    response = SimpleNamespace(headers={}, status_code=404, request=None)
    return kind('404\nRequest ID: x', response=response)


@pytest.mark.parametrize(
    ('error', 'kind', 'message'),
    [
        (http_error(errors.GatedRepoError), PermissionError, 'is gated: ask for'),
        (http_error(errors.RepositoryNotFoundError), FileNotFoundError, 'hf auth'),
        (http_error(errors.RevisionNotFoundError), FileNotFoundError, "revision 'v2'"),
        (errors.HFValidationError('no\nname'), FileNotFoundError, 'not on the hub'),
        (
            errors.LocalEntryNotFoundError('a\nb'),
            ConnectionError,
            'reached: no network, or',
        ),
        (
            errors.OfflineModeIsEnabled('off'),
            ConnectionError,
            'reached: no network, or',
        ),
        (http_error(errors.HfHubHTTPError), ConnectionError, 'reached: 404'),
        (OSError(28, 'No space left'), OSError, 'cannot be kept: No space left'),
        (RuntimeError(), ConnectionError, 'reached: RuntimeError'),
    ],
)
def test_the_hub_fails_in_a_line(error, kind, message, hub):
    hub.error = error
    with pytest.raises(kind, match=message) as raised:
        open_model('ada/simprop@v2')
    assert '\n' not in str(raised.value) and 'ada/simprop' in str(raised.value)


def test_a_model_of_the_hub_that_is_none_of_ours(hub, folder):
    (folder / 'config.py').unlink()
    with pytest.raises(FileNotFoundError, match="'ada/bert' is no model folder"):
        open_model('ada/bert')


def test_a_strangers_config_is_not_run(hub, folder):
    (folder / 'config.py').write_text('import os\n')
    with pytest.raises(ValueError, match='is not read: line 1'):
        open_model('ada/simprop', trust=True)
    (folder / 'config.py').write_text("custom_imports = dict(imports=['json'])\n")
    with pytest.raises(ValueError, match='imports modules: .*trust=True'):
        open_model('ada/simprop')
    assert open_model('ada/simprop', trust=True)[0].custom_imports.imports == ['json']


def test_without_the_client(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr('fss_mm.utils.extras.import_module', missing)
    with pytest.raises(ImportError, match=r"pip install 'fss_mm\[hub\]'"):
        open_model('ada/simprop')
