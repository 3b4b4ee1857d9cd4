"""PFENet at one scale, the map's own: nothing passes between scales.

tools/train.py configs/pfenet/no_enrichment.py --fold 0
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(enrichment=dict(scales=(60,))))
