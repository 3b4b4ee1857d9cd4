"""Which keywords a class takes, with what it hands on to its parents."""

from mmengine.hooks import CheckpointHook
from torch import nn

from fss_mm.utils.signatures import accepted_names, called_with


class Base:
    def __init__(self, a, b=1):
        self.a, self.b = a, b


class Handing(Base):
    def __init__(self, c, **kwargs):
        kwargs.setdefault('b', 2)
        super().__init__(**kwargs)


class Giving(Base):
    """The parent gets ``a`` by position and ``b`` by name: neither is an argument."""

    def __init__(self, c, **kwargs):
        super().__init__(c, b=2, **kwargs)


class Taking(Base):
    def __init__(self, **kwargs):
        self.fold = kwargs.pop('fold', None)
        self.other = kwargs['other'] if 'other' in kwargs else 0
        super().__init__(**kwargs)


class Keeping(Base):
    def __init__(self, **kwargs):
        super().__init__(1)
        self.options = kwargs


class Refusing(Base):
    def __init__(self, a, **unknown):
        assert not unknown
        super().__init__(a)


class Silent(Handing):
    pass


class Network(nn.Module):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)


class Whole:
    def __init__(self, one, two=None, three=None, four=None):
        self.four = four
        self.parts = Base(**one), Handing(1, **(two or {})), self.build()

    def build(self):
        return Giving(**self.four)


class Heir(Whole):
    pass


def test_what_a_class_accepts():
    assert accepted_names(Base) == {'a', 'b'}
    assert accepted_names(Handing) == accepted_names(Silent) == {'a', 'b', 'c'}
    assert accepted_names(Giving) == {'c'}
    assert accepted_names(Taking) == {'a', 'b', 'fold', 'other'}
    assert accepted_names(Refusing) == {'a'}
    assert accepted_names(Network) == {'width'}


def test_what_cannot_be_told_is_open():
    assert accepted_names(Keeping) is None
    assert accepted_names(CheckpointHook) is None  # it keeps its **kwargs
    assert accepted_names(lambda x, **kwargs: x) is None
    assert accepted_names(dict) is None  # of C code


def test_functions():
    assert accepted_names(lambda x, *, y=1: x) == {'x', 'y'}


def test_what_an_argument_goes_into():
    assert list(called_with(Heir, 'one')) == [Base]
    assert list(called_with(Heir, 'two')) == [Handing]
    assert list(called_with(Heir, 'three')) == []
    assert list(called_with(Heir, 'four')) == [Giving]
