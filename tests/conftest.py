"""Fixtures that every test may ask for."""

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a fresh, seeded generator: no test shares randomness with another."""
    return np.random.default_rng(0)
