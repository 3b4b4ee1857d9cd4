"""SimPropNet with every equation as it is written.

No activation in the fusion or before ASPP, plain average pooling, instance norms
without parameters. Not a row of the paper, but one reading of it, with 14,758,658
trainable parameters.
tools/dist_train.sh configs/simprop/literal.py 4 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    decode_head=dict(
        pool_normalize=False,
        fusion=dict(inner_activation=False, out_activation=False, affine=False),
    )
)
