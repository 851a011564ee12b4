"""Losses, from logits: each is one formula for the value and its gradient, and holds the only 1/m.

A loss compares the network's output z with the truth y and gives a *mean*: over the m examples,
and for MSE, MAE, Huber and LogLoss over the k outputs too. Sigmoid and softmax live inside the
loss, where they can be computed stably, and where ∂L/∂z becomes (p - y)/m.

Penalties on the weights (L1, L2) are here as well: objective = loss + penalty.
"""

import numpy as np

from nnlib.doors import all_finite, array, as_dtype, positive, share
from nnlib.functions import logsumexp, one_hot, ones, sigmoid, softmax


class Loss:
    """(z, y) -> (mean loss, ∂L/∂z). A subclass writes `formula`, which gives both."""

    def formula(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and ∂L/∂z, for a y that has been checked."""
        raise NotImplementedError(f"{type(self).__name__} has no formula(z, y)")

    def targets(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return y as the formula needs it; raise ValueError if it can't belong to z.

        Shapes must be equal: (5, 1) - (5,) would broadcast to (5, 5) without a word.
        """
        y = array(self, y)
        if y.shape != z.shape or y.dtype.kind not in "biuf":
            hint = "use y.reshape(-1, 1)" if y.shape == z.shape[:1] else "give y the logits' shape"
            raise ValueError(
                f"{self} expected y of shape {z.shape}, like the logits, "
                f"got {y.dtype} of shape {y.shape}: {hint}"
            )
        y = as_dtype(y, z.dtype)
        self.check_range(y)
        return y

    def check_range(self, y: np.ndarray) -> None:
        """Raise ValueError for values that y can't have."""
        if not all_finite(y):
            raise ValueError(f"{self} got NaN or infinity in y: remove or fill those examples")

    def value_and_grad(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean loss as a float, and ∂L/∂z of z's shape."""
        value, dz = self.formula(z, self.targets(z, y))
        return float(value), dz

    def value(self, z: np.ndarray, y: np.ndarray) -> float:
        """Return the mean loss."""
        return self.value_and_grad(z, y)[0]

    def grad(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return ∂L/∂z."""
        return self.value_and_grad(z, y)[1]

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Return what the logits stand for: the value itself, or a class label."""
        return z

    def proba(self, z: np.ndarray) -> np.ndarray:
        """Return probabilities, where the loss has any."""
        raise ValueError(f"{self} is a loss for regression and has no probabilities: use predict")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MSE(Loss):
    """L = mean (z - y)², ∂L/∂z = 2 (z - y) / (m k): -log likelihood of Gaussian noise, scaled.

    No ½, as in PyTorch and scikit-learn's metric; many books write ½ Σ (z - y)².

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 1.2.5.
    """

    def formula(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean squared residual and its gradient."""
        r = z - y
        return mean(r * r), r * (2 / r.size)


class MAE(Loss):
    """L = mean |z - y|, ∂L/∂z = sign(z - y) / (m k), 0 at the kink: Laplace noise; fits medians.

    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), 10.6.
    """

    def formula(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean absolute residual and its gradient."""
        r = z - y
        return mean(np.abs(r)), np.sign(r) / r.size


class Huber(Loss):
    """L = mean of ½ r² where |r| ≤ δ, else δ (|r| - ½ δ); ∂L/∂z = clip(r, -δ, δ) / (m k).

    Squared near zero, absolute far away: an outlier pulls with force δ at most.

    Source: Huber, Annals of Mathematical Statistics 35 (1964).
    """

    def __init__(self, delta: float = 1.0) -> None:
        """Take δ, the residual at which the square turns into a straight line."""
        self.delta = positive("Huber delta", delta)

    def formula(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ½ c² + δ (|r| - |c|) averaged, with c the clipped residual, and c / (m k)."""
        r = z - y
        c = np.clip(r, -self.delta, self.delta)
        return mean(0.5 * c * c + self.delta * (np.abs(r) - np.abs(c))), c / r.size

    def __repr__(self) -> str:
        return f"Huber({self.delta:g})"


class LogLoss(Loss):
    """L = mean of -y log p - (1 - y) log(1 - p), p = σ(z); ∂L/∂z = (p - y) / (m k).

    From z, which is y·softplus(-z) + (1 - y)·softplus(z). y lies in [0, 1], of z's shape; k columns
    are k yes-or-no questions. `pos_weight` multiplies the term of y = 1.

    Source: Goodfellow et al., Deep Learning (2016), section 6.2.2.2.
    """

    def __init__(self, pos_weight: float = 1.0) -> None:
        """Take the weight of the positive class; negatives / positives balances the two."""
        self.pos_weight = positive("LogLoss pos_weight", pos_weight)

    def check_range(self, y: np.ndarray) -> None:
        """Raise ValueError for labels outside [0, 1], NaN among them."""
        if not (y.item(y.argmin()) >= 0 and y.item(y.argmax()) <= 1):
            super().check_range(y)  # NaN has a sentence of its own
            raise ValueError(
                f"{self} wants labels in [0, 1], got {y.min():g} … {y.max():g}: "
                "code the two classes as 0 and 1"
            )

    def formula(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss as high - y z + tail, and p from log p = low - tail; no tail is lost."""
        low = np.minimum(z, 0.0)
        high = z - low  # max(z, 0), so that |z| = high - low
        tail = np.log1p(np.exp(low - high))  # log(1 + e^-|z|)
        losses, dz = high - y * z + tail, np.exp(low - tail) - y
        if self.pos_weight != 1:  # the term of y = 1 is y·softplus(-z), its slope -y (1 - p)
            more = (self.pos_weight - 1) * y
            losses += more * (tail - low)
            dz -= more * np.exp(-high - tail)
        return mean(losses), dz * (1 / z.size)

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Return 1 where p > ½, which is z > 0, else 0."""
        return (z > 0).astype(np.int64)

    def proba(self, z: np.ndarray) -> np.ndarray:
        """Return P(y = 1) = σ(z)."""
        return sigmoid(z)

    def __repr__(self) -> str:
        return "LogLoss()" if self.pos_weight == 1 else f"LogLoss(pos_weight={self.pos_weight:g})"


class CrossEntropy(Loss):
    """L = mean over m of -Σ_k q_k log p_k, p = softmax(z); ∂L/∂z = (p - q) / m: *softmax loss*.

    y is (m,) class numbers, or (m, k) probabilities; label smoothing ε takes q to
    (1 - ε) q + ε/k. With class weights w, Σ_k w_k q_k … / m (PyTorch divides by Σ of the weights).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4; label
    smoothing: Szegedy et al., CVPR 2016, section 7.
    """

    def __init__(
        self, label_smoothing: float = 0.0, class_weights: np.ndarray | None = None
    ) -> None:
        """Take ε in [0, 1) and, if wanted, a weight > 0 for each of the k classes."""
        self.label_smoothing = share("CrossEntropy label_smoothing", label_smoothing)
        if class_weights is not None:
            weights = array("CrossEntropy class_weights", class_weights)
            if weights.ndim != 1 or weights.dtype.kind not in "iuf" or not weights.size:
                raise ValueError(
                    f"CrossEntropy class_weights must be k numbers above 0, got {class_weights!r}"
                )
            class_weights = np.array([positive("CrossEntropy class weight", w) for w in weights])
        self.class_weights = class_weights

    def targets(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return q (m, k): rows of probabilities, from labels or as given, smoothed."""
        k = z.shape[-1]
        if k < 2:
            raise ValueError(
                f"{self} got {k} logit for each example, wanted at least 2: softmax of one number "
                "is always 1; use LogLoss for two classes with one logit"
            )
        if self.class_weights is not None and len(self.class_weights) != k:
            raise ValueError(f"{self} has {len(self.class_weights)} class_weights for {k} classes")
        y = array(self, y)
        if y.shape in ((len(z), 1), (1, len(z))) or (y.ndim == 1 and len(y) != len(z)):
            raise ValueError(
                f"{self} got labels of shape {y.shape} for {len(z)} examples, wanted "
                f"({len(z)},): give one class number for each row of X, as y.ravel() has it"
            )
        if y.ndim == 1:
            q = one_hot(y, k).astype(z.dtype, copy=False)
        else:
            q = super().targets(z, y)
            if not (q.min() >= 0 and np.allclose(q.sum(axis=1), 1, rtol=0, atol=1e-4)):
                raise ValueError(
                    f"{self} wants rows of y that are probabilities, >= 0 with sum 1: "
                    "divide each row by its sum, or give class numbers (m,)"
                )
        return q * (1 - self.label_smoothing) + self.label_smoothing / k

    def formula(self, z: np.ndarray, q: np.ndarray) -> tuple[float, np.ndarray]:
        """-Σ q log p with log p = z - logsumexp(z); the gradient is p Σ q - q for each row."""
        if self.class_weights is not None:
            q = q * self.class_weights.astype(z.dtype)
        log_p = z - logsumexp(z)
        value = -(q * log_p).sum() / len(z)
        return value, (np.exp(log_p) * q.sum(axis=1, keepdims=True) - q) / len(z)

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Return the most probable class, (m,)."""
        return z.argmax(axis=1)

    def proba(self, z: np.ndarray) -> np.ndarray:
        """Return softmax(z), (m, k)."""
        return softmax(z)


def mean(losses: np.ndarray) -> np.floating:
    """1ᵀ l / size, over all entries: for a small batch half the time of `losses.mean()`."""
    return ones(losses.size, losses.dtype).dot(losses.ravel()) / losses.size


class L2:
    """λ/2 Σ w², with gradient λ w: every weight is pulled to 0 in proportion to its size.

    Source: Goodfellow et al., Deep Learning (2016), section 7.1.1.
    """

    def __init__(self, lam: float) -> None:
        """Take λ, the penalty's strength."""
        self.lam = positive("L2 lam", lam)

    def value_and_grad(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        """Return λ/2 Σ w² and λ w."""
        return float(self.lam / 2 * (w @ w)), self.lam * w

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.lam:g})"


class L1(L2):
    """λ Σ |w|, with gradient λ sign(w), 0 at w = 0: the same pull at any size.

    So at the minimum some weights are exactly 0; plain gradient steps only hover about it.

    Source: Goodfellow et al., Deep Learning (2016), section 7.1.2.
    """

    def value_and_grad(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        """Return λ Σ |w| and λ sign(w)."""
        return float(self.lam * np.abs(w).sum()), self.lam * np.sign(w)
