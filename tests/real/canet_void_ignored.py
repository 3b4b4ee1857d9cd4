"""CANet's protocol, but unlabelled pixels count nowhere: what that alone changes."""

_base_ = ['../../configs/_base_/protocols/canet.py']

protocol = dict(
    name='canet_void_ignored', source='canet, one rule changed', void='ignore'
)
