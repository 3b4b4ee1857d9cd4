"""What each ``--mode`` of the benchmark measures."""

from .predictions import predict
from .queries import query
from .training_steps import train
from .whole_tests import evaluate

MEASURE = dict(eval=evaluate, train=train, query=query, predict=predict)
