"""SimPropNet on a vision transformer, ViT-B/16 at 320 x 320; not in the paper.

Features are at a sixteenth of the image. The position embeddings are interpolated.
tools/dist_train.sh configs/simprop/vit-b16.py 4 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    backbone=dict(
        name='vit_b_16',
        out_nodes=(
            'encoder.layers.encoder_layer_5.add_1',
            'encoder.layers.encoder_layer_8.add_1',
        ),
        output_stride=None,
        image_size=320,
    ),
    decode_head=dict(in_channels=(768, 768)),
)
