"""CRNet's Table 4 on VOC-8, row 2: fine-tuning; with the weights of both.py.

The fine-tuned model is shown the first support.
"""

_base_ = 'finetune_fusion.py'

model = dict(shot_fusion=dict(max_shots=1))
