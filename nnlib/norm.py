"""Normalisation: each feature over the batch (BatchNorm), or each example over its features.

x̂ has mean 0 and variance 1; γ and β let the network take any other mean and variance back.
"""

from __future__ import annotations

import numpy as np

from nnlib.doors import positive, width
from nnlib.layers import Buffer, Layer, Param


class BatchNorm(Layer):
    """a = γ x̂ + β, x̂ = (x - μ) / √(σ² + eps), with μ, σ² of each feature over the batch.

    Evaluation uses running averages instead, kept as in PyTorch: r += momentum · (new - r), with
    the unbiased variance (m - 1 below the line); the original paper and Keras differ in details.

    Source: Ioffe and Szegedy, ICML 2015, algorithm 1; the running averages are PyTorch's.
    """

    gamma, beta = Param(), Param()
    running_mean, running_var = Buffer(), Buffer()

    def __init__(self, n: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        """Take the number of features; `momentum` is the weight of the newest batch."""
        self.n_in = self.n_out = self.n = width("BatchNorm n", n)
        self.momentum = positive("BatchNorm momentum", momentum)
        if momentum > 1:
            raise ValueError(f"BatchNorm wants 0 < momentum <= 1, got {momentum!r}: 0.1 is usual")
        self.eps = positive("BatchNorm eps", eps)

    def initial(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return γ = 1 and β = 0: at first the layer only normalises."""
        return {"gamma": np.ones(self.n), "beta": np.zeros(self.n)}

    def initial_buffers(self) -> dict[str, np.ndarray]:
        """Return a running mean of 0 and a running variance of 1."""
        return {"running_mean": np.zeros(self.n), "running_var": np.ones(self.n)}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return γ x̂ + β; in training mode also move the running averages."""
        self.from_batch = self.training
        mean, var = self.running_mean, self.running_var
        if self.from_batch:
            m = len(x)
            if m < 2:
                raise ValueError(
                    f"{self} got a batch of {m} in training mode, wanted at least 2: "
                    "one example has no variance; use larger batches, or net.eval()"
                )
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (var * (m / (m - 1)) - self.running_var)
        self.inv_std = 1 / np.sqrt(var + self.eps)
        self.xhat = (x - mean) * self.inv_std
        return self.gamma * self.xhat + self.beta

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return γ/σ · (da - mean(da) - x̂ · mean(da · x̂)): μ and σ depend on every x too."""
        self.dbeta = da.sum(axis=0)
        self.dgamma = (da * self.xhat).sum(axis=0)
        if not self.from_batch:
            return da * (self.gamma * self.inv_std)
        m = len(da)
        return self.gamma * self.inv_std * (da - self.dbeta / m - self.xhat * (self.dgamma / m))

    def __repr__(self) -> str:
        return f"BatchNorm({self.n})"


class LayerNorm(Layer):
    """a = γ x̂ + β, x̂ = (x - μ) / √(σ² + eps), with μ, σ² of each example over its features.

    No batch is involved, so training and evaluation are the same.

    Source: Ba, Kiros and Hinton, arXiv:1607.06450, section 3.
    """

    gamma, beta = Param(), Param()

    def __init__(self, n: int, eps: float = 1e-5) -> None:
        """Take the number of features."""
        self.n_in = self.n_out = self.n = width("LayerNorm n", n)
        self.eps = positive("LayerNorm eps", eps)

    def initial(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return γ = 1 and β = 0."""
        return {"gamma": np.ones(self.n), "beta": np.zeros(self.n)}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return γ x̂ + β."""
        self.inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + self.eps)
        self.xhat = (x - x.mean(axis=1, keepdims=True)) * self.inv_std
        return self.gamma * self.xhat + self.beta

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return (d - mean(d) - x̂ · mean(d · x̂)) / σ, d = da · γ, means over the features."""
        self.dbeta = da.sum(axis=0)
        self.dgamma = (da * self.xhat).sum(axis=0)
        d = da * self.gamma
        along = (d * self.xhat).mean(axis=1, keepdims=True)
        return self.inv_std * (d - d.mean(axis=1, keepdims=True) - self.xhat * along)

    def __repr__(self) -> str:
        return f"LayerNorm({self.n})"
