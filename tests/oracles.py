"""What the papers say, number by number: the recurrences in Python floats, without NumPy.

Each rule moves one coordinate once: (x, g, state, t, lr, ...) -> (new x, new state), with t counted
from 1 as in the papers. `trajectory` runs a rule over all coordinates. Nothing here knows nnlib.
"""

import math
from collections.abc import Callable, Sequence

START = [-1.1, 0.7, 1.3, -0.4, 0.9]
STEPS = 60
DECAYED = [True, False, True, True, False]


def rosenbrock(x: Sequence[float]) -> float:
    """Σ 2 (x_{i+1} - x_i²)² + (1 - x_i)²: the valley of Rosenbrock (1960), 50 times less steep."""
    return sum(2.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


def rosenbrock_gradient(x: Sequence[float]) -> list[float]:
    """∂/∂x_i of `rosenbrock`, by hand and by arithmetic alone: the same bits on every machine."""
    gradient = [0.0] * len(x)
    for i in range(len(x) - 1):
        gap = x[i + 1] - x[i] * x[i]
        gradient[i] += -8.0 * x[i] * gap - 2.0 * (1.0 - x[i])
        gradient[i + 1] += 4.0 * gap
    return gradient


# rules: one coordinate, one step


def sgd(x, g, state, t, lr, weight_decay=0.0):
    """x <- x - lr g (Robbins and Monro, 1951)."""
    g = g + weight_decay * x
    return x - lr * g, state


def polyak(x, g, state, t, lr, momentum):
    """x_{t+1} = x_t - lr g + momentum (x_t - x_{t-1}) (Polyak, 1964, equation 9)."""
    before = x if state is None else state
    return x - lr * g + momentum * (x - before), x


def heavy_ball(x, g, state, t, lr, momentum, weight_decay=0.0):
    """v <- momentum v + g; x <- x - lr v: PyTorch's form, lr outside the velocity."""
    v = 0.0 if state is None else state
    g = g + weight_decay * x
    v = momentum * v + g
    return x - lr * v, v


def nesterov(x, g, state, t, lr, momentum, weight_decay=0.0):
    """v <- momentum v + g; x <- x - lr (g + momentum v): PyTorch's form, x is the look-ahead."""
    v = 0.0 if state is None else state
    g = g + weight_decay * x
    v = momentum * v + g
    return x - lr * (g + momentum * v), v


def adagrad(x, g, state, t, lr, eps):
    """s <- s + g²; x <- x - lr g / (√s + eps) (Duchi, Hazan and Singer, 2011, figure 1)."""
    s = 0.0 if state is None else state
    s = s + g * g
    return x - lr * g / (math.sqrt(s) + eps), s


def rmsprop(x, g, state, t, lr, rho, eps):
    """s <- rho s + (1 - rho) g²; x <- x - lr g / (√s + eps) (Hinton, 2012, lecture 6e)."""
    s = 0.0 if state is None else state
    s = rho * s + (1.0 - rho) * g * g
    return x - lr * g / (math.sqrt(s) + eps), s


def adam(x, g, state, t, lr, beta1, beta2, eps, weight_decay=0.0):
    """Algorithm 1 of Kingma and Ba (2015); the decay, if any, is L2 in the gradient."""
    m, v = (0.0, 0.0) if state is None else state
    g = g + weight_decay * x
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    m_hat = m / (1.0 - beta1**t)
    v_hat = v / (1.0 - beta2**t)
    return x - lr * m_hat / (math.sqrt(v_hat) + eps), (m, v)


def adam_uncorrected(x, g, state, t, lr, beta1, beta2, eps):
    """Adam without its bias correction: what the correction is for."""
    m, v = (0.0, 0.0) if state is None else state
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    return x - lr * m / (math.sqrt(v) + eps), (m, v)


def adamw(x, g, state, t, lr, beta1, beta2, eps, weight_decay):
    """Algorithm 2 of Loshchilov and Hutter (2019), the schedule multiplying both terms.

    The paper writes x <- x - η (α m̂ / (√v̂ + eps) + λ x); here lr = η α, and weight_decay = λ / α as
    in PyTorch, so that the second term is lr weight_decay x.
    """
    m, v = (0.0, 0.0) if state is None else state
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    m_hat = m / (1.0 - beta1**t)
    v_hat = v / (1.0 - beta2**t)
    return x - lr * m_hat / (math.sqrt(v_hat) + eps) - lr * weight_decay * x, (m, v)


# whole runs


def trajectory(
    rule: Callable,
    start: Sequence[float],
    lr: float | Callable[[int], float],
    steps: int = STEPS,
    gradient: Callable = rosenbrock_gradient,
    decayed: Sequence[bool] | None = None,
    **hyper: float,
) -> list[list[float]]:
    """Positions after step 1, 2, ..., `steps`; `decayed` says which coordinates feel the decay."""
    x = list(start)
    states = [None] * len(x)
    path = []
    for t in range(1, steps + 1):
        rate = lr(t - 1) if callable(lr) else lr
        g = gradient(x)
        for i in range(len(x)):
            own = dict(hyper)
            if decayed is not None and not decayed[i]:
                own["weight_decay"] = 0.0
            x[i], states[i] = rule(x[i], g[i], states[i], t, rate, **own)
        path.append(list(x))
    return path


def sutskever_lookaheads(
    start: Sequence[float], lr: float, momentum: float, steps: int = STEPS
) -> list[list[float]]:
    """Nesterov's method as Sutskever et al. (2013, equations 3 and 4) write it.

    v <- momentum v - lr ∇f(θ + momentum v); θ <- θ + v. Returned are the look-ahead points
    φ = θ + momentum v, the places where the next gradient is taken.
    """
    theta = list(start)
    v = [0.0] * len(theta)
    path = []
    for _ in range(steps):
        g = rosenbrock_gradient([theta[i] + momentum * v[i] for i in range(len(theta))])
        for i in range(len(theta)):
            v[i] = momentum * v[i] - lr * g[i]
            theta[i] = theta[i] + v[i]
        path.append([theta[i] + momentum * v[i] for i in range(len(theta))])
    return path


# schedules: the learning rate of step t = 0, 1, 2, ...


def step_decay(t: int, lr: float, every: int, factor: float) -> float:
    """Multiply lr by the factor once for each full `every` steps done."""
    rate = lr
    for done in range(1, t + 1):
        if done % every == 0:
            rate = rate * factor
    return rate


def cosine(t: int, lr: float, steps: int, final: float) -> float:
    """Equation 5 of Loshchilov and Hutter (2017), one period, then the final rate for ever."""
    if t >= steps:
        return final
    return final + (lr - final) * (1.0 + math.cos(math.pi * t / steps)) / 2.0


def warmup(t: int, lr: float | Callable[[int], float], steps: int) -> float:
    """Rise linearly to the peak at step `steps` - 1, then start the schedule at its 0."""
    if callable(lr):
        return lr(0) * (t + 1) / steps if t < steps else lr(t - steps)
    return lr * (t + 1) / steps if t < steps else lr


def inverse_time(t: int, lr: float, decay: float) -> float:
    """lr / (1 + decay t): the sums that Robbins and Monro (1951) ask for."""
    return lr / (1.0 + decay * t)


# clipping


def clipped_by_value(g: Sequence[float], limit: float) -> list[float]:
    """Each entry cut to [-limit, limit]."""
    return [limit if x > limit else -limit if x < -limit else x for x in g]


def clipped_by_norm(g: Sequence[float], limit: float) -> tuple[list[float], float]:
    """Algorithm 1 of Pascanu, Mikolov and Bengio (2013): g limit / ‖g‖ where ‖g‖ > limit."""
    norm = math.sqrt(math.fsum(x * x for x in g))
    if norm > limit:
        return [x * limit / norm for x in g], norm
    return list(g), norm
