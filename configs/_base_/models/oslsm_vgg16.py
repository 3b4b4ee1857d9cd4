"""OSLSM: VGG-16 up to fc7 as an FCN for queries, a whole VGG-16 for supports.

fc7 and fc8 come behind their dropout.
"""

_vgg = dict(type='TorchvisionBackbone', name='vgg16', output_stride=None, frozen=False)
model = dict(
    type='FewShotSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        **_vgg,
        out_nodes=('classifier.5',),
        fully_convolutional=True,
        ceil_mode=True,
        padding=120,
    ),
    support_backbone=dict(**_vgg, out_nodes=('classifier.6',)),
    decode_head=dict(
        type='OSLSMHead',
        in_channels=(4096,),
        support_channels=1000,
        grid=dict(stride=32, padding=120, kernel_size=7),
    ),
)
