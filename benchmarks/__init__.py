"""Benchmarks: every comparison runs both sides in turn in one run, several times; `python -m benchmarks`."""
