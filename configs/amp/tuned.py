"""AMP, 1 shot, its rows fine-tuned on the support: two steps of RMSprop.

Tested with the weights of base.py. The release trains the score layers on all labels of
the support; here the loss is that of the class against the rest.
tools/test.py configs/amp/tuned.py work_dirs/amp_base_fold0 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    decode_head=dict(alpha=0.14139),
    fine_tuning=dict(
        tuned='class', steps=2, optimizer=dict(type='RMSprop', lr=9.0959e-5)
    ),
)
