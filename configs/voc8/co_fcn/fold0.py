"""co-FCN on VOC-8: two SqueezeNets, the supports' with five channels, both trained.

fc6 is a 3 x 3 convolution over cells of 8 pixels; no image is padded. Data and budget
are those of SimPropNet's rows.
"""

_base_ = '../simprop/table4_canet.py'

model = dict(
    feature_bank=None,  # it keeps what frozen encoders make
    backbone=dict(frozen=False),
    support_backbone=dict(
        type='TorchvisionBackbone',
        name='squeezenet1_1',
        out_nodes=('features.7', 'features.12'),
        weights=f'{_base_.real_data}/squeezenet11_imagenet.pth',
        in_channels=5,
        frozen=False,
    ),
    decode_head=dict(
        _delete_=True,
        type='CoFCNHead',
        in_channels=(512,),
        in_index=(1,),
        unit_levels=True,
        channels=64,
        kernel_size=3,
        dropout=0.1,
        loss_decode=_base_.model.decode_head.loss_decode,
    ),
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
# encoders, which start from ImageNet, at a tenth of the rate
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))))
train_cfg = dict(val_interval=250)
