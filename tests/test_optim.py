"""Optimizers, schedules and clipping, against their papers, PyTorch and known numbers."""

import json
import math
import re
from pathlib import Path

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import DECAYED, START, STEPS

import nnlib as nn

TORCH = json.loads(
    (Path(__file__).parent / "reference" / "torch_trajectories.json").read_text(encoding="utf-8")
)
MASK = np.array(DECAYED)
BETAS = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


def halving(t):
    """Multiply 0.005 by a half every seven steps."""
    return oracles.step_decay(t, lr=0.005, every=7, factor=0.5)


def warm_cosine(t):
    """Rise to 0.05 in ten steps, then half a cosine wave down to 0.001 over 49."""
    return oracles.warmup(t, lambda s: oracles.cosine(s, lr=0.05, steps=49, final=0.001), steps=10)


# name: (the optimizer, the paper's rule, what the rule is called with)
RUNS = {
    "sgd": (lambda: nn.SGD(lr=0.01), oracles.sgd, {"lr": 0.01}),
    "sgd_weight_decay": (
        lambda: nn.SGD(lr=0.01, weight_decay=0.3),
        oracles.sgd,
        {"lr": 0.01, "weight_decay": 0.3},
    ),
    "momentum": (
        lambda: nn.SGD(lr=0.005, momentum=0.9),
        oracles.heavy_ball,
        {"lr": 0.005, "momentum": 0.9},
    ),
    "momentum_weight_decay": (
        lambda: nn.SGD(lr=0.005, momentum=0.8, weight_decay=0.3),
        oracles.heavy_ball,
        {"lr": 0.005, "momentum": 0.8, "weight_decay": 0.3},
    ),
    "nesterov": (
        lambda: nn.SGD(lr=0.005, momentum=0.9, nesterov=True),
        oracles.nesterov,
        {"lr": 0.005, "momentum": 0.9},
    ),
    "nesterov_weight_decay": (
        lambda: nn.SGD(lr=0.005, momentum=0.8, nesterov=True, weight_decay=0.3),
        oracles.nesterov,
        {"lr": 0.005, "momentum": 0.8, "weight_decay": 0.3},
    ),
    "nesterov_weight_decay_masked": (
        lambda: nn.SGD(lr=0.005, momentum=0.8, nesterov=True, weight_decay=0.3, decay_mask=MASK),
        oracles.nesterov,
        {"lr": 0.005, "momentum": 0.8, "weight_decay": 0.3, "decayed": DECAYED},
    ),
    "nesterov_step_decay_half": (
        lambda: nn.SGD(nn.step_decay(0.005, every=7, factor=0.5), momentum=0.9, nesterov=True),
        oracles.nesterov,
        {"lr": halving, "momentum": 0.9},
    ),
    "adagrad": (lambda: nn.AdaGrad(lr=0.3), oracles.adagrad, {"lr": 0.3, "eps": 1e-10}),
    "adagrad_eps": (
        lambda: nn.AdaGrad(lr=0.3, eps=0.1),
        oracles.adagrad,
        {"lr": 0.3, "eps": 0.1},
    ),
    "rmsprop": (
        lambda: nn.RMSProp(lr=0.01),
        oracles.rmsprop,
        {"lr": 0.01, "rho": 0.99, "eps": 1e-8},
    ),
    "rmsprop_rho_eps": (
        lambda: nn.RMSProp(lr=0.02, rho=0.9, eps=0.01),
        oracles.rmsprop,
        {"lr": 0.02, "rho": 0.9, "eps": 0.01},
    ),
    "adam": (lambda: nn.Adam(lr=0.05), oracles.adam, {"lr": 0.05, **BETAS}),
    "adam_betas_eps": (
        lambda: nn.Adam(lr=0.05, beta1=0.7, beta2=0.95, eps=0.01),
        oracles.adam,
        {"lr": 0.05, "beta1": 0.7, "beta2": 0.95, "eps": 0.01},
    ),
    "adam_weight_decay": (
        lambda: nn.Adam(lr=0.05, weight_decay=0.3),
        oracles.adam,
        {"lr": 0.05, **BETAS, "weight_decay": 0.3},
    ),
    "adam_weight_decay_masked": (
        lambda: nn.Adam(lr=0.05, weight_decay=0.3, decay_mask=MASK),
        oracles.adam,
        {"lr": 0.05, **BETAS, "weight_decay": 0.3, "decayed": DECAYED},
    ),
    "adamw": (
        lambda: nn.AdamW(lr=0.05),
        oracles.adamw,
        {"lr": 0.05, **BETAS, "weight_decay": 0.01},
    ),
    "adamw_weight_decay": (
        lambda: nn.AdamW(lr=0.05, weight_decay=0.3),
        oracles.adamw,
        {"lr": 0.05, **BETAS, "weight_decay": 0.3},
    ),
    "adamw_weight_decay_masked": (
        lambda: nn.AdamW(lr=0.05, weight_decay=0.3, decay_mask=MASK),
        oracles.adamw,
        {"lr": 0.05, **BETAS, "weight_decay": 0.3, "decayed": DECAYED},
    ),
    "adamw_warmup_cosine": (
        lambda: nn.AdamW(nn.warmup(nn.cosine(0.05, 49, 0.001), steps=10), weight_decay=0.3),
        oracles.adamw,
        {"lr": warm_cosine, **BETAS, "weight_decay": 0.3},
    ),
}
UNMASKED = [name for name in RUNS if not name.endswith("_masked")]
every_run = pytest.mark.parametrize("name", RUNS)
every_unmasked_run = pytest.mark.parametrize("name", UNMASKED)


def walk(optimizer, start=START, steps=STEPS, gradient=oracles.rosenbrock_gradient):
    """Positions after each step of an nnlib optimizer."""
    theta = np.array(start)
    path = []
    for _ in range(steps):
        optimizer.step(theta, np.array(gradient(theta.tolist())))
        path.append(theta.copy())
    return np.array(path)


