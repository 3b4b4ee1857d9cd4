"""VOC-8 of the real photographs, and what every run shares.

Configs that others build on name the two files themselves: three levels are enough.
"""

_base_ = ['voc8_data.py', '../default_runtime.py']
