"""Masks and JSON: which image holds which class, on how many pixels."""

from .class_index import IGNORE_INDEX, ClassIndex, build_class_index

__all__ = ['IGNORE_INDEX', 'ClassIndex', 'build_class_index']
