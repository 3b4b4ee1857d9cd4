"""CRNet's Table 6, 5-shot: the whole model, fine-tuned; with the weights of fold0.py.

Published mIoU / FB-IoU, mean of the folds: 58.8 / 71.5, on VGG-16 58.5 / 71.0. Whether
that is with fusion, and at several scales, the paper does not say.
tools/dist_test.sh configs/crnet/table6_5shot.py CHECKPOINT 2 --fold 0 --tta
"""

_base_ = 'fold0.py'

model = dict(
    shot_fusion=dict(),
    fine_tuning=dict(
        steps=100,
        optimizer=dict(type='SGD', lr=2.5e-4, momentum=0.9),
    ),
)
test_dataloader = dict(dataset=dict(num_shots=5))
train_cfg = None
