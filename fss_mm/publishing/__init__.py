"""Model folders: a trained model as others take it, and how it is opened."""

from .model_card import ModelFacts
from .opening import open_model
from .writing import publish

__all__ = ['ModelFacts', 'open_model', 'publish']
