"""The answer of every numeric question, computed in another way: nnlib, NumPy, SciPy, counting.

Each function takes the drawn numbers and returns the value of the last step.
"""

import math

import numpy as np
from scipy import optimize, special, stats

import nnlib as nn
from nnlib import count as c


def grad_of(layers, loss, X, y, weights):
    """Return the gradient of a network whose parameters are given, in their order."""
    net = nn.Network(layers, loss, seed=0)
    net.theta[:] = weights
    net.value_and_grad(np.array(X, float), np.array(y))
    return net.grad.copy()


def slope(f, w):
    """Return f'(w) by complex step, exact to the last digits."""
    return float(np.imag(f(w + 1e-30j)) / 1e-30)


def after(optimizer, w, *gradients):
    """Return where one weight is after steps with these gradients."""
    theta = np.array([float(w)])
    for g in gradients:
        optimizer.step(theta, np.array([float(g)]))
    return theta[0]


def mlp(n, h, k):
    """Count the entries of a live network."""
    return nn.Network(
        [nn.Dense(n, h), nn.ReLU(), nn.Dense(h, k), nn.ReLU(), nn.Dense(k, 1)], nn.MSE()
    ).theta.size


def transformer(L, d, V):
    """Sum the entries of each matrix."""
    block = [(d, d)] * 4 + [(d, 4 * d), (4 * d, d)]
    return L * sum(math.prod(shape) for shape in block) + V * d


def descent(a, w, lr):
    """Two steps, one after the other."""
    for _ in range(2):
        w = w - lr * slope(lambda v: a * v * v, w)
    return w


def two_units(w1, w2, w3, w4, v1, v2, c, x1, x2):
    """The logit of nnlib's network."""
    net = nn.Network([nn.Dense(2, 2, bias=False), nn.ReLU(), nn.Dense(2, 1)], nn.LogLoss())
    net.theta[:] = [w1, w3, w2, w4, v1, v2, c]
    return net.forward(np.array([[x1, x2]])).item()


def dense_backward(x1, x2, d):
    """The bias gradient of nnlib's layer."""
    net = nn.Network([nn.Dense(2, 1)], nn.MSE())
    net.forward(np.array([x1, x2], float))
    net.backward(np.array(d).reshape(2, 1))
    assert net.layers[0].dW.shape == (2, 1)
    return net.layers[0].db.item()


def hidden_weight(x, w, v, y):
    """The first entry of nnlib's gradient."""
    layers = [nn.Dense(1, 1, bias=False), nn.Tanh(), nn.Dense(1, 1, bias=False)]
    return grad_of(layers, nn.LogLoss(), [[x]], [[y]], [w, v])[0]


def batch_norm(x, g, s):
    """The first output of nnlib's layer in training."""
    net = nn.Network([nn.BatchNorm(1, eps=1e-12)], nn.MSE())
    net.theta[:] = [g, s]
    return net.forward(np.array(x, float).reshape(-1, 1))[0, 0]


def running_mean(m, a, b):
    """The buffer of nnlib's layer after two batches of those means."""
    net = nn.Network([nn.BatchNorm(1, momentum=m)], nn.MSE())
    for centre in (a, b):
        net.forward(np.array([[centre - 1], [centre + 1]]))
    return net.layers[0].running_mean.item()


def folded(w, b, mu, v, g, s):
    """The two ends of the straight line that the layers together are."""

    def z(x):
        return g * (w * x + b - mu) / np.sqrt(v) + s

    return z(0.0)


def without_replacement(N, s, B):
    """The variance of the mean, by its covariances: any two places have -σ²/(N - 1)."""
    return (B * s + B * (B - 1) * (-s / (N - 1))) / B**2


def best_factor(s, c):
    """The worse of two directions, made as small as it goes by golden section."""
    found = optimize.minimize_scalar(
        lambda rate: max(abs(1 - rate * s), abs(1 - rate * c)),
        bracket=(0, 1 / c, 2 / c),
        method="golden",
    )
    return found.fun


