"""Backward passes with one bug each, that no shape betrays."""

from __future__ import annotations

import cmath

import numpy as np

from nnlab.checks.chapter07.networks import (
    between_tenths,
    forwards,
    network_cases,
    two_layer_by_complex_step,
)
from nnlab.checks.oracles import dense, relu, slopes, weighed
from nnlab.checks.spec import Exercise, draw

# repair_step


def step_cases(rng):
    """Small networks of tenths, and a learning rate large enough to show."""
    for X, y, W1, b1, W2, b2 in list(network_cases(rng))[:2]:
        yield X, y, W1, b1, W2, b2, 0.5
    X, y = draw(rng, 6, 2), np.array([[1.0], [0], [1], [1], [0], [0]])
    yield X, y, draw(rng, 2, 3), between_tenths(rng, 3), draw(rng, 3, 1), draw(rng, 1), 0.1


def step_by_complex_step(X, y, W1, b1, W2, b2, lr):
    """θ - lr · slope, every slope taken at the old θ."""
    _, *found = two_layer_by_complex_step(X, y, W1, b1, W2, b2)
    return tuple(p - lr * slope for p, slope in zip((W1, b1, W2, b2), found, strict=True))


def stepped(X, dz2, W1, b1, W2, b2, lr, through):
    """Take the step, with the weights `through` which the gradient goes back."""
    z1 = X @ W1 + b1
    dz1 = dz2 @ through.T * (z1 > 0)
    a1 = np.maximum(z1, 0)
    return (
        W1 - lr * X.T @ dz1,
        b1 - lr * dz1.sum(axis=0),
        W2 - lr * a1.T @ dz2,
        b2 - lr * dz2.sum(axis=0),
    )


def delta(X, y, W1, b1, W2, b2):
    """Return (p - y)/m."""
    return (forwards(X, y, W1, b1, W2, b2)[2] - y) / len(X)


def new_weights_carry_the_gradient_back(X, y, W1, b1, W2, b2, lr):
    """W2 and b2 come out right, W1 and b1 don't: their gradient goes back through a W2 that is
    not the one of the forward pass. At which line does W2 change?
    """
    dz2 = delta(X, y, W1, b1, W2, b2)
    new = W2 - lr * np.maximum(X @ W1 + b1, 0).T @ dz2
    return stepped(X, dz2, W1, b1, W2, b2, lr, new)


def second_forward_pass_repairs_it(X, y, W1, b1, W2, b2, lr):
    """Layer 1 now takes its gradient at the *new* W2 and b2, with an error of its own. That is
    another algorithm, one layer after the other; in one step all slopes belong to one θ.
    """
    dz2 = delta(X, y, W1, b1, W2, b2)
    old = stepped(X, dz2, W1, b1, W2, b2, lr, W2)
    again = delta(X, y, W1, b1, *old[2:])
    return *stepped(X, again, W1, b1, *old[2:], lr, old[2])[:2], *old[2:]


def hidden_layer_goes_first(X, y, W1, b1, W2, b2, lr):
    """Now layer 1 is right and layer 2 isn't: its gradient uses an a1 from the new W1. Turning
    the order round only moves the bug; compute all gradients first.
    """
    dz2 = delta(X, y, W1, b1, W2, b2)
    W1_new, b1_new, _, b2_new = stepped(X, dz2, W1, b1, W2, b2, lr, W2)
    return W1_new, b1_new, W2 - lr * np.maximum(X @ W1_new + b1_new, 0).T @ dz2, b2_new


def mean_was_the_bug(X, y, W1, b1, W2, b2, lr):
    """You took the 1/m away: every step is m times too long now. The mean was in order."""
    dz2 = len(X) * delta(X, y, W1, b1, W2, b2)
    return stepped(X, dz2, W1, b1, W2, b2, lr, W2)


def gradient_is_what_is_wanted(X, y, W1, b1, W2, b2, lr):
    """You returned the gradients, and they are right. Wanted are the parameters after the step,
    θ - lr · gradient.
    """
    new = stepped(X, delta(X, y, W1, b1, W2, b2), W1, b1, W2, b2, lr, W2)
    return tuple((p - q) / lr for p, q in zip((W1, b1, W2, b2), new, strict=True))


def hidden_layer_needs_no_step(X, y, W1, b1, W2, b2, lr):
    """W1 and b1 come back as they went in. Leaving out what was wrong hides the bug: layer 1
    learns too.
    """
    dz2 = delta(X, y, W1, b1, W2, b2)
    return W1.copy(), b1.copy(), *stepped(X, dz2, W1, b1, W2, b2, lr, W2)[2:]


