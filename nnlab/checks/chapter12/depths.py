"""Through many layers, and through time: what is left of signal and gradient, and who is off."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from nnlab.checks.oracles import dense, relu, slopes, weighed
from nnlab.checks.spec import Exercise, draw

# signal_and_gradient


def chain_cases(rng):
    """One, two and three layers, batches of one and many; units on and off, and a z of 0."""
    for m, widths in ((4, (3, 5, 2)), (1, (2, 4, 3, 2)), (3, (4, 2))):
        Ws = [draw(rng, i, o) / 2 for i, o in pairwise(widths)]
        yield draw(rng, m, widths[0]), Ws, draw(rng, m, widths[-1])
    first = np.array([[1.0, -1.0, 0.5], [-1.0, 2.0, 1.0]])  # z = (0, 1, 1.5) and (3, -4, 0)
    yield np.array([[1.0, 1.0], [2.0, -1.0]]), [first, draw(rng, 3, 2)], draw(rng, 2, 2)


def root_mean_square(rows):
    """√ of the mean of all squares, in loops."""
    entries = [entry for row in rows for entry in row]
    return math.sqrt(sum(abs(entry) ** 2 for entry in entries) / len(entries))


def through_by_steps(x, Ws, dz):
    """Signal by loops; gradient by moving each z a complex step and going on from there."""
    z, signal, gradient = x.tolist(), [], []
    for layer, W in enumerate(Ws):
        z = dense(z if layer == 0 else [[relu(v) for v in row] for row in z], W, np.zeros(len(W.T)))
        signal.append(root_mean_square(z))

        def end(moved, layer=layer):
            rows = [list(row) for row in moved]
            for later in Ws[layer + 1 :]:
                rows = dense(
                    [[relu(v) for v in row] for row in rows], later, np.zeros(len(later.T))
                )
            return weighed(dz, rows)

        gradient.append(root_mean_square(slopes(end, np.array(z).real)[0]))
    return np.array(signal), np.array(gradient)


def measured(x, Ws, dz, size=None, slope=None, gradient_of_a=False, after_relu=False):
    """Return signal and gradient with one thing done otherwise, for wrong answers to build on."""
    size = size or (lambda v: np.sqrt(np.mean(v**2)))
    slope = slope or (lambda z: z > 0)
    a, zs = x, []
    for W in Ws:
        zs.append(a @ W)
        a = np.maximum(zs[-1], 0)
    found = [size(dz)]
    for i in reversed(range(1, len(Ws))):
        da = dz @ Ws[i].T
        dz = da * slope(zs[i - 1])
        found.insert(0, size(da if gradient_of_a else dz))
    seen = [*(np.maximum(z, 0) for z in zs[:-1]), zs[-1]] if after_relu else zs
    return np.array([size(z) for z in seen]), np.array(found)


def slope_is_one_everywhere(x, Ws, dz):
    """Your signal is right. On the way back you left out the ReLU's slope: where z <= 0 nothing
    comes through.
    """
    return measured(x, Ws, dz, slope=np.ones_like)


def corner_has_slope_one(x, Ws, dz):
    """Your signal is right. Where z is exactly 0 you let the gradient through; ReLU'(0) = 0 by this
    course's convention, and PyTorch's.
    """
    return measured(x, Ws, dz, slope=lambda z: z >= 0)


def mean_is_taken_off(x, Ws, dz):
    """You took the standard deviation, which subtracts the mean first. Asked is the root of the
    mean *square*: behind a ReLU the mean isn't 0, and it counts.
    """
    return measured(x, Ws, dz, size=np.std)


def sizes_are_averaged(x, Ws, dz):
    """You averaged |v|. The root mean square squares first: variances add, sizes don't."""
    return measured(x, Ws, dz, size=lambda v: np.mean(np.abs(v)))


def length_is_the_size(x, Ws, dz):
    """You took the norm, which grows with the number of entries. Divide by that number under the
    root, so that layers of different width can be compared.
    """
    return measured(x, Ws, dz, size=np.linalg.norm)


def root_is_left_out(x, Ws, dz):
    """You gave mean squares. The root is missing."""
    return measured(x, Ws, dz, size=lambda v: np.mean(v**2))


def signal_is_what_the_relu_lets_through(x, Ws, dz):
    """Your gradient is right. Your signal is measured behind the ReLU; asked is the rms of z,
    before it.
    """
    return measured(x, Ws, dz, after_relu=True)


def gradient_is_that_of_the_activation(x, Ws, dz):
    """Your signal is right. Your gradients are those of a, before the slope: multiply by it, and
    measure then.
    """
    return measured(x, Ws, dz, gradient_of_a=True)


