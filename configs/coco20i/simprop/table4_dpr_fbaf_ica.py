"""SimPropNet's Table 4 on COCO-20^i, row 5: DPr + FBAF + ICA, the whole of it."""

_base_ = '../../simprop/coco-20i_fold0.py'
