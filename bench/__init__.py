"""Benchmarks against peers, outside the test run."""