repair_step = Exercise(
    id="repair_step",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=step_cases,
    oracle=step_by_complex_step,
    returns=("W1", "b1", "W2", "b2"),
    mistakes=(
        new_weights_carry_the_gradient_back,
        second_forward_pass_repairs_it,
        hidden_layer_goes_first,
        mean_was_the_bug,
        gradient_is_what_is_wanted,
        hidden_layer_needs_no_step,
    ),
    hints=(
        "Which of the four come out right? The bug lies between them and the others.",
        "Read the backward pass from the loss on, and at each line ask: are these still the values "
        "of the forward pass?",
        "dz2 @ W2.T stands below the update of W2. Compute all gradients, then update.",
    ),
    insight="All partial derivatives belong to one point: gradients first, updates afterwards.\n"
    "The loss still falls with this bug, at small lr nearly as well: only a gradient check sees "
    "it.",
)

# repair_gate


def gate_cases(rng):
    """Hidden units on and off, never exactly at the corner; upstream of both signs."""
    for m, n, h, k in ((1, 3, 4, 2), (4, 2, 3, 1), (3, 4, 2, 3)):
        W1, b1 = draw(rng, n, h) / 5, between_tenths(rng, h) / 5  # z1 on both sides of 0 and 1
        yield draw(rng, m, k), draw(rng, m, n), W1, b1, draw(rng, h, k)


def gate_by_complex_step(dz2, X, W1, b1, W2):
    """Σ dz2 ∘ z2 for z2 = relu(X W1 + b1) W2, by loops, and its slopes."""

    def loss(W1, b1, W2):
        a1 = [[relu(t) for t in row] for row in dense(X, W1, b1)]
        return weighed(dz2, dense(a1, W2, np.zeros(W2.shape[1])))

    return slopes(loss, W1, b1, W2)


def gated(dz2, X, W1, b1, W2, gate=None, kept=None):
    """Return dW1, db1, dW2 with another gate, or another a1."""
    z1 = X @ W1 + b1
    da1 = dz2 @ W2.T
    dz1 = da1 * (z1 > 0 if gate is None else gate(z1, da1))
    return X.T @ dz1, dz1.sum(axis=0), (np.maximum(z1, 0) if kept is None else kept(z1)).T @ dz2


def assignment_makes_a_copy(dz2, X, W1, b1, W2):
    """dW2 is right; in dW1 and db1 every gate stands open. Print z1 just before the line that
    uses it: is it still what X @ W1 + b1 gave?
    """
    return gated(dz2, X, W1, b1, W2, gate=lambda z1, da1: 1.0)


def gradient_has_its_own_sign(dz2, X, W1, b1, W2):
    """You let the positive gradients through. The gate is set by z1 on the way forwards; the sign
    of the gradient has no say.
    """
    return gated(dz2, X, W1, b1, W2, gate=lambda z1, da1: da1 > 0)


def relu_may_be_left_out(dz2, X, W1, b1, W2):
    """The gate is right now, but dW2 is made of values that went through no ReLU: in untangling
    z1 and a1 the clipping was lost.
    """
    return gated(dz2, X, W1, b1, W2, kept=lambda z1: z1)


def gate_was_the_wrong_way_round(dz2, X, W1, b1, W2):
    """Now the gradient passes where z1 < 0 and stops where z1 > 0. The comparison was right; what
    it looked at was not.
    """
    return gated(dz2, X, W1, b1, W2, gate=lambda z1, da1: z1 < 0)


def slope_is_what_went_through(dz2, X, W1, b1, W2):
    """You multiplied by a1. The gate of a ReLU is 1 or 0, however large the value is."""
    return gated(dz2, X, W1, b1, W2, gate=lambda z1, da1: np.maximum(z1, 0))


repair_gate = Exercise(
    id="repair_gate",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=gate_cases,
    oracle=gate_by_complex_step,
    returns=("dW1", "db1", "dW2"),
    mistakes=(
        assignment_makes_a_copy,
        gradient_has_its_own_sign,
        relu_may_be_left_out,
        gate_was_the_wrong_way_round,
        slope_is_what_went_through,
    ),
    hints=(
        "dW2 is right, dW1 is not. What lies between them on the way back?",
        "How many entries of z1 are below 0 when the gate looks? Print it there, and right after "
        "z1 was computed.",
        "a1 = z1 makes no copy: both names mean one array. np.maximum(z1, 0) makes a new one.",
    ),
    insight="What backward reads must be what forward saw: an in-place ReLU overwrote it.\n"
    'PyTorch counts versions and stops ("modified by an inplace operation"); NumPy is silent.',
)

