"""PFENet on VOC-8, at one scale, the map's own."""

_base_ = 'fold0.py'

model = dict(decode_head=dict(enrichment=dict(scales=(1.0,))))
