"""Clocks and counters of ``fss-mm benchmark``; they import torch."""
