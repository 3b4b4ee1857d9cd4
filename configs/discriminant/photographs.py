"""The linear discriminant on your own photographs: all classes, without folds.

There is no training. As configs/prototype/photographs.py, and better where a class
has several supports.
python tools/test.py configs/discriminant/photographs.py --shot 5
"""

_base_ = ['../prototype/photographs.py']

model = dict(decode_head=dict(type='DiscriminantHead'))
