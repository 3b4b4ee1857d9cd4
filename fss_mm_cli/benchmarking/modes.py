"""What each ``--mode`` of the benchmark measures."""

from .queries import query
from .training_steps import train
from .whole_tests import evaluate

MEASURE = dict(eval=evaluate, train=train, query=query)
