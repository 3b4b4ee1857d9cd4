"""The toys, by their names in a config."""

from fss_mm.registry import MODELS
from tests.testing.toys import MUTANTS, SoundHead

for kind in (SoundHead, *MUTANTS):
    MODELS.register_module(module=kind, force=True)
