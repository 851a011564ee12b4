"""Activations: elementwise, without parameters; what makes a network more than one linear layer.

Each keeps from `forward` the one array that its slope is cheapest to compute from.
"""

import math

import numpy as np

from nnlib.doors import share
from nnlib.functions import sigmoid
from nnlib.layers import Layer


class Sigmoid(Layer):
    """a = σ(z), with σ' = σ (1 - σ) ≤ ¼: a stack of n passes back at most 4⁻ⁿ."""

    def forward(self, z: np.ndarray) -> np.ndarray:
        """Return σ(z); the output is all that backward needs."""
        self.a = sigmoid(z)
        return self.a

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da · a (1 - a)."""
        return da * self.a * (1 - self.a)


class Tanh(Layer):
    """a = tanh(z), with tanh' = 1 - tanh² ≤ 1."""

    def forward(self, z: np.ndarray) -> np.ndarray:
        """Return tanh(z); the output is all that backward needs."""
        self.a = np.tanh(z)
        return self.a

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da · (1 - a²)."""
        return da * (1 - self.a * self.a)


class ReLU(Layer):
    """a = max(z, 0), with slope 1 where z > 0 and 0 elsewhere; ReLU'(0) = 0 by convention.

    Source: Nair and Hinton, ICML 2010.
    """

    def forward(self, z: np.ndarray) -> np.ndarray:
        """Return max(z, 0); its sign is all that backward needs."""
        self.a = np.maximum(z, 0.0)
        return self.a

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da where a > 0, else 0: the slope is a's sign, 0 or 1."""
        return da * np.sign(self.a)


class LeakyReLU(Layer):
    """a = z where z > 0, else slope · z: a unit can't die, its slope is never 0.

    Source: Maas et al., ICML workshop 2013.
    """

    def __init__(self, slope: float = 0.01) -> None:
        """Take the slope for z ≤ 0."""
        self.slope = share("LeakyReLU slope", slope)

    def forward(self, z: np.ndarray) -> np.ndarray:
        """Return max(z, slope · z)."""
        self.positive = z > 0
        return np.where(self.positive, z, self.slope * z)

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da where z > 0, else slope · da."""
        return np.where(self.positive, da, self.slope * da)

    def __repr__(self) -> str:
        return f"LeakyReLU({self.slope:g})"


class GELU(Layer):
    """a = ½ z (1 + tanh u), u = √(2/π) (z + 0.044715 z³): the tanh form of z Φ(z).

    PyTorch's default is the exact form with erf; this one is its approximate="tanh".

    Source: Hendrycks and Gimpel, arXiv:1606.08415, section 2.
    """

    def forward(self, z: np.ndarray) -> np.ndarray:
        """Return ½ z (1 + tanh u)."""
        self.z, self.t = z, np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z))
        return 0.5 * z * (1 + self.t)

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da · (½ (1 + t) + ½ z (1 - t²) u'), t = tanh u."""
        z, t = self.z, self.t
        du = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z * z)
        return da * (0.5 * (1 + t) + 0.5 * z * (1 - t * t) * du)