# repair_recurrence


def recurrence_cases(rng):
    """Two to four steps, batches of 1 and more; V is square by nature and not symmetric."""
    for T, m, n, h in ((2, 1, 2, 3), (3, 4, 3, 2), (4, 2, 1, 3)):
        yield (
            draw(rng, m, h),
            draw(rng, T, m, n),
            draw(rng, n, h) / 4,
            draw(rng, h, h) / 4,
            draw(rng, h) / 4,
        )


def recurrence_by_complex_step(dh, xs, U, V, b):
    """Σ dh ∘ h_T, unrolled by loops, and its slopes."""

    def loss(U, V, b):
        h = [[0] * len(b)] * xs.shape[1]
        for x in xs:
            both = zip(dense(x, U, b), dense(h, V, 0 * b), strict=True)
            h = [[cmath.tanh(p + q) for p, q in zip(*rows, strict=True)] for rows in both]
        return weighed(dh, h)

    return slopes(loss, U, V, b)


def unrolled(dh, xs, U, V, b, back=None, seen=0, again=0.0, last=None):
    """Go back through time: `back` carries dz to the step before, `seen` shifts dV's h."""
    hs = [np.zeros(dh.shape)]
    for x in xs:
        hs.append(np.tanh(x @ U + hs[-1] @ V + b))
    first, grads = dh, [np.zeros(U.shape), np.zeros(V.shape), np.zeros(b.shape)]
    for t in reversed(range(len(xs))):
        dz = dh * (1 - hs[t + 1] ** 2)
        for total, new in zip(
            grads, (xs[t].T @ dz, hs[t + seen].T @ dz, dz.sum(axis=0)), strict=True
        ):
            total[...] = new if last == "share" else total + new
        if last == "step":
            break
        dh = dz @ (V.T if back is None else back) + again * first
    return tuple(grads)


def square_matrix_needs_no_transposing(dh, xs, U, V, b):
    """The last step's share is right, that of the earlier ones isn't. Follow dh from one step to
    the one before: z = h V, so what is dh, given dz? V is square, so no shape complains.
    """
    return unrolled(dh, xs, U, V, b, back=V)


def state_after_the_step_came_in(dh, xs, U, V, b):
    """dV is made of the h that came *out* of each step. What V multiplied is the one that went in,
    h of the step before; here the original line was right.
    """
    return unrolled(dh, xs, U, V, b, seen=1)


def only_the_last_step_counts(dh, xs, U, V, b):
    """You kept the share of the last step only. U, V and b serve every step: add them all up."""
    return unrolled(dh, xs, U, V, b, last="step")


def step_replaces_the_last(dh, xs, U, V, b):
    """The gradient travels back as it should, but only the first step's share is left at the end:
    `=` in place of `+=`. U, V and b were used at every step.
    """
    return unrolled(dh, xs, U, V, b, last="share")


def every_step_has_the_loss(dh, xs, U, V, b):
    """You add dh again at every step. The loss looks at the last h alone; the earlier ones get only
    what comes back through V.
    """
    return unrolled(dh, xs, U, V, b, again=1.0)


def time_passes_the_gradient_on(dh, xs, U, V, b):
    """You handed dz on to the step before as it is. Between two steps lies V: h went through it, so
    dh = dz Vᵀ.
    """
    return unrolled(dh, xs, U, V, b, back=np.eye(len(V)))


repair_recurrence = Exercise(
    id="repair_recurrence",
    kind="debug",
    difficulty=2,
    minutes=8,
    cases=recurrence_cases,
    oracle=recurrence_by_complex_step,
    returns=("dU", "dV", "db"),
    mistakes=(
        square_matrix_needs_no_transposing,
        state_after_the_step_came_in,
        only_the_last_step_counts,
        step_replaces_the_last,
        every_step_has_the_loss,
        time_passes_the_gradient_on,
    ),
    hints=(
        "Try it with a single time step: it is right. So the bug sits between two steps.",
        "Take three lines of the backward pass and write the dense layer's rule beside each: "
        "dW = xᵀ dz, db = Σ dz, dx = dz Wᵀ.",
        "h went through V forwards, so dh = dz Vᵀ backwards.",
    ),
    insight="Back through time is a dense layer's backward at each step; the three gradients add "
    "up.\n"
    "A square matrix hides a missing transposition: test gradients with shapes that all differ.",
)
