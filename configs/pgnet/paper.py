"""PGNet as summaries of the paper describe it, where the re-implementation differs.

Attention sees a support's foreground alone, and nothing is added to it; weights that
are equal have no projections.
tools/dist_train.sh configs/pgnet/paper.py 2 --fold 0
"""

_base_ = 'fold0.py'

model = dict(
    decode_head=dict(nodes='foreground', offset=0.0, global_attention='uniform')
)
