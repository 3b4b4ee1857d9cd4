"""Published data sets into the layouts that fss_mm reads: see tools/dataset_converters.

Each file that a conversion makes is whole or not there, is made once, and is named with
its SHA-256 in a list that is written when nothing is missing.
"""
