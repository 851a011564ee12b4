"""Optimizers: a line of the paper on two flat vectors; with schedules and clipping.

`opt.step(theta, grad)` changes theta in place. An optimizer knows no network, only vectors; what
it remembers (its *slots*) are vectors of the same size. η is the learning rate, `lr`: a number,
or a schedule, a function of the number of steps done before, t = 0, 1, 2, …
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nnlib.doors import describe, is_float_array, largest, not_negative, positive, share, width

Schedule = Callable[[int], float]

BLOCK = 32_768  # entries of theta updated at a time, so that temporaries stay in the cache


class Optimizer:
    """The loop that all optimizers share; a subclass writes `update`, for one block of θ."""

    slots: tuple[str, ...] = ()  # names of what is remembered, a vector like θ each
    weight_decay = 0.0
    decay_mask: np.ndarray | None = None

    def __init__(self, lr: float | Schedule) -> None:
        """Take η, a number above 0 or a schedule."""
        self.lr = lr if callable(lr) else positive(f"{type(self).__name__} lr", lr)
        self.t = 0  # steps done
        self.state: dict[str, np.ndarray] = {}

    def step(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Move theta, in place, one step against the gradient."""
        self._check(theta, grad)
        lr = self.lr_now()
        if self.slots and not self.state:
            self.state = {name: np.zeros_like(theta) for name in self.slots}
        self.t += 1
        if theta.size <= BLOCK:
            self.update(lr, theta, grad, self._decay(theta), *self.state.values())
            return
        for i in range(0, theta.size, BLOCK):
            block = slice(i, i + BLOCK)
            state = [slot[block] for slot in self.state.values()]
            self.update(lr, theta[block], grad[block], self._decay(theta, block), *state)

    def update(
        self, lr: float, theta: np.ndarray, g: np.ndarray, decay: np.ndarray | float, *slots
    ) -> None:
        """Change theta and the slots in place: the recurrence, as in its paper."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def lr_now(self) -> float:
        """Return η for the step that comes next; a schedule may come to 0, and then θ rests."""
        if callable(self.lr):
            return not_negative(f"lr at step {self.t}", self.lr(self.t))
        return self.lr

    def _decay(self, theta: np.ndarray, block: slice = slice(None)) -> np.ndarray | float:
        """Return λ, or λ for the entries that the mask names and 0 for the others."""
        if self.decay_mask is None or not self.weight_decay:
            return self.weight_decay
        return self.weight_decay * self.decay_mask[block].astype(theta.dtype)

    def _check(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Raise ValueError unless theta, grad, the slots and the mask are vectors of one size."""
        if not is_float_array(theta) or theta.ndim != 1:
            raise ValueError(f"theta must be one flat vector of floats, got {describe(theta)}")
        if not is_float_array(grad) or grad.shape != theta.shape or grad.dtype != theta.dtype:
            raise ValueError(f"grad is {describe(grad)}, wanted {describe(theta)}, like theta")
        for name, slot in self.state.items():
            if slot.shape != theta.shape or slot.dtype != theta.dtype:
                raise ValueError(
                    f"{type(self).__name__} has been used on another network: its {name} is "
                    f"{describe(slot)}, theta {describe(theta)}; make a new optimizer"
                )
        mask = self.decay_mask
        if mask is not None and (mask.shape != theta.shape or mask.dtype != bool):
            raise ValueError(
                f"decay_mask is {describe(mask)}, wanted bool of shape {theta.shape}: "
                "use net.weight_mask"
            )

    def __repr__(self) -> str:
        lr = "schedule" if callable(self.lr) else f"{self.lr:g}"
        return f"{type(self).__name__}(lr={lr})"


