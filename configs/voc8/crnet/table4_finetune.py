"""CRNet's Table 4 on VOC-8, row 2: fine-tuning; with the weights of table2_both.py.

The fine-tuned model is shown the first support.
"""

_base_ = 'table4_finetune_fusion.py'

model = dict(shot_fusion=dict(max_shots=1))
