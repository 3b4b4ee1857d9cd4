"""CRNet on VOC-8, the whole model: that of table3_multi_level.py."""

_base_ = 'table2_both.py'

model = dict(
    decode_head=dict(
        in_channels=(256, 512), in_index=(0, 1), refine=dict(use_cache=True)
    )
)
