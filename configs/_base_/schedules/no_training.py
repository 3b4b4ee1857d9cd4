"""Nothing is trained: for tests only."""

train_cfg = None
val_cfg = None
test_cfg = dict(type='EncodeOnceTestLoop')