class SGD(Optimizer):
    """θ ← θ - η g. With momentum μ: v ← μ v + g, θ ← θ - η v (*heavy ball*).

    Nesterov: θ ← θ - η (g + μ v), the gradient looked up one step ahead. Weight decay λ adds λθ
    to g, which for plain SGD is an L2 penalty. PyTorch's forms; many papers put η inside v.

    Source: Polyak 1964; Sutskever et al., ICML 2013, section 2.
    """

    def __init__(
        self,
        lr: float | Schedule,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        decay_mask: np.ndarray | None = None,
    ) -> None:
        """Take η, μ in [0, 1), λ ≥ 0, and the entries of θ that decay (all, if None)."""
        super().__init__(lr)
        self.momentum, self.nesterov = share("SGD momentum", momentum), nesterov
        self.weight_decay = not_negative("SGD weight_decay", weight_decay)
        self.decay_mask = None if decay_mask is None else np.asarray(decay_mask)
        if nesterov and not momentum:
            raise ValueError("SGD(nesterov=True) got momentum 0, wanted above 0: 0.9 is usual")
        self.slots = ("v",) if momentum else ()

    def update(self, lr, theta, g, decay, v=None) -> None:
        """One step of the recurrence above."""
        if self.weight_decay:
            g = g + decay * theta
        if self.momentum:
            v *= self.momentum
            v += g
            g = g + self.momentum * v if self.nesterov else v
        theta -= lr * g


class AdaGrad(Optimizer):
    """s ← s + g², θ ← θ - η g / (√s + ε): a rarely seen feature keeps a large step.

    s only grows, so every step shrinks for good.

    Source: Duchi, Hazan and Singer, JMLR 12 (2011).
    """

    slots = ("s",)

    def __init__(self, lr: float | Schedule, eps: float = 1e-10) -> None:
        """Take η and ε."""
        super().__init__(lr)
        self.eps = positive("AdaGrad eps", eps)

    def update(self, lr, theta, g, decay, s) -> None:
        """One step of the recurrence above."""
        s += g * g
        theta -= lr * g / (np.sqrt(s) + self.eps)


class RMSProp(Optimizer):
    """s ← ρ s + (1 - ρ) g², θ ← θ - η g / (√s + ε): AdaGrad that forgets.

    No bias correction, so with s = 0 at the start the first steps are large. PyTorch's alpha is ρ.

    Source: Hinton, Neural Networks for Machine Learning, lecture 6e (2012), where ρ = 0.9.
    """

    slots = ("s",)

    def __init__(self, lr: float | Schedule, rho: float = 0.99, eps: float = 1e-8) -> None:
        """Take η, ρ in [0, 1) and ε."""
        super().__init__(lr)
        self.rho, self.eps = share("RMSProp rho", rho), positive("RMSProp eps", eps)

    def update(self, lr, theta, g, decay, s) -> None:
        """One step of the recurrence above."""
        s *= self.rho
        s += (1 - self.rho) * (g * g)
        theta -= lr * g / (np.sqrt(s) + self.eps)