def search_runs(a, b, c, k):
    """Count them one by one."""
    return sum(1 for _ in np.ndindex(a, b, c) for _ in range(k)) + 1


def adam_change(b1, b2, lr, g1, g2):
    """The second step of nnlib's Adam."""
    opt = nn.Adam(lr=lr, beta1=b1, beta2=b2, eps=1e-15)
    return after(opt, 0.0, g1, g2) - after(nn.Adam(lr=lr, beta1=b1, beta2=b2, eps=1e-15), 0.0, g1)


def adam_uncorrected(b1, b2):
    """Both averages, run one step."""
    m, v = (1 - b1) * 3.0, (1 - b2) * 9.0
    return (m / math.sqrt(v)) / (3.0 / math.sqrt(9.0))


def clipped(g, c):
    """What nnlib's clipping leaves."""
    grad = np.array(g, float)
    nn.clip_by_norm(grad, c)
    return tuple(grad)


def f1(tp, fp, fn, tn):
    """F₁ from the confusion matrix: 2 tp out of all that is said or is positive."""
    truth = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn])
    guess = np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])
    both = np.sum((truth == 1) & (guess == 1))
    return 2 * both / (truth.sum() + guess.sum())


def shrunk(a, lam, power):
    """The end of many small proximal steps for L1, of Newton's one step for L2."""
    if power == 2:
        return a - slope(lambda w: (w - a) ** 2 / 2 + lam / 2 * w**2, a) / (1 + lam)
    return min((0.0, a - lam, a + lam), key=lambda w: (w - a) ** 2 / 2 + lam * abs(w))


def lost_below(w, name, b):
    """Half the distance to the next number that the format holds."""
    if name == "bfloat16":  # float32's exponent, 7 bits
        bits = np.array([w], np.float32).view(np.uint32)
        return float((bits + (1 << 16)).view(np.float32)[0] - w) / 2
    return float(np.spacing(np.array(w, name))) / 2


def accuracy_half_width(n, k):
    """From SciPy's normal distribution, rounded as everyone does: 1.96."""
    return 100 * round(stats.norm.ppf(0.975), 2) * stats.sem([1] * k + [0] * (n - k), ddof=0)