def words(*parts):
    """Return a pattern for an error that says all of the parts, in any order."""
    return "(?s)" + "".join(f"(?=.*{re.escape(part)})" for part in parts)


# the recurrences


def test_the_valley_has_the_gradient_that_the_oracle_says():
    """A wrong gradient by hand would make every path below a path down nothing."""
    h = 1e-6

    numerical = []
    for i in range(len(START)):
        right, left = list(START), list(START)
        right[i], left[i] = right[i] + h, left[i] - h
        numerical.append((oracles.rosenbrock(right) - oracles.rosenbrock(left)) / (2 * h))

    np.testing.assert_allclose(oracles.rosenbrock_gradient(START), numerical, rtol=1e-8, atol=1e-8)


@every_run
def test_every_optimizer_walks_as_its_paper_says(name):
    """A changed sign, order, default or power of beta leaves the paper's path within 60 steps."""
    make, rule, arguments = RUNS[name]

    path = walk(make())

    expected = oracles.trajectory(rule, START, **arguments)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-13)


@every_run
def test_every_optimizer_walks_as_pytorch_does(name):
    """A convention that only PyTorch's users know would make our numbers differ from theirs."""
    make, _, _ = RUNS[name]

    path = walk(make())

    np.testing.assert_allclose(path, TORCH["runs"][name], rtol=1e-12, atol=1e-13)


def test_no_run_of_pytorch_is_left_out():
    """A reference that no test reads proves nothing."""
    assert TORCH["runs"].keys() == RUNS.keys()
    assert TORCH["start"] == START
    assert TORCH["decayed"] == DECAYED


def test_no_two_runs_are_the_same():
    """Were two variants to end at one point, the comparison could not tell them apart."""
    ends = np.array([TORCH["runs"][name][-1] for name in RUNS])

    gaps = np.abs(ends[:, None] - ends[None]).max(axis=2)

    assert gaps[~np.eye(len(ends), dtype=bool)].min() > 1e-4


@every_run
def test_the_step_count_is_the_number_of_steps_done(name):
    """Bias correction and schedules read the count: one too many and both are off by a step."""
    optimizer = RUNS[name][0]()

    before = optimizer.t
    walk(optimizer, steps=3)

    assert before == 0
    assert optimizer.t == 3


def test_heavy_ball_in_pytorchs_form_is_polyaks_for_a_constant_lr():
    """With lr inside the velocity, as Polyak writes it, the path must be the same."""
    path = walk(nn.SGD(lr=0.005, momentum=0.9))

    expected = oracles.trajectory(oracles.polyak, START, lr=0.005, momentum=0.9)
    np.testing.assert_allclose(path, expected, rtol=1e-11, atol=1e-12)


def test_nesterov_in_pytorchs_form_walks_over_sutskevers_lookahead_points():
    """PyTorch's x is φ = θ + momentum v: any other pairing of the two forms gives another path."""
    path = walk(nn.SGD(lr=0.005, momentum=0.9, nesterov=True))

    expected = oracles.sutskever_lookaheads(START, lr=0.005, momentum=0.9)
    np.testing.assert_allclose(path, expected, rtol=1e-11, atol=1e-12)


# one flat vector, in place


@every_run
def test_theta_is_updated_in_place_and_the_gradient_is_left_alone(name):
    """A new array would leave the network's views behind; a changed gradient would lie to logs."""
    theta, grad = np.array(START), np.array([1.0, -2.0, 0.5, 3.0, -0.1])
    alias, sent = theta, grad.copy()
    optimizer = RUNS[name][0]()

    for _ in range(3):
        answer = optimizer.step(theta, grad)

    assert answer is None
    assert alias is theta
    assert (theta != np.array(START)).all()
    np.testing.assert_array_equal(grad, sent)


@every_run
def test_a_view_is_updated_too(name):
    """Every second entry of a vector must move as if it were alone, the others not at all."""
    whole = np.full(2 * len(START), 7.0)
    theta = whole[::2]
    theta[:] = START
    optimizer, alone = RUNS[name][0](), RUNS[name][0]()

    for _ in range(3):
        optimizer.step(theta, np.array(oracles.rosenbrock_gradient(theta.tolist())))

    np.testing.assert_array_equal(whole[1::2], np.full(len(START), 7.0))
    np.testing.assert_array_equal(whole[::2], walk(alone, steps=3)[-1])


def arrays_inside(thing):
    """Every array that an object holds, however deep in its attributes, lists and dicts."""
    if isinstance(thing, np.ndarray):
        return [thing]
    if isinstance(thing, dict):
        return [a for inner in thing.values() for a in arrays_inside(inner)]
    if isinstance(thing, list | tuple):
        return [a for inner in thing for a in arrays_inside(inner)]
    return arrays_inside(vars(thing)) if hasattr(thing, "__dict__") and not callable(thing) else []


