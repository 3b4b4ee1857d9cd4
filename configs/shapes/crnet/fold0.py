"""CRNet on the embedded data set, with the features of two layers.

python tools/reproduce.py crnet/table3 --data shapes
"""

_base_ = '../crnet_fold0.py'

model = dict(
    backbone=dict(out_nodes=('layer1', 'layer2')),
    decode_head=dict(in_channels=(64, 128), in_index=(0, 1)),
)
