"""CANet as its released code builds and scores it, beside the paper.

Strides on the 1 x 1 convolutions, a pooling that rounds up, batch norms in training
mode, small masks that may vanish, crops that may lose the class; supports of the
validation flipped and cropped; scores at 321 x 321, with the number of passes chosen by
the test's own labels.
tools/dist_train.sh configs/canet/released_code.py 2 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    encode_together=False,
    backbone=dict(style='caffe', ceil_mode=True, norm_eval=False),
    decode_head=dict(mask_resampling=dict(keep_small=False)),
)
_train = _base_.train_dataloader.dataset
_crop = dict(type='RandomCrop', crop_size=(321, 321))
_support = [*_train.support_pipeline[:-1], _crop]
_novel = dict(query_pipeline=_train.query_pipeline, support_pipeline=_support)
train_dataloader = dict(dataset=dict(support_pipeline=_support))
val_dataloader = dict(dataset=_novel)
test_dataloader = dict(dataset=_novel)
test_cfg = dict(type='LabelStoppedTestLoop')