@every_run
def test_float32_stays_float32(name):
    """State in float64 would double the memory without a word."""
    theta = np.array(START, dtype=np.float32)
    optimizer = RUNS[name][0]()

    for _ in range(20):
        grad = np.array(oracles.rosenbrock_gradient(theta.tolist()), dtype=np.float32)
        optimizer.step(theta, grad)

    kinds = {a.dtype for a in arrays_inside(optimizer)} - {np.dtype(bool)}
    assert theta.dtype == np.float32
    assert kinds <= {np.dtype(np.float32)}
    np.testing.assert_allclose(theta, TORCH["runs"][name][19], rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda number: nn.SGD(lr=number(0.1), momentum=number(0.9), weight_decay=number(0.3)),
        lambda number: nn.AdaGrad(lr=number(0.1), eps=number(1e-3)),
        lambda number: nn.RMSProp(lr=number(0.1), rho=number(0.9), eps=number(1e-3)),
        lambda number: nn.Adam(number(0.1), number(0.9), number(0.99), number(1e-3), number(0.3)),
        lambda number: nn.AdamW(number(0.1), number(0.9), number(0.99), number(1e-3), number(0.3)),
        lambda number: nn.SGD(lr=lambda t: number(0.1) / (1 + t)),
    ],
    ids=["sgd", "adagrad", "rmsprop", "adam", "adamw", "schedule"],
)
def test_numpy_numbers_do_not_lift_float32_to_float64(make, rng):
    """A NumPy scalar is float64 and, unlike a Python float, makes float64 of a float32 array."""
    grads = rng.normal(size=(4, 9)).astype(np.float32)
    ends = []

    for number in (float, np.float64):
        theta = np.ones(9, dtype=np.float32)
        optimizer = make(number)
        for grad in grads:
            optimizer.step(theta, grad)
        ends.append(theta)

    np.testing.assert_array_equal(ends[0], ends[1])
    assert ends[1].dtype == np.float32


@every_unmasked_run
@pytest.mark.parametrize("copies", [2, 303])
def test_an_entry_moves_the_same_wherever_it_stands(name, copies, rng):
    """Work done block by block must not skip, repeat or mix entries at the edges of blocks."""
    theta, grads = rng.normal(size=331), rng.normal(size=(4, 331))
    large = np.tile(theta, copies)  # 100 293 entries: odd, more than any block
    optimizer, optimizer_of_large = RUNS[name][0](), RUNS[name][0]()

    for grad in grads:
        optimizer.step(theta, grad)
        optimizer_of_large.step(large, np.tile(grad, copies))

    np.testing.assert_array_equal(large, np.tile(theta, copies))


@every_unmasked_run
@pytest.mark.parametrize("size", [1, 331])
def test_every_size_follows_the_paper(name, size, rng):
    """Sizes other than the five coordinates of the valley must obey the same recurrence."""
    make, rule, arguments = RUNS[name]
    start, grads = rng.normal(size=size), rng.normal(size=(5, size)).tolist()
    theta = start.copy()
    optimizer = make()

    for grad in grads:
        optimizer.step(theta, np.array(grad))

    queue = iter(grads)
    expected = oracles.trajectory(
        rule, start.tolist(), steps=5, gradient=lambda _: next(queue), **arguments
    )
    np.testing.assert_allclose(theta, expected[-1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("make", [nn.SGD, nn.Adam, nn.AdamW])
def test_the_mask_of_a_large_vector_is_cut_as_the_vector_is(make, rng):
    """A mask read from the start of each block would decay the wrong entries."""
    n = 100_293
    mask = rng.random(n) < 0.5
    theta = np.ones(n)
    optimizer = make(lr=0.1, weight_decay=0.5, decay_mask=mask)

    optimizer.step(theta, np.zeros(n))

    np.testing.assert_array_equal(theta != 1.0, mask)


@pytest.mark.parametrize("make", [nn.SGD, nn.Adam, nn.AdamW])
def test_a_mask_of_all_is_no_mask_and_a_mask_of_none_is_no_decay(make):
    """The two ends of the mask must meet the runs without one."""
    everything, nothing = np.ones(5, dtype=bool), np.zeros(5, dtype=bool)

    masked = walk(make(lr=0.01, weight_decay=0.3, decay_mask=everything))
    unmasked = walk(make(lr=0.01, weight_decay=0.3))
    undecayed = walk(make(lr=0.01, weight_decay=0.3, decay_mask=nothing))
    plain = walk(make(lr=0.01, weight_decay=0.0))

    np.testing.assert_allclose(masked, unmasked, rtol=1e-13, atol=0)
    np.testing.assert_allclose(undecayed, plain, rtol=1e-13, atol=0)
    assert np.abs(masked - undecayed).max() > 1e-2


def test_the_mask_of_a_network_keeps_the_decay_off_its_biases():
    """Without a gradient only decayed entries move: weights must, biases and gains must not."""
    net = nn.Network(
        [nn.Dense(3, 4), nn.LayerNorm(4), nn.ReLU(), nn.Dense(4, 1)], loss=nn.MSE(), seed=0
    )
    net.theta += 1.0
    before = net.theta.copy()
    optimizer = nn.AdamW(lr=0.1, weight_decay=0.5, decay_mask=net.weight_mask)

    optimizer.step(net.theta, np.zeros_like(net.theta))

    moved = {name for name, where in net.named.items() if (net.theta != before)[where].any()}
    assert moved == {"dense1.W", "dense2.W"}


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (nn.SGD(0.1), "SGD(lr=0.1)"),
        (nn.AdamW(lr=np.float32(0.5)), "AdamW(lr=0.5)"),
        (nn.Adam(nn.cosine(0.1, steps=9)), "Adam(lr=schedule)"),
    ],
    ids=str,
)
def test_an_optimizer_prints_its_name_and_rate(optimizer, text):
    """A log line with an address in it would differ from run to run."""
    assert repr(optimizer) == text


@pytest.mark.parametrize(
    ("kind", "settings", "names"),
    [
        (nn.SGD, {"lr": 0.1}, []),
        (nn.SGD, {"lr": 0.1, "momentum": 0.9}, ["v"]),
        (nn.AdaGrad, {"lr": 0.1}, ["s"]),
        (nn.RMSProp, {"lr": 0.1}, ["s"]),
        (nn.Adam, {}, ["m", "v"]),
        (nn.AdamW, {}, ["m", "v"]),
    ],
)
def test_what_is_remembered_has_its_papers_names(kind, settings, names):
    """A checkpoint holds the slots by name: another name, and old files can't be read."""
    optimizer = kind(**settings)

    optimizer.step(np.ones(3), np.ones(3))

    assert sorted(optimizer.state) == names


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_optimizer_of_ones_own_gets_its_decay(dtype):
    """0 where nothing was said, else λ for the masked entries, in θ's own dtype."""

    class Recording(nn.Optimizer):
        """Keep what `update` is given."""

        def update(self, lr, theta, g, decay):
            """Note the decay."""
            self.decay = decay

    plain, masked = Recording(0.1), Recording(0.1)
    masked.weight_decay, masked.decay_mask = 0.5, np.array([True, False, True])

    for optimizer in (plain, masked):
        optimizer.step(np.ones(3, dtype), np.ones(3, dtype))

    assert plain.decay == 0
    assert masked.decay.tolist() == [0.5, 0, 0.5]
    assert masked.decay.dtype == dtype


