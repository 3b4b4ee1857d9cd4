"""Trained models as files of ONNX."""

from .exported import TOLERANCE, ExportedFile
from .graph import OPSET, OPSETS
from .input_size import input_size
from .onnx_export import export_classes, export_stages
from .samples import sample_class, sample_images
from .timing import Timing, time_files

__all__ = [
    'OPSET',
    'OPSETS',
    'TOLERANCE',
    'ExportedFile',
    'Timing',
    'export_classes',
    'export_stages',
    'input_size',
    'sample_class',
    'sample_images',
    'time_files',
]
