"""DeepLabV3+ on ResNet-50, all 20 classes of VOC: SimPropNet's supervised reference.

It is trained once, without a fold, and tested on the episodes of each: the episode's
class against the rest, so that its report pairs with those of few-shot models.
tools/dist_train.sh configs/deeplabv3plus/all_classes.py 4
tools/test.py configs/deeplabv3plus/all_classes.py CHECKPOINT --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(num_classes=21), auxiliary_head=dict(num_classes=21))
train_dataloader = dict(dataset=dict(fold=None, novel_classes=(), novel_images='keep'))
val_dataloader = dict(
    dataset=dict(fold=None, novel_classes=list(range(1, 21)), test_mode=True)
)
test_dataloader = dict(dataset=dict(test_mode=True))