def slope_comes_before_the_weights(x, Ws, dz):
    """Your signal is right. Going back you take the slope at the layer above, and then W. dz stands
    behind that slope already: first W.T, then the slope at the z *below*.
    """
    signal, _ = measured(x, Ws, dz)
    a, zs, found = x, [], [dz]
    for W in Ws:
        zs.append(a @ W)
        a = np.maximum(zs[-1], 0)
    for i in reversed(range(1, len(Ws))):
        found.insert(0, (found[0] * (zs[i] > 0)) @ Ws[i].T)
    return signal, np.array([np.sqrt(np.mean(d**2)) for d in found])


def gradient_comes_as_it_is_found(x, Ws, dz):
    """Your gradients are right, and in the order in which you find them, last layer first. Turn the
    list round: entry 0 belongs to layer 1.
    """
    signal, gradient = measured(x, Ws, dz)
    return signal, gradient[::-1]


def relu_acts_backwards_only(x, Ws, dz):
    """On the way forwards you left out the ReLU: the next layer gets max(z, 0), not z."""
    zs, found = [x @ Ws[0]], [dz]
    for W in Ws[1:]:
        zs.append(zs[-1] @ W)
    for i in reversed(range(1, len(Ws))):
        found.insert(0, (found[0] @ Ws[i].T) * (zs[i - 1] > 0))
    return tuple(np.array([np.sqrt(np.mean(v**2)) for v in part]) for part in (zs, found))


signal_and_gradient = Exercise(
    id="signal_and_gradient",
    kind="code",
    difficulty=2,
    minutes=10,
    cases=chain_cases,
    oracle=through_by_steps,
    returns=("signal", "gradient"),
    mistakes=(
        slope_is_one_everywhere,
        corner_has_slope_one,
        mean_is_taken_off,
        sizes_are_averaged,
        length_is_the_size,
        root_is_left_out,
        signal_is_what_the_relu_lets_through,
        gradient_is_that_of_the_activation,
        slope_comes_before_the_weights,
        gradient_comes_as_it_is_found,
        relu_acts_backwards_only,
    ),
    hints=(
        "Forwards: keep every z; the next layer gets max(z, 0). Backwards: start with that dz.",
        "One step back: dz of the layer below = (dz @ W.T) * (z_below > 0), with W of this layer.",
        "rms = lambda v: np.sqrt(np.mean(v**2)). Collect rms(dz) going back, then [::-1].",
    ),
    insight="One print for each layer finds vanishing, exploding and dead layers in a minute.\n"
    "Do it on one batch before a long run; a global gradient norm hides all three.",
)

# thirty_layers

VANISHES, KEPT, EXPLODES = "vanishes", "is kept", "explodes"


def fates_by_the_factor():
    """The factor a layer, in the mean square: 1/2, 1, 1, 2, a little below 1, 1/16, more than 2."""
    return {
        "ReLU, 1/n": VANISHES,
        "ReLU, 2/n": KEPT,
        "linear, 1/n": KEPT,
        "linear, 2/n": EXPLODES,
        "tanh, 1/n": KEPT,
        "sigmoid, 1/n": VANISHES,
        "x + ReLU(xW), 2/n": EXPLODES,
    }


def relu_passes_everything():
    """For ReLU with 1/n the factor is ½, not 1: half of the slopes are 0. 2⁻²⁹ in the mean
    square.
    """
    return fates_by_the_factor() | {"ReLU, 1/n": KEPT, "ReLU, 2/n": EXPLODES}


def he_suits_everyone():
    """Without an activation there is no half to make up for: 2/n doubles the mean square in each
    layer, 2²⁹ in all.
    """
    return fates_by_the_factor() | {"linear, 2/n": KEPT}


def skip_only_passes_on():
    """The skip *adds* x to f(x). With 2/n f(x) is as large as x, so the mean square at least
    doubles in each block.
    """
    return fates_by_the_factor() | {"x + ReLU(xW), 2/n": KEPT}


def tanh_is_a_sigmoid():
    """tanh isn't as bad as a sigmoid: its slope is 1 at 0, not ¼. With 1/n its gradient loses less
    than a factor of ten in thirty layers.
    """
    return fates_by_the_factor() | {"tanh, 1/n": VANISHES}


def bounded_outputs_keep_the_gradient():
    """A sigmoid's *outputs* stay near ½ at any depth. Its slopes are at most ¼, so the gradient
    loses a factor of about 4 a layer.
    """
    return fates_by_the_factor() | {"sigmoid, 1/n": KEPT}


