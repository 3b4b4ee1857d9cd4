"""What every run of a supervised model shares: it is asked for what it was trained on.

Of other images, as for few-shot models.
"""

_base_ = 'default_runtime.py'

custom_hooks = [
    dict(type='SyncBuffersHook'),
    dict(type='LeakCheckHook', allow_trained_classes=True),
]
default_hooks = dict(checkpoint_content=dict(allow_trained_classes=True))
