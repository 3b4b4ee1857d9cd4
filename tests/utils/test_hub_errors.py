"""Without a network what is kept serves, and the hub is asked once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from fss_mm.utils.hub_errors import hub_asked_once

constants = pytest.importorskip('huggingface_hub').constants


class Session:
    def __init__(self, error: Exception | None):
        self.error, self.asked = error, []

    def head(self, url: str, timeout: float) -> SimpleNamespace:
        self.asked.append(url)
        if self.error:
            raise self.error
        return SimpleNamespace(status_code=503)


@pytest.fixture
def ask(monkeypatch):
    def asked(error: Exception | None, offline: bool = False) -> tuple[bool, int]:
        session = Session(error)
        monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', offline)
        monkeypatch.setattr('huggingface_hub.utils.get_session', lambda: session)
        with hub_asked_once():
            inside = constants.HF_HUB_OFFLINE
        assert constants.HF_HUB_OFFLINE is offline
        return inside, len(session.asked)

    return asked


def test_offline_where_the_hub_does_not_answer(ask):
    assert ask(RuntimeError('Name or service not known')) == (True, 1)
    assert ask(None) == (False, 1)  # any answer is one, also of an error


def test_who_is_offline_does_not_ask(ask):
    assert ask(None, offline=True) == (True, 0)


def test_offline_ends_with_an_error(monkeypatch):
    monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', True)
    with pytest.raises(KeyError), hub_asked_once():
        raise KeyError
    assert constants.HF_HUB_OFFLINE is True
