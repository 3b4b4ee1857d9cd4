"""The command ``fss-mm``: one module for each of its commands, found by name.

A command's module imports nothing heavier than argparse, so that ``--help`` is there at
once: importing any part of fss_mm imports torch and mmseg, which takes seconds. What a
command does is imported when it runs, from fss_mm or from a module beside it.
"""
