"""CRNet's Table 3 on the embedded data set, row 3: mask refinement."""

_base_ = '../crnet_fold0.py'
