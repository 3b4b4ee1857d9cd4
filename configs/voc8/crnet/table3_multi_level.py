"""CRNet's Table 3 on VOC-8, row 4: mask refinement and multi-level features."""

_base_ = 'table2_both.py'

model = dict(
    decode_head=dict(
        in_channels=(256, 512), in_index=(0, 1), refine=dict(use_cache=True)
    )
)
