"""HSNet on VOC-8, on the data and budget of SimPropNet's Table 4.

The frozen encoder is that of the other rows without dilation: fire modules 4 and 5 at
an eighth of the image, 6 to 9 at a sixteenth: two stages where a ResNet has three, of
the paper's channels, at its learning rate.
"""

_base_ = ['../simprop/table4_canet.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='TorchvisionBackbone',
        name='squeezenet1_1',
        weights=f'{_base_.real_data}/squeezenet11_imagenet.pth',
        out_nodes=[f'features.{i}.cat' for i in (6, 7, 9, 10, 11, 12)],
        output_stride=None,
    ),
    decode_head=dict(
        _delete_=True,
        type='HSNetHead',
        in_channels=(256, 256, 384, 384, 512, 512),
        num_levels=(2, 4),
        kernel_sizes=((5, 3, 3), (3, 3, 3)),
        support_strides=((4, 2, 2), (2, 2, 2)),
        loss_decode=_base_.model.decode_head.loss_decode,
    ),
)
train_dataloader = dict(dataset=dict(novel_images='drop'))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
