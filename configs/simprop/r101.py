"""SimPropNet on ResNet-101; not in the paper.

tools/dist_train.sh configs/simprop/r101.py 4 --fold 0
"""

_base_ = 'fold0.py'

model = dict(backbone=dict(name='resnet101'))
