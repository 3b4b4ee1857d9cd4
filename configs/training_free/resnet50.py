"""fold0.py under the name of its encoder, beside the others of this folder.

There is no training: without a checkpoint it starts from the encoder's own weights.
"""

_base_ = 'fold0.py'
