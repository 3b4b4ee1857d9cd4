"""Trained models as files of ONNX."""

from .exported import TOLERANCE, ExportedFile
from .graph import OPSET
from .onnx_export import export_classes, export_stages

__all__ = ['OPSET', 'TOLERANCE', 'ExportedFile', 'export_classes', 'export_stages']