def smaller_always_vanishes():
    """For a linear layer 1/n is right: n weights of variance 1/n add up to 1."""
    return fates_by_the_factor() | {"linear, 1/n": VANISHES}


thirty_layers = Exercise(
    id="thirty_layers",
    kind="predict",
    difficulty=2,
    minutes=4,
    oracle=fates_by_the_factor,
    choices=(VANISHES, KEPT, EXPLODES),
    mistakes=(
        relu_passes_everything,
        he_suits_everyone,
        skip_only_passes_on,
        tanh_is_a_sigmoid,
        bounded_outputs_keep_the_gradient,
        smaller_always_vanishes,
    ),
    hints=(
        "What does one layer multiply the gradient's mean square by? n · Var(w) · mean slope².",
        "Mean slope²: ReLU ½, linear 1, tanh near 1 for small z, sigmoid at most 1/16.",
        "A skip adds 1 to the factor. Then think of the 29th power.",
    ),
    insight="n · Var(w) · E[slope²] decides, to the power of the depth: only 1 keeps.\n"
    "A skip makes it 1 + that: no vanishing, and an explosion unless the branch is small.",
)

# dead_units


def off_cases(rng):
    """Units off for all, for some, for none; a z of exactly 0; batches of one and many."""
    X = np.array([[1.0, 0.5], [2.0, -1.0], [-0.5, 1.5]])
    W = np.array([[1.0, -1.0, 0.5, 0.0, -0.2], [1.0, 1.0, -0.5, 0.0, 0.1]])
    yield X, W, np.array([0.1, -4.0, -3.0, 0.0, 0.5])
    yield draw(rng, 4, 3), draw(rng, 3, 4), np.array([-30.0, 30.0, 0.3, -0.4])
    W = np.array([[1.0, 2.0, -1.0, 1.0], [1.0, 1.0, 1.0, -1.0]])
    yield np.array([[-1.0, 2.0]]), W, np.array([-1.5, 0.0, 0.5, 3.5])


def off_by_loops(X, W, b):
    """A unit is alive as soon as one example gets it above 0."""
    dead = 0
    for j in range(len(b)):
        alive = False
        for row in X:
            alive = alive or b[j] + sum(row[k] * W[k, j] for k in range(len(row))) > 0
        dead += not alive
    return dead


def off_once_is_dead(X, W, b):
    """You count the units that are off for *some* example. That is normal; dead is off for all."""
    return int((X @ W + b <= 0).any(axis=0).sum())


def zero_is_alive(X, W, b):
    """A unit whose z is exactly 0 is off too: the slope there is 0 by convention. Take <=."""
    return int((X @ W + b < 0).all(axis=0).sum())


def examples_die(X, W, b):
    """You looked along the wrong axis, and counted examples for which all units are off. Examples
    are rows, units columns: axis=0.
    """
    return int((X @ W + b <= 0).all(axis=1).sum())


def bias_changes_nothing(X, W, b):
    """You left out the bias. A large negative one is a common cause of death."""
    return int((X @ W <= 0).all(axis=0).sum())


def off_on_average_is_dead(X, W, b):
    """You looked at the mean of z. One example above 0 is enough to keep a unit alive."""
    return int(((X @ W + b).mean(axis=0) <= 0).sum())


def living_units_are_wanted(X, W, b):
    """You counted the others: those that are on for at least one example."""
    return int((X @ W + b > 0).any(axis=0).sum())


def every_zero_counts(X, W, b):
    """You counted the zeros among all the outputs. That is how often units are off, not how many of
    them are off always.
    """
    return int((X @ W + b <= 0).sum())


def share_is_wanted(X, W, b):
    """That is the share of the dead. Asked is their number."""
    return float((X @ W + b <= 0).all(axis=0).mean())


def weights_tell(X, W, b):
    """You looked at the weights alone. Whether a unit is off depends on the data too."""
    return int(((W <= 0).all(axis=0) & (b <= 0)).sum())


dead_units = Exercise(
    id="dead_units",
    kind="code",
    difficulty=1,
    minutes=4,
    cases=off_cases,
    oracle=off_by_loops,
    mistakes=(
        off_once_is_dead,
        zero_is_alive,
        examples_die,
        bias_changes_nothing,
        off_on_average_is_dead,
        living_units_are_wanted,
        every_zero_counts,
        share_is_wanted,
        weights_tell,
    ),
    hints=(
        "z is (m, n_out): a row for each example, a column for each unit.",
        "Off means z <= 0. Dead means off in every row.",
        "(X @ W + b <= 0).all(axis=...).sum()",
    ),
    insight="Dead is off for *every* example; off for half of them is what a ReLU is for.\n"
    "A dead unit's dW column is exactly 0, so in the first layer no learning rate revives it.",
)

