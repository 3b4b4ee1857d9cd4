"""SG-One, 5-shot, the union of five masks, with weights trained on one shot.

Supports of a class have to share a size: the commonest of VOC.
python tools/test.py configs/sg_one/5shot_or.py CHECKPOINT --fold 0
"""

_base_ = 'fold0.py'

_image, _mask = _base_.train_dataloader.dataset.support_pipeline
_resize = dict(type='Resize', scale=(500, 375))
_five = dict(num_shots=5, support_pipeline=[_image, _mask, _resize])
val_dataloader = dict(dataset=_five)
test_dataloader = dict(dataset=_five)
model = dict(shot_fusion=dict(rule='any'))
