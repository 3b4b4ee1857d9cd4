"""A small backbone for the embedded data set, trained from random weights."""

model = dict(
    type='DualLossSegmentor',
    data_preprocessor=dict(type='FewShotDataPreProcessor'),
    backbone=dict(
        type='TorchvisionBackbone',
        name='resnet18',
        out_nodes=('layer1',),
        weights=None,
        output_stride=4,
        frozen=False,
        norm_eval=False,
    ),
)