# repair_residual


def block_cases(rng):
    """One, two and three blocks of width 2 to 4; batches of one and many; a z of 0."""
    for m, n, count in ((3, 2, 2), (1, 4, 1), (2, 3, 3)):
        yield draw(rng, m, n), draw(rng, m, n), [draw(rng, n, n) / 2 for _ in range(count)]
    first = np.array([[1.0, 0.5], [-1.0, 0.5]])  # z = (0, 1) and (3, 0.5)
    yield draw(rng, 2, 2), np.array([[1.0, 1.0], [2.0, -1.0]]), [first, draw(rng, 2, 2)]


def blocks_by_steps(da, x, Ws):
    """The loss Σ da · output, in loops, differentiated by a complex step."""

    def loss(x, *Ws):
        rows = [list(row) for row in x]
        for W in Ws:
            z = dense(rows, W, np.zeros(len(W)))
            rows = [
                [r + relu(v) for r, v in zip(row, unit, strict=True)]
                for row, unit in zip(rows, z, strict=True)
            ]
        return weighed(da, rows)

    dx, *dWs = slopes(loss, x, *Ws)
    return dx, np.array(dWs)


def backward_through(da, x, Ws, rule):
    """Go back through the blocks; `rule(da, dz, W, z)` gives the da of the block below."""
    kept = []
    for W in Ws:
        z = x @ W
        kept.append((x, z, W))
        x = x + np.maximum(z, 0)
    dWs = []
    for x, z, W in reversed(kept):
        dz = da * (z > 0)
        dWs.insert(0, x.T @ dz)
        da = rule(da, dz, W, z)
    return da, np.array(dWs)


def skip_matters_forwards_only(da, x, Ws):
    """Nothing of da goes past the block: you return dz Wᵀ alone. x enters the output twice, through
    the block and around it, so two gradients add.
    """
    return backward_through(da, x, Ws, lambda da, dz, W, z: dz @ W.T)


def one_skip_goes_around_all(da, x, Ws):
    """Your first step back is right. You add the da of the *end* at every block; each block adds
    the da that reached it.
    """
    end = da
    return backward_through(da, x, Ws, lambda da, dz, W, z: end + dz @ W.T)


def skip_is_added_once_at_the_end(da, x, Ws):
    """You add the da of the end once, when all blocks are through. Every block has a skip of its
    own.
    """
    dx, dWs = backward_through(da, x, Ws, lambda da, dz, W, z: dz @ W.T)
    return dx + da, dWs


def slope_gates_the_skip(da, x, Ws):
    """You let the ReLU's slope act on the skip too. Around the block there is no ReLU: da itself
    goes that way, not dz.
    """
    return backward_through(da, x, Ws, lambda da, dz, W, z: dz + dz @ W.T)


def derivative_of_the_skip_is_a_number(da, x, Ws):
    """You added 1. The skip's Jacobian is the identity, and that times da is da."""
    return backward_through(da, x, Ws, lambda da, dz, W, z: 1 + dz @ W.T)


def paths_are_multiplied(da, x, Ws):
    """You multiplied the two ways. Along a path one multiplies, over paths one adds."""
    return backward_through(da, x, Ws, lambda da, dz, W, z: da * (dz @ W.T))


def paths_are_averaged(da, x, Ws):
    """You halved the sum of the two paths. Paths add, whole."""
    return backward_through(da, x, Ws, lambda da, dz, W, z: (da + dz @ W.T) / 2)


def matrices_come_as_they_are_found(da, x, Ws):
    """Your dx is right. Your dWs come last block first: going back you find them in that order, so
    turn the list round.
    """
    dx, dWs = backward_through(da, x, Ws, lambda da, dz, W, z: da + dz @ W.T)
    return dx, dWs[::-1]


def transpose_was_the_bug(da, x, Ws):
    """The skip is right now, and you took the transpose away from W, which was right before."""
    return backward_through(da, x, Ws, lambda da, dz, W, z: da + dz @ W)