ORACLES = {
    "number-mlp-parameters": mlp,
    "number-convolution-parameters": lambda f, c_, k, s: (
        c.count_parameters(c.Conv(c_, k, f), input=(c_, s, s)).total
    ),
    "number-convolution-shape": lambda s, k, f, t, p: k * len(range(0, s + 2 * p - f + 1, t)) ** 2,
    "number-lstm-parameters": lambda n, h: c.count_parameters(c.LSTM(n, h, bias_vectors=1)).total,
    "number-transformer-parameters": transformer,
    "number-training-memory": lambda N: (
        N * (2 * np.dtype("f2").itemsize + 3 * np.dtype("f4").itemsize)
    ),
    "number-training-days": lambda N, D, G, F, u: (6e9 * N * 1e9 * D) / (G * F * 1e12 * u * 864),
    "number-lora-share": lambda n, k, r: 100 * r * (1 / n + 1 / k),
    "number-kv-cache": lambda L, d, T: np.zeros((2, L)).size * d * T * 2 / 10**9,
    "number-unit-forward": lambda w1, w2, b, x1, x2: special.expit(np.dot([w1, w2], [x1, x2]) + b),
    "number-two-layer-forward": two_units,
    "number-layer-shapes": lambda m, n, k: (np.zeros((m, n)) @ np.zeros((n, k))).shape,
    "number-softmax-cross-entropy": lambda z, c_: special.logsumexp(z) - z[c_ - 1],
    "number-log-loss-mean": lambda p1, p2, p3: nn.LogLoss().value(
        special.logit(np.array([[p1], [p2], [p3]])), np.array([[1], [0], [1]])
    ),
    "number-first-loss": lambda k: stats.entropy(np.full(k, 1 / k)),
    "number-mse": lambda p, y: nn.MSE().value(np.array([p], float), np.array([y], float)),
    "number-huber": lambda d, r, s: nn.Huber(d).value(np.array([[r, s]]), np.zeros((1, 2))),
    "number-imbalanced-first-loss": lambda q: stats.entropy([q / 100, 1 - q / 100]),
    "number-partials": lambda a, b, c_, u, v: (
        slope(lambda t: a * t * t + b * t * v + c_ * v, u),
        slope(lambda t: a * u * u + b * u * t + c_ * t, v),
    ),
    "number-difference-error": lambda w, h: h * h,
    "number-chain-of-links": lambda x, w, y: slope(
        lambda t: (1 / (1 + np.exp(-t * x)) - y) ** 2, w
    ),
    "number-paths-add": lambda a, w: slope(lambda t: a * t**3, w),
    "number-sigmoid-depth": lambda n, w: math.exp(n * (math.log(w) - math.log(4))),
    "number-gradient-at-the-logits": lambda z, c_: tuple(
        nn.CrossEntropy().grad(np.array([z], float), np.array([c_ - 1]))[0]
    ),
    "number-log-loss-gradient": lambda x, w, b, y: tuple(
        grad_of([nn.Dense(1, 1)], nn.LogLoss(), [[x]], [[y]], [w, b])
    ),
    "number-hidden-weight": hidden_weight,
    "number-dense-backward": dense_backward,
    "number-activation-memory": lambda L, n, m: L * np.zeros((m, 1), "f4").nbytes * n / 1e6,
    "number-descent-steps": descent,
    "number-largest-rate": lambda a, c_: 2 / np.linalg.eigvalsh(np.diag([2.0 * a, 2.0 * c_])).max(),
    "number-best-rate": best_factor,
    "number-epochs-and-steps": lambda N, B, E: (
        sum(len(list(nn.batches(N, B))) for _ in range(2)) * E // 2
    ),
    "number-batch-variance": without_replacement,
    "number-noise-and-batch": lambda B, s, C: math.sqrt(s * s * B / C),
    "number-scaled-rate": lambda B, lr, C, q, w: nn.warmup(lr * C / B, w)(q - 1),
    "number-accumulation": lambda G, m, a, N: len(range(G * m * a, N + 1, G * m * a)),
    "number-momentum-steps": lambda mu, lr, w, g, h: after(nn.SGD(lr=lr, momentum=mu), w, g, h),
    "number-adam-second-step": adam_change,
    "number-adam-uncorrected": adam_uncorrected,
    "number-adagrad-rate": lambda lr, g, t: abs(
        after(nn.AdaGrad(lr=lr), 0.0, *[g] * t) - after(nn.AdaGrad(lr=lr), 0.0, *[g] * (t - 1))
    ),
    "number-clip-by-norm": clipped,
    "number-cosine-rate": lambda lr, T, t: nn.cosine(lr, T)(t),
    "number-decoupled-decay": lambda w, g, lr, wd: after(
        nn.AdamW(lr=lr, eps=1e-15, weight_decay=wd), w, g
    ),
    "number-accuracy-interval": accuracy_half_width,
    "number-precision-recall": f1,
    "number-he-scale": lambda n, k: math.sqrt(1 / (n / 2)),
    "number-xavier-bound": lambda n, k: math.sqrt(6 / (n + k)),
    "number-signal-through-layers": lambda L, n, s: math.exp(L * math.log(n * s**2)),
    "number-dropout": lambda p, a: np.average(
        (np.array([0, a / (1 - p)]) - a) ** 2, weights=[p, 1 - p]
    ),
    "number-l2-gradient": lambda lam, w, g, lr: after(nn.SGD(lr=lr, weight_decay=lam), w, g),
    "number-soft-threshold": lambda a, lam: shrunk(a, lam, 2),
    "number-search-runs": search_runs,
    "number-batch-norm": batch_norm,
    "number-running-mean": running_mean,
    "number-fold-batch-norm": folded,
    "number-spacing-of-floats": lost_below,
    "number-loss-scale": lambda k: 2.0**-14 / 2.0**-k,
}
