"""CRNet on VOC-8, the whole model: that of table3_multi_level.py."""

_base_ = 'table3_multi_level.py'
