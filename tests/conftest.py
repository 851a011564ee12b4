"""Fixtures that every test may ask for."""

import signal

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a fresh, seeded generator: no test shares randomness with another."""
    return np.random.default_rng(0)


@pytest.fixture
def ctrl_c():
    """Return what presses Ctrl-C, with Python's own handler: a job in the background has none."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Keep a test's progress in a folder of its own, never in the user's, and return that."""
    monkeypatch.setenv("BACKPROP_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "data"