def test_an_empty_gradient_is_clipped_to_itself():
    """A network of activations alone has no parameters, and no largest entry."""
    assert nn.clip_by_norm(np.zeros(0), 1.0) == 0
    assert nn.clip_by_value(np.zeros(0), 1.0) is None


def test_an_optimizer_without_a_recurrence_says_which_one_it_is():
    """A subclass that misspells `update` must not train nothing in silence."""

    class Lion(nn.Optimizer):
        """Has only a name."""

    with pytest.raises(NotImplementedError, match="Lion has no update"):
        Lion(lr=0.1).step(np.ones(3), np.ones(3))


# facts that interviewers ask for


@pytest.mark.parametrize(("step", "ratio"), [(1, 3.16), (12, 6.57)])
def test_without_bias_correction_adams_first_steps_are_too_large(step, ratio):
    """The syllabus says 3.16 times at the first step and 6.57 times at the twelfth."""
    ones = [1.0]

    corrected = walk(nn.Adam(lr=1.0), start=[0.0], steps=step, gradient=lambda _: ones)
    uncorrected = oracles.trajectory(
        oracles.adam_uncorrected, [0.0], lr=1.0, steps=step, gradient=lambda _: ones, **BETAS
    )

    sizes = [path[-1][0] - (path[-2][0] if step > 1 else 0.0) for path in (corrected, uncorrected)]
    assert sizes[0] == pytest.approx(-1.0, rel=1e-7)
    assert round(sizes[1] / sizes[0], 2) == ratio


def test_the_twelfth_step_is_the_worst_without_bias_correction():
    """The ratio (1 - beta1^t) / √(1 - beta2^t) must rise to t = 12 and fall afterwards."""
    path = oracles.trajectory(
        oracles.adam_uncorrected, [0.0], lr=1.0, steps=60, gradient=lambda _: [1.0], **BETAS
    )

    sizes = -np.diff(np.array(path)[:, 0], prepend=0.0)

    assert sizes.argmax() + 1 == 12