repair_residual = Exercise(
    id="repair_residual",
    kind="debug",
    difficulty=2,
    minutes=7,
    cases=block_cases,
    oracle=blocks_by_steps,
    returns=("dx", "dWs"),
    mistakes=(
        skip_matters_forwards_only,
        one_skip_goes_around_all,
        skip_is_added_once_at_the_end,
        slope_gates_the_skip,
        derivative_of_the_skip_is_a_number,
        paths_are_multiplied,
        paths_are_averaged,
        matrices_come_as_they_are_found,
        transpose_was_the_bug,
    ),
    hints=(
        "The weights of the *last* block have the right gradient. What is wrong on the way down?",
        "Each block's input goes to two places: into the ReLU's branch, and around it.",
        "da of the block below = da + dz @ W.T.",
    ),
    insight="x + f(x) backwards is da + fᵀda: one line, and it is the line that keeps gradients.\n"
    "With one block dW is right without it, so test with two, or look at dx.",
)

# lstm_memory


def memory_worked_out():
    """f = ½: 2⁻²⁰; f = σ(2) = 0.880797; 0.9 · 0.8 = 0.72; f = ½^(1/10), b = log(f/(1 - f))."""
    return {
        "bias_0": 9.5367432e-7,
        "bias_2": 0.0789800,
        "plain": 0.0014016834,
        "half_life": 2.634240,
    }


def slope_of_the_gate_counts():
    """You multiplied by the gate's *slope*, f(1 - f). On the way along the cell the gate's value is
    the factor: ∂c_t/∂c_{t-1} = f.
    """
    return memory_worked_out() | {"bias_0": 9.094947e-13, "bias_2": 2.65006e-20}


def zero_bias_is_a_closed_gate():
    """A bias of 0 doesn't close the gate: σ(0) = ½. It halves the gradient at each step."""
    return memory_worked_out() | {"bias_0": 0.0}


def steps_are_multiplied():
    """You multiplied f by the number of steps. Each step multiplies by f once more: f to the
    power of 20.
    """
    return memory_worked_out() | {"bias_0": 10.0, "bias_2": 17.61594}


def plain_step_has_one_factor():
    """For `plain` you took the weight alone. One step is weight times slope, 0.9 · 0.8."""
    return memory_worked_out() | {"plain": 0.12157665}


def slope_is_the_only_factor():
    """For `plain` you took the slope alone. One step is weight times slope, 0.9 · 0.8."""
    return memory_worked_out() | {"plain": 0.0115292150}


def gate_is_the_bias():
    """`half_life` is the gate you need, 0.933. Asked is the bias that gives it: the logit of f."""
    return memory_worked_out() | {"half_life": 0.9330330}


def half_is_left_after_twenty():
    """For `half_life` you took 20 steps, as above. Here half is left after 10: f¹⁰ = ½."""
    return memory_worked_out() | {"half_life": 3.344866}


def gate_is_rounded_too_early():
    """Your `bias_2` comes from a gate rounded to 0.88. To the power of 20 the error grows twenty
    times: keep the digits until the end.
    """
    return memory_worked_out() | {"bias_2": 0.0775628}


def half_of_the_gate_per_step():
    """For `half_life` your gate halves the gradient in *one* step. It has to do so in 10: f¹⁰ =
    ½.
    """
    return memory_worked_out() | {"half_life": 0.0}


def logit_is_a_logarithm():
    """For `half_life` you took the logarithm of f, or of 1 - f, alone. The inverse of the sigmoid
    is log(f/(1 - f)).
    """
    return memory_worked_out() | {"half_life": 2.703555}


def logit_is_upside_down():
    """Your `half_life` has the wrong sign: a negative bias closes the gate. log(f/(1 - f))."""
    return memory_worked_out() | {"half_life": -2.634240}


lstm_memory = Exercise(
    id="lstm_memory",
    kind="compute",
    difficulty=2,
    minutes=6,
    oracle=memory_worked_out,
    mistakes=(
        slope_of_the_gate_counts,
        zero_bias_is_a_closed_gate,
        steps_are_multiplied,
        plain_step_has_one_factor,
        slope_is_the_only_factor,
        gate_is_the_bias,
        half_is_left_after_twenty,
        gate_is_rounded_too_early,
        half_of_the_gate_per_step,
        logit_is_a_logarithm,
        logit_is_upside_down,
    ),
    hints=(
        "Along the cell each step multiplies by f = σ(b). Twenty steps: f²⁰.",
        "Plain: each step multiplies by weight times slope. half_life: solve f¹⁰ = ½ for f first.",
        "f = ½^(1/10) = 0.93303; b = log(f/(1 - f)).",
    ),
    insight="Along the cell the gradient is the product of the forget gates: open gates remember.\n"
    "At a forget bias of 0 half is lost at each step; hence 1, or more for long memories.",
    rtol=2e-3,
    atol=1e-12,
)
