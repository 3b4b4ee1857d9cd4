"""Malformed inputs: each ends in a clear message or a correct result."""