class Adam(Optimizer):
    """m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², θ ← θ - η m̂ / (√v̂ + ε).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo the start at zero. Here weight decay adds λθ to
    g, and is then divided by √v̂ like the rest of g; `AdamW` decays as the name says.

    Source: Kingma and Ba, ICLR 2015, algorithm 1.
    """

    slots = ("m", "v")

    def __init__(
        self,
        lr: float | Schedule = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decay_mask: np.ndarray | None = None,
    ) -> None:
        """Take η, β₁ and β₂ in [0, 1), ε, λ ≥ 0, and the entries of θ that decay."""
        name = type(self).__name__
        super().__init__(lr)
        self.beta1, self.beta2 = share(f"{name} beta1", beta1), share(f"{name} beta2", beta2)
        self.eps = positive(f"{name} eps", eps)
        self.weight_decay = not_negative(f"{name} weight_decay", weight_decay)
        self.decay_mask = None if decay_mask is None else np.asarray(decay_mask)

    def update(self, lr, theta, g, decay, m, v) -> None:
        """One step of the recurrence above."""
        if self.weight_decay:
            g = g + decay * theta
        theta -= lr * self.direction(g, m, v)

    def direction(self, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Move m and v, in place, and return m̂ / (√v̂ + ε)."""
        m += (1 - self.beta1) * (g - m)
        v += (1 - self.beta2) * (g * g - v)
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        return m_hat / (np.sqrt(v_hat) + self.eps)


class AdamW(Adam):
    """θ ← θ - η λ θ, then Adam's step: every weight decays at the same rate.

    Source: Loshchilov and Hutter, ICLR 2019, algorithm 2; η stands before λ as in PyTorch.
    """

    def __init__(
        self,
        lr: float | Schedule = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        decay_mask: np.ndarray | None = None,
    ) -> None:
        """Take η, β₁ and β₂ in [0, 1), ε, λ ≥ 0, and the entries of θ that decay."""
        super().__init__(lr, beta1, beta2, eps, weight_decay, decay_mask)

    def update(self, lr, theta, g, decay, m, v) -> None:
        """Decay, then one step of Adam."""
        theta -= lr * decay * theta
        theta -= lr * self.direction(g, m, v)


# --- schedules: functions t -> η, t the number of steps done before ------------------------------


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """η(t) = lr · factor^⌊t / every⌋: a staircase, as in the ResNet paper."""
    positive("step_decay lr", lr), positive("step_decay factor", factor)
    width("step_decay every", every)
    return lambda t: lr * factor ** (t // every)


def cosine(lr: float, steps: int, final: float = 0.0) -> Schedule:
    """η(t) = final + ½ (lr - final) (1 + cos(π t / steps)), and `final` from t = steps on.

    Source: Loshchilov and Hutter, ICLR 2017, equation 5, without restarts.
    """
    positive("cosine lr", lr), width("cosine steps", steps), not_negative("cosine final", final)
    return lambda t: final + (lr - final) * (1 + math.cos(math.pi * min(t / steps, 1))) / 2


def warmup(after: float | Schedule, steps: int) -> Schedule:
    """η(t) = after · (t + 1) / steps for t < steps; then `after`, which starts at its own t = 0.

    Source: Goyal et al., arXiv:1706.02677, section 2.2.
    """
    width("warmup steps", steps)
    if not callable(after):
        lr = positive("warmup lr", after)
        after = lambda t: lr  # noqa: E731
    return lambda t: after(0) * (t + 1) / steps if t < steps else after(t - steps)


def inverse_time(lr: float, decay: float) -> Schedule:
    """η(t) = lr / (1 + decay · t): Ση = ∞ and Ση² < ∞, as SGD's proof of convergence asks.

    Source: Robbins and Monro, Annals of Mathematical Statistics 22 (1951).
    """
    positive("inverse_time lr", lr), positive("inverse_time decay", decay)
    return lambda t: lr / (1 + decay * t)


# --- clipping -----------------------------------------------------------------------------------


def clip_by_value(grad: np.ndarray, limit: float) -> None:
    """g_i ← min(max(g_i, -limit), limit), in place: changes the direction too."""
    positive("clip_by_value limit", limit)
    largest("clip_by_value", grad)
    np.clip(grad, -limit, limit, out=grad)


def clip_by_norm(grad: np.ndarray, limit: float) -> float:
    """g ← g · min(1, limit / ‖g‖), in place: keeps the direction. Return ‖g‖ as it was.

    Source: Pascanu, Mikolov and Bengio, ICML 2013, algorithm 1.
    """
    positive("clip_by_norm limit", limit)
    peak = largest("clip_by_norm", grad)
    unit = peak if peak > 1e15 else 1  # squares of 2e19 overflow float32, though the norm doesn't
    norm = unit * float(np.linalg.norm(grad if unit == 1 else grad / unit))
    if norm > limit:
        grad *= limit / norm
    return norm