@pytest.mark.parametrize("scale", [1e-12, 1e-8, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("make", [nn.Adam, lambda lr: nn.AdamW(lr, weight_decay=0.0)])
def test_adams_first_step_is_lr_times_the_sign_of_the_gradient(make, scale):
    """It is lr g / (|g| + eps): eps added before the correction would show at small gradients."""
    theta, grad = np.zeros(3), scale * np.array([2.0, -0.5, 0.0])

    make(lr=0.1).step(theta, grad)

    expected = [-0.1 * g / (abs(g) + 1e-8) for g in grad.tolist()]
    np.testing.assert_allclose(theta, expected, rtol=1e-12, atol=0)


def test_momentum_multiplies_a_constant_gradient_by_one_over_one_minus_momentum():
    """The limit of the velocity is g / (1 - 0.9) = 10 g; a damped form would stay at g."""
    for nesterov in (False, True):
        optimizer = nn.SGD(lr=0.01, momentum=0.9, nesterov=nesterov)

        path = walk(optimizer, start=[0.0], steps=300, gradient=lambda _: [2.0])

        assert path[-1, 0] - path[-2, 0] == pytest.approx(-0.2, rel=1e-10)


def test_the_first_velocity_is_the_gradient_itself():
    """Plain momentum starts as SGD does; Nesterov's first step is already 1.9 times as long."""
    lengths = []

    for arguments in ({}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}):
        theta = np.zeros(1)
        nn.SGD(lr=0.1, **arguments).step(theta, np.ones(1))
        lengths.append(-theta[0])

    np.testing.assert_allclose(lengths, [0.1, 0.1, 0.19], rtol=1e-14, atol=0)


def test_adagrads_steps_shrink_as_one_over_the_root_of_t():
    """Under a constant gradient step t is lr / √t, whatever the gradient's scale."""
    path = walk(nn.AdaGrad(lr=0.1), start=[0.0, 0.0], steps=9, gradient=lambda _: [5.0, -5e3])

    sizes = np.abs(np.diff(path, axis=0, prepend=0.0))

    expected = [[0.1 / math.sqrt(t)] * 2 for t in range(1, 10)]
    np.testing.assert_allclose(sizes, expected, rtol=1e-9, atol=0)


def test_rmsprops_first_step_is_ten_times_lr():
    """It has no bias correction: with rho = 0.99 the first step is lr / √0.01."""
    theta = np.zeros(2)

    nn.RMSProp(lr=0.01).step(theta, np.array([3.0, -300.0]))

    np.testing.assert_allclose(theta, [-0.1, 0.1], rtol=1e-6, atol=0)


def test_l2_in_adam_is_not_adamw():
    """Adam divides the decay by its own size: a tenth of the decay moves the weight as far."""
    ends = {}

    for decay in (0.1, 0.01):
        for make in (nn.Adam, nn.AdamW):
            theta = np.array([2.0])
            make(lr=0.01, weight_decay=decay).step(theta, np.zeros(1))
            ends[make.__name__, decay] = theta[0]

    assert ends["Adam", 0.1] == pytest.approx(1.99, abs=1e-8)
    assert ends["Adam", 0.01] == pytest.approx(1.99, abs=1e-7)
    assert ends["AdamW", 0.1] == pytest.approx(1.998, abs=1e-14)
    assert ends["AdamW", 0.01] == pytest.approx(1.9998, abs=1e-14)


def test_adam_with_no_decay_is_adamw_with_no_decay():
    """The two must differ in their decay alone; AdamW's default decay is not 0."""
    plain, decoupled = walk(nn.Adam(lr=0.05)), walk(nn.AdamW(lr=0.05, weight_decay=0.0))

    np.testing.assert_allclose(plain, decoupled, rtol=1e-13, atol=0)
    assert np.abs(plain - walk(nn.AdamW(lr=0.05))).max() > 1e-4


def test_the_defaults_are_the_papers():
    """lr 0.001, betas 0.9 and 0.999, eps 1e-8; for AdamW a decay of 0.01."""
    adam, adamw = walk(nn.Adam()), walk(nn.AdamW())

    expected = oracles.trajectory(oracles.adam, START, lr=0.001, **BETAS)
    np.testing.assert_allclose(adam, expected, rtol=1e-12, atol=1e-13)
    expected = oracles.trajectory(oracles.adamw, START, lr=0.001, **BETAS, weight_decay=0.01)
    np.testing.assert_allclose(adamw, expected, rtol=1e-12, atol=1e-13)


# schedules


@pytest.mark.parametrize(
    ("schedule", "oracle", "name"),
    [
        (
            lambda: nn.step_decay(0.2, every=20),
            lambda t: oracles.step_decay(t, lr=0.2, every=20, factor=0.1),
            "step_decay",
        ),
        (
            lambda: nn.step_decay(0.2, every=7, factor=0.5),
            lambda t: oracles.step_decay(t, lr=0.2, every=7, factor=0.5),
            "step_decay_half",
        ),
        (
            lambda: nn.cosine(0.2, steps=59),
            lambda t: oracles.cosine(t, lr=0.2, steps=59, final=0.0),
            "cosine",
        ),
        (
            lambda: nn.cosine(0.2, steps=59, final=0.01),
            lambda t: oracles.cosine(t, lr=0.2, steps=59, final=0.01),
            "cosine_final",
        ),
        (
            lambda: nn.warmup(0.2, steps=10),
            lambda t: oracles.warmup(t, lr=0.2, steps=10),
            "warmup",
        ),
        (
            lambda: nn.warmup(nn.cosine(0.2, steps=49, final=0.001), steps=10),
            lambda t: oracles.warmup(
                t, lambda s: oracles.cosine(s, lr=0.2, steps=49, final=0.001), steps=10
            ),
            "warmup_cosine",
        ),
        (
            lambda: nn.inverse_time(0.2, decay=0.05),
            lambda t: oracles.inverse_time(t, lr=0.2, decay=0.05),
            "inverse_time",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_schedule_is_its_formula_and_pytorchs(schedule, oracle, name):
    """A schedule off by one step, or with another last value, leaves both lists."""
    rate = schedule()

    rates = [rate(t) for t in range(STEPS)]

    np.testing.assert_allclose(rates, [oracle(t) for t in range(STEPS)], rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(rates, TORCH["rates"][name], rtol=1e-12, atol=1e-16)
    assert all(type(value) is float for value in rates)


@pytest.mark.parametrize(
    ("schedule", "t", "lr"),
    [
        (lambda: nn.step_decay(0.5, every=10), 0, 0.5),
        (lambda: nn.step_decay(0.5, every=10), 1, 0.5),
        (lambda: nn.step_decay(0.5, every=10), 9, 0.5),
        (lambda: nn.step_decay(0.5, every=10), 10, 0.05),
        (lambda: nn.step_decay(0.5, every=10), 19, 0.05),
        (lambda: nn.step_decay(0.5, every=10), 20, 0.005),
        (lambda: nn.cosine(0.5, steps=100), 0, 0.5),
        (lambda: nn.cosine(0.5, steps=100), 1, 0.4998766400914329),
        (lambda: nn.cosine(0.5, steps=100), 50, 0.25),
        (lambda: nn.cosine(0.5, steps=100), 100, 0.0),
        (lambda: nn.cosine(0.5, steps=100), 101, 0.0),
        (lambda: nn.cosine(0.5, steps=100), 200, 0.0),
        (lambda: nn.cosine(0.5, steps=100, final=0.1), 50, 0.3),
        (lambda: nn.cosine(0.5, steps=100, final=0.1), 1000, 0.1),
        (lambda: nn.warmup(0.5, steps=5), 0, 0.1),
        (lambda: nn.warmup(0.5, steps=5), 1, 0.2),
        (lambda: nn.warmup(0.5, steps=5), 4, 0.5),
        (lambda: nn.warmup(0.5, steps=5), 5, 0.5),
        (lambda: nn.warmup(0.5, steps=5), 6, 0.5),
        (lambda: nn.warmup(0.5, steps=1), 0, 0.5),
        (lambda: nn.warmup(nn.step_decay(0.5, every=2), steps=5), 0, 0.1),
        (lambda: nn.warmup(nn.step_decay(0.5, every=2), steps=5), 3, 0.4),
        (lambda: nn.warmup(nn.step_decay(0.5, every=2), steps=5), 5, 0.5),
        (lambda: nn.warmup(nn.step_decay(0.5, every=2), steps=5), 6, 0.5),
        (lambda: nn.warmup(nn.step_decay(0.5, every=2), steps=5), 7, 0.05),
        (lambda: nn.inverse_time(0.5, decay=0.25), 0, 0.5),
        (lambda: nn.inverse_time(0.5, decay=0.25), 1, 0.4),
        (lambda: nn.inverse_time(0.5, decay=0.25), 4, 0.25),
    ],
)
def test_schedules_at_their_edges(schedule, t, lr):
    """Known numbers at the first step and on both sides of every change."""
    assert schedule()(t) == pytest.approx(lr, rel=1e-13, abs=1e-17)


def test_the_first_step_takes_the_schedules_rate_at_zero():
    """t is the number of steps done before: were it 1 at first, a warm-up would start too high."""
    seen = []
    optimizer = nn.SGD(lr=lambda t: seen.append(t) or 0.1)

    walk(optimizer, steps=4)

    assert seen == [0, 1, 2, 3]


def test_momentum_keeps_gradients_and_not_steps_when_the_rate_changes():
    """In PyTorch's form a smaller lr acts on all of the velocity at once, unlike in Polyak's."""
    rates = [1.0, 0.1]
    optimizer = nn.SGD(lr=lambda t: rates[t], momentum=0.5)
    theta = np.zeros(1)

    for _ in rates:
        optimizer.step(theta, np.ones(1))

    assert theta[0] == pytest.approx(-1.0 - 0.1 * 1.5, rel=1e-14)


def test_a_schedule_that_has_come_to_zero_lets_theta_rest():
    """The cosine ends at 0: an epoch more than planned must not cost the whole history."""
    optimizer, theta = nn.SGD(nn.cosine(0.01, steps=5), momentum=0.9), np.ones(5)
    walk(optimizer, steps=5)

    optimizer.step(theta, np.ones(5))

    assert optimizer.t == 6
    assert theta.tolist() == [1.0] * 5


# clipping


@pytest.mark.parametrize("case", TORCH["clipped"], ids=lambda c: f"{c['norm']:g}-{c['limit']:g}")
def test_clipping_is_pytorchs(case):
    """Below, at and above the limit; PyTorch alone divides by the norm + 1e-6."""
    by_norm, by_value = np.array(case["gradient"]), np.array(case["gradient"])

    norm = nn.clip_by_norm(by_norm, case["limit"])
    nn.clip_by_value(by_value, case["limit"])

    assert norm == pytest.approx(case["norm"], rel=1e-14)
    np.testing.assert_array_equal(by_value, case["by_value"])
    softened = norm / (norm + 1e-6) if norm >= case["limit"] else 1.0
    np.testing.assert_allclose(by_norm * softened, case["by_norm"], rtol=1e-14, atol=0)


@pytest.mark.parametrize("limit", [1.0, 13.0, 13.5, 1e-3])
def test_clipping_is_the_papers(limit):
    """The direction stays and the length is cut to the limit, if it was longer."""
    sent = [3.0, -4.0, 12.0, 0.0]
    by_norm, by_value = np.array(sent), np.array(sent)

    norm = nn.clip_by_norm(by_norm, limit)
    nn.clip_by_value(by_value, limit)

    expected, length = oracles.clipped_by_norm(sent, limit)
    assert norm == pytest.approx(length, rel=1e-14)
    np.testing.assert_allclose(by_norm, expected, rtol=1e-14, atol=0)
    np.testing.assert_array_equal(by_value, oracles.clipped_by_value(sent, limit))


def test_clipping_hands_back_the_norm_before():
    """The norm after is never larger than the limit, and tells a training log nothing."""
    grad = np.array([3.0, -4.0])

    norm = nn.clip_by_norm(grad, 1.0)

    assert norm == 5.0
    assert type(norm) is float
    np.testing.assert_allclose(grad, [0.6, -0.8], rtol=1e-15, atol=0)


@pytest.mark.parametrize("limit", [5.0, 5.1])
def test_a_gradient_within_the_limit_is_not_touched(limit):
    """At the limit and below it not a bit may change."""
    grad = np.array([3.0, -4.0])

    norm = nn.clip_by_norm(grad, limit)
    nn.clip_by_value(grad, limit)

    assert norm == 5.0
    np.testing.assert_array_equal(grad, [3.0, -4.0])


def test_a_zero_gradient_stays_zero():
    """0 / 0 would fill the network with NaN at the first perfect batch."""
    grad = np.zeros(4)

    norm = nn.clip_by_norm(grad, 1.0)
    nn.clip_by_value(grad, 1.0)

    assert norm == 0.0
    np.testing.assert_array_equal(grad, np.zeros(4))


@pytest.mark.parametrize(
    ("dtype", "huge"), [(np.float32, 1e25), (np.float64, 1e200), (np.float32, 1e-15)]
)
def test_an_exploded_gradient_is_clipped_and_not_erased(dtype, huge):
    """Squares of 1e25 overflow float32: a norm of infinity would make the gradient 0."""
    grad = np.array([3.0, -4.0], dtype=dtype) * dtype(huge)
    limit = huge * 1e-3

    norm = nn.clip_by_norm(grad, limit)

    assert norm == pytest.approx(5.0 * huge, rel=1e-6)
    np.testing.assert_allclose(grad / limit, [0.6, -0.8], rtol=1e-6, atol=0)


def test_clipping_keeps_float32_and_its_memory():
    """Clipping works in place on the network's own vector."""
    whole = np.array([9.0, 3.0, 9.0, -4.0], dtype=np.float32)

    nn.clip_by_norm(whole[1::2], np.float64(1.0))
    nn.clip_by_value(whole[::2], np.float64(2.0))

    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, [2.0, 0.6, 2.0, -0.8], rtol=1e-6, atol=0)


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(1e-6, 1e6, exclude_min=True)
)
def test_clipping_by_norm_keeps_the_direction(numbers, limit):
    """Were entries cut one by one, the ratio of two entries would change."""
    before, grad = np.array(numbers), np.array(numbers)

    norm = nn.clip_by_norm(grad, limit)

    assert np.linalg.norm(grad) <= limit * (1 + 1e-12)
    np.testing.assert_allclose(grad * max(norm, limit), before * limit, rtol=1e-12, atol=1e-300)


# bad input

NAN, INF = float("nan"), float("inf")
WITH_LR = [nn.SGD, nn.AdaGrad, nn.RMSProp, nn.Adam, nn.AdamW]


@pytest.mark.parametrize("make", WITH_LR)
@pytest.mark.parametrize("lr", [0, 0.0, -0.1, NAN, INF, "0.1", None, [0.1]])
def test_a_learning_rate_that_is_no_positive_number_is_refused(make, lr):
    """A rate of 0 trains nothing, a negative one climbs, NaN ends everything: all in silence."""
    with pytest.raises(ValueError, match=words(make.__name__, "lr", str(lr))):
        make(lr=lr)


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        *((nn.SGD, "momentum", value) for value in (-0.1, 1.0, 1.5, NAN, "0.9")),
        *((nn.RMSProp, "rho", value) for value in (-0.1, 1.0, NAN)),
        *((make, "beta1", value) for make in (nn.Adam, nn.AdamW) for value in (-0.1, 1.0, NAN)),
        *((make, "beta2", value) for make in (nn.Adam, nn.AdamW) for value in (-0.1, 1.0, NAN)),
        *(
            (make, "eps", value)
            for make in (nn.AdaGrad, nn.RMSProp, nn.Adam, nn.AdamW)
            for value in (0.0, -1e-8, NAN, INF)
        ),
        *(
            (make, "weight_decay", value)
            for make in (nn.SGD, nn.Adam, nn.AdamW)
            for value in (-0.1, NAN, INF)
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", str(value)),
)
def test_a_number_outside_its_range_is_refused(make, name, value):
    """Each of these trains to garbage some hundred steps later; the sentence names the argument."""
    with pytest.raises(ValueError, match=words(make.__name__, name, str(value))):
        make(lr=0.1, **{name: value})


@pytest.mark.parametrize(
    "arguments",
    [{"momentum": 0.0}, {"weight_decay": 0.0}],
    ids=str,
)
def test_the_closed_ends_of_the_ranges_are_allowed(arguments):
    """Momentum 0 and decay 0 are plain SGD, not mistakes."""
    path = walk(nn.SGD(lr=0.01, **arguments))

    np.testing.assert_array_equal(path, walk(nn.SGD(lr=0.01)))


def test_betas_of_zero_are_allowed():
    """Adam without memory is lr times the sign of the gradient, at every step."""
    path = walk(nn.Adam(lr=0.1, beta1=0.0, beta2=0.0), [0.0], 3, lambda _: [-7.0])

    np.testing.assert_allclose(path[:, 0], [0.1, 0.2, 0.3], rtol=1e-7, atol=0)


def test_nesterov_without_momentum_is_refused():
    """It would be plain SGD under a proud name."""
    with pytest.raises(ValueError, match=words("nesterov", "momentum")):
        nn.SGD(lr=0.1, nesterov=True)


@pytest.mark.parametrize("make", [nn.SGD, nn.Adam, nn.AdamW])
@pytest.mark.parametrize(
    "mask", [np.ones(5), np.ones(5, dtype=int), np.ones((5, 1), dtype=bool)], ids=str
)
def test_a_mask_that_is_no_boolean_vector_is_refused(make, mask):
    """An integer mask would be read as a list of positions."""
    theta = np.array(START)

    with pytest.raises(ValueError, match=words("decay_mask", "bool")):
        make(lr=0.1, weight_decay=0.1, decay_mask=mask).step(theta, np.ones(5))

    np.testing.assert_array_equal(theta, START)


def refused(optimizer, theta, grad, *parts):
    """Check that a step is refused with these words, and that nothing at all was changed."""
    theta_before = np.array(theta, copy=True)
    grad_before = np.array(grad, copy=True)
    t, states = optimizer.t, [a.copy() for a in arrays_inside(optimizer)]

    with pytest.raises(ValueError, match=words(*parts)):
        optimizer.step(theta, grad)

    np.testing.assert_array_equal(theta, theta_before)
    np.testing.assert_array_equal(grad, grad_before)
    assert optimizer.t == t
    after = arrays_inside(optimizer)
    assert len(after) == len(states)
    for one, other in zip(after, states, strict=True):
        np.testing.assert_array_equal(one, other)


@every_run
@pytest.mark.parametrize("steps_before", [0, 2])
@pytest.mark.parametrize(
    ("theta", "grad", "parts"),
    [
        (np.ones(5), np.ones(4), ("grad", "(5,)", "(4,)")),
        (np.ones(5), np.ones((5, 1)), ("grad", "(5,)", "(5, 1)")),
        (np.ones(5), np.ones(5, dtype=np.float32), ("grad", "float64", "float32")),
        (np.ones(5), np.ones(5, dtype=int), ("grad", "int")),
        (np.ones((5, 1)), np.ones((5, 1)), ("theta", "(5, 1)")),
        (np.array(1.0), np.array(1.0), ("theta", "()")),
        (np.ones(5, dtype=int), np.ones(5, dtype=int), ("theta", "int")),
        ([1.0] * 5, np.ones(5), ("theta", "list")),
        (np.ones(5), [1.0] * 5, ("grad", "list")),
    ],
    ids=[
        "length",
        "column",
        "float32",
        "integer gradient",
        "matrix",
        "scalar",
        "integers",
        "list",
        "list gradient",
    ],
)
def test_vectors_that_do_not_fit_are_refused(name, steps_before, theta, grad, parts):
    """Broadcasting would update something, and the wrong thing."""
    optimizer = RUNS[name][0]()
    walk(optimizer, steps=steps_before)

    refused(optimizer, theta, grad, *parts)


STATEFUL = [name for name in RUNS if not name.startswith("sgd")]


@pytest.mark.parametrize("name", STATEFUL)
@pytest.mark.parametrize("size", [1, 4, 6])
def test_an_optimizer_that_remembers_another_network_is_refused(name, size):
    """Velocity of one network means nothing to another: a new one is needed, and is said so."""
    optimizer = RUNS[name][0]()
    walk(optimizer, steps=2)

    refused(optimizer, np.ones(size), np.ones(size), str(size), "5", "new")


@pytest.mark.parametrize("name", STATEFUL)
def test_an_optimizer_that_remembers_another_dtype_is_refused(name):
    """float64 state under a float32 network would be computed with in float64."""
    optimizer = RUNS[name][0]()
    walk(optimizer, steps=2)

    ones = np.ones(5, dtype=np.float32)
    refused(optimizer, ones, ones, "float64", "float32")


@pytest.mark.parametrize("make", [nn.SGD, nn.Adam, nn.AdamW])
def test_a_mask_of_another_size_is_refused(make):
    """The mask of one network on the parameters of another decays its biases."""
    optimizer = make(lr=0.1, weight_decay=0.1, decay_mask=np.ones(6, dtype=bool))

    refused(optimizer, np.ones(5), np.ones(5), "decay_mask", "6", "5")


@pytest.mark.parametrize("make", WITH_LR)
@pytest.mark.parametrize("bad", [-0.1, NAN, INF, None, "0.1", [0.1]], ids=str)
def test_a_schedule_that_returns_no_rate_is_refused_at_its_step(make, bad):
    """The sentence says which step: the schedule was fine until then."""
    optimizer = make(lr=lambda t: 0.1 if t < 2 else bad)
    walk(optimizer, steps=2)

    refused(optimizer, np.ones(5), np.ones(5), "lr", "step 2", str(bad))


def test_a_refused_step_leaves_no_trace():
    """After a refusal the walk goes on as if it had never happened."""
    for name in RUNS:
        optimizer = RUNS[name][0]()
        theta = np.array(START)

        for t in range(4):
            if t == 2:
                refused(optimizer, theta, np.ones(3), "grad")
            optimizer.step(theta, np.array(oracles.rosenbrock_gradient(theta.tolist())))

        np.testing.assert_array_equal(theta, walk(RUNS[name][0](), steps=4)[-1])


@pytest.mark.parametrize(
    ("make", "parts"),
    [
        (lambda: nn.step_decay(0.0, every=10), ("lr", "0")),
        (lambda: nn.step_decay(NAN, every=10), ("lr", "nan")),
        (lambda: nn.step_decay(0.1, every=0), ("every", "0")),
        (lambda: nn.step_decay(0.1, every=2.5), ("every", "2.5")),
        (lambda: nn.step_decay(0.1, every=10, factor=0.0), ("factor", "0")),
        (lambda: nn.step_decay(0.1, every=10, factor=-0.5), ("factor", "-0.5")),
        (lambda: nn.step_decay(0.1, every=10, factor=NAN), ("factor", "nan")),
        (lambda: nn.cosine(-0.1, steps=10), ("lr", "-0.1")),
        (lambda: nn.cosine(0.1, steps=0), ("steps", "0")),
        (lambda: nn.cosine(0.1, steps=10.5), ("steps", "10.5")),
        (lambda: nn.cosine(0.1, steps=10, final=-0.1), ("final", "-0.1")),
        (lambda: nn.cosine(0.1, steps=10, final=NAN), ("final", "nan")),
        (lambda: nn.warmup(0.0, steps=10), ("lr", "0")),
        (lambda: nn.warmup("fast", steps=10), ("lr", "fast")),
        (lambda: nn.warmup(0.1, steps=0), ("steps", "0")),
        (lambda: nn.warmup(0.1, steps=-3), ("steps", "-3")),
        (lambda: nn.inverse_time(0.0, decay=0.1), ("lr", "0")),
        (lambda: nn.inverse_time(0.1, decay=0.0), ("decay", "0")),
        (lambda: nn.inverse_time(0.1, decay=-0.1), ("decay", "-0.1")),
        (lambda: nn.inverse_time(0.1, decay=NAN), ("decay", "nan")),
    ],
)
def test_a_schedule_with_a_bad_number_is_refused_when_made(make, parts):
    """At step 400 of a training is no time to learn of it."""
    with pytest.raises(ValueError, match=words(*parts)):
        make()


@pytest.mark.parametrize("clip", [nn.clip_by_value, nn.clip_by_norm])
@pytest.mark.parametrize("limit", [0, 0.0, -1.0, NAN, "1", None])
def test_a_limit_that_is_no_positive_number_is_refused(clip, limit):
    """A limit of 0 stops the training, a negative one turns it round."""
    grad = np.array([3.0, -4.0])

    with pytest.raises(ValueError, match=words("limit", str(limit))):
        clip(grad, limit)

    np.testing.assert_array_equal(grad, [3.0, -4.0])


@pytest.mark.parametrize("clip", [nn.clip_by_value, nn.clip_by_norm])
@pytest.mark.parametrize(("bad", "word"), [(NAN, "nan"), (INF, "inf"), (-INF, "inf")])
def test_a_gradient_that_is_not_finite_is_not_clipped(clip, bad, word):
    """∞ limit / ∞ is NaN: clipping can't mend a gradient that is lost already, and must say so."""
    grad = np.array([3.0, bad, 1.0])
    before = grad.copy()

    with pytest.raises(ValueError, match="(?i)" + words("grad", word)):
        clip(grad, 1.0)

    np.testing.assert_array_equal(grad, before)


@pytest.mark.parametrize("clip", [nn.clip_by_value, nn.clip_by_norm])
@pytest.mark.parametrize("grad", [[3.0, 4.0], np.array([3, 4])], ids=["list", "integers"])
def test_only_vectors_of_floats_are_clipped(clip, grad):
    """A list can't be changed in place, and an integer can't become 0.6."""
    with pytest.raises(ValueError, match=words("grad")):
        clip(grad, 1.0)

    assert list(grad) == [3, 4]
