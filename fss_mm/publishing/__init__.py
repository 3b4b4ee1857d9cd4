"""Model folders: a trained model as others take it, and how it is opened."""

from .model_card import ModelFacts
from .opening import is_hub_name, open_model
from .writing import publish

__all__ = ['ModelFacts', 'is_hub_name', 'open_model', 'publish']
