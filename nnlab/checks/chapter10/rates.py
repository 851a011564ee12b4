"""Momentum and AdaGrad by hand, a common norm, and what each optimizer notices."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

# momentum_by_hand


def three_steps_worked_out():
    """v = 4, then 2 + 4 = 6, then 3 - 2 = 1; Nesterov moves by 4 + 2, 4 + 3 and -2 + 0.5."""
    return {"v": 1.0, "momentum": 1 - 0.1 * (4 + 6 + 1), "nesterov": 1 - 0.1 * (6 + 7 - 1.5)}


def velocity_is_an_average():
    """You weighted the new gradient with 1 - β, as Adam does. That is another form in use; here v
    becomes β v + g, so gradients that agree add up.
    """
    return {"v": 0.5, "momentum": 1 - 0.1 * (2 + 3 + 0.5), "nesterov": 1 - 0.1 * (3 + 3.5 - 0.75)}


def velocity_holds_one_gradient():
    """Your v is the last gradient only. Half of the velocity before is still in it: β v + g."""
    return {"v": -2.0, "momentum": 0.4, "nesterov": 1 - 0.1 * (6 + 6 - 3)}


def velocity_never_fades():
    """Your v adds up all gradients and forgets none. At each step the old velocity is multiplied by
    β = 0.5 first.
    """
    return {"v": 6.0, "momentum": 1 - 0.1 * 18, "nesterov": 1 - 0.1 * (6 + 8 + 1)}


def steps_go_along_the_velocity():
    """You moved along the velocity. It is a sum of gradients, which point uphill: w loses η v."""
    return {"v": 1.0, "momentum": 2.1, "nesterov": 2.15}


def nesterov_uses_the_old_velocity():
    """Your Nesterov steps are g + β v with the v from before this step. v is updated first; the new
    one looks ahead. With the old one you get the heavy ball again.
    """
    return three_steps_worked_out() | {"nesterov": -0.1}


momentum_by_hand = Exercise(
    id="momentum_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=three_steps_worked_out,
    mistakes=(
        velocity_is_an_average,
        velocity_holds_one_gradient,
        velocity_never_fades,
        steps_go_along_the_velocity,
        nesterov_uses_the_old_velocity,
    ),
    hints=(
        "Write a table with a row for each step: g, the new v, the step. v starts at 0.",
        "v is 4, then 0.5 · 4 + 4, then half of that minus 2. The heavy ball moves by -0.1 v.",
        "Nesterov moves by -0.1 (g + 0.5 v) with the new v: 4 + 2, then 4 + 3, then -2 + 0.5.",
    ),
    insight="v ← β v + g: gradients that agree add up to 1/(1 - β) times one of them.\n"
    "Nesterov steps with g + β v, v the new velocity: the gradient looked up one step ahead.",
    atol=1e-6,
)


# adagrad_clock


def clocks_worked_out():
    """0.6/√100, 0.6/√4, and 0.6 · 10/√(100 · 100)."""
    return {"frequent": 0.06, "rare": 0.3, "loud": 0.06}


def sum_has_no_root():
    """You divided by s itself. AdaGrad divides by its root: then the size of the gradients cancels,
    and the k-th step is η/√k.
    """
    return {"frequent": 0.006, "rare": 0.15, "loud": 0.0006}


def all_words_share_one_clock():
    """You counted all 100 steps for the rare word too. Its s grows only when its own gradient isn't
    0, which was four times.
    """
    return {"frequent": 0.06, "rare": 0.06, "loud": 0.06}


def louder_gradients_step_farther():
    """In `loud` all gradients are ten times as large, and so is √s: the step stays as it was."""
    return {"frequent": 0.06, "rare": 0.3, "loud": 0.6}


def louder_gradients_step_less():
    """In `loud` you divided by the larger √s and forgot that g above it is ten times as large,
    too.
    """
    return {"frequent": 0.06, "rare": 0.3, "loud": 0.006}


def clock_counts_the_gap():
    """For the rare word you counted the 25 steps since it was last seen. s counts how often it was
    seen: four times.
    """
    return {"frequent": 0.06, "rare": 0.12, "loud": 0.06}


def the_present_gradient_is_not_counted():
    """You left this step's own gradient out of s. It is added first, and then the step is taken."""
    return {"frequent": 0.6 / math.sqrt(99), "rare": 0.6 / math.sqrt(3), "loud": 0.6 / 99**0.5}


adagrad_clock = Exercise(
    id="adagrad_clock",
    kind="compute",
    difficulty=1,
    minutes=3,
    oracle=clocks_worked_out,
    mistakes=(
        sum_has_no_root,
        all_words_share_one_clock,
        louder_gradients_step_farther,
        louder_gradients_step_less,
        clock_counts_the_gap,
        the_present_gradient_is_not_counted,
    ),
    hints=(
        "s is the sum of the squares of this weight's own gradients, the present one included.",
        "At step 100 it is 100 · 1² for the frequent word and 4 · 1² for the rare one.",
        "The step is η g/√s: 0.6/10 and 0.6/2. In the third case g = 10 and s = 100 · 10².",
    ),
    insight="AdaGrad's k-th step for a weight is η/√k, k counted by that weight's own gradients.\n"
    "So rare features keep a large step, and the size of the gradients cancels out.",
    atol=1e-6,
)


# clip_together


def clip_cases(rng):
    """Gradients above and below the limit, one array large and the other small, and zeros."""
    yield np.array([[3.0, 0.0]]), np.array([4.0]), 1.0
    yield np.array([[30.0, 40.0]]), np.array([0.3]), 5.0
    yield np.array([[0.3, -0.4]]), np.array([1.2]), 2.0
    yield np.zeros((2, 2)), np.zeros(2), 1.0
    yield draw(rng, 3, 2), draw(rng, 2), 1.5
    yield np.array([[1.5, 0.0]]), np.array([2.0]), 2.2


def clipped_by_loops(dW, db, limit):
    """One sum of squares over all entries; a common factor, at most 1."""
    total = math.sqrt(sum(x * x for x in [*dW.ravel().tolist(), *db.tolist()]))
    factor = 1.0 if total <= limit else limit / total
    return np.array([[factor * x for x in row] for row in dW.tolist()]), np.array(
        [factor * x for x in db.tolist()]
    )


def norm_of(*arrays):
    """Return the length of all entries together."""
    return math.sqrt(sum(float((a * a).sum()) for a in arrays))


def each_array_has_its_own_norm(dW, db, limit):
    """Each array is still clipped by its own norm. Then dW and db get different factors, and the
    direction of the whole gradient changes. One norm over both.
    """
    return tuple(a * min(1.0, limit / (norm_of(a) or 1.0)) for a in (dW, db))


def short_gradients_are_stretched(dW, db, limit):
    """You scale gradients *up* to the limit when they are below it. Clipping leaves them alone: the
    factor is at most 1.
    """
    factor = limit / (norm_of(dW, db) or 1.0)
    return dW * factor, db * factor


def clipping_cuts_each_entry(dW, db, limit):
    """You clip by value. That cuts large entries only and turns the gradient; by norm means one
    factor for all.
    """
    return np.clip(dW, -limit, limit), np.clip(db, -limit, limit)


def norms_of_the_parts_add_up(dW, db, limit):
    """You added the two norms. Lengths at right angles don't add: take the root of the sum of all
    squares.
    """
    factor = min(1.0, limit / ((norm_of(dW) + norm_of(db)) or 1.0))
    return dW * factor, db * factor


def largest_entry_is_the_norm(dW, db, limit):
    """You compared the largest entry with the limit. The norm is the root of the sum of all
    squares.
    """
    peak = max(float(abs(dW).max()), float(abs(db).max()))
    factor = min(1.0, limit / (peak or 1.0))
    return dW * factor, db * factor


def norm_without_root(dW, db, limit):
    """You compared the sum of squares with the limit. Its root is the norm."""
    factor = min(1.0, limit / (norm_of(dW, db) ** 2 or 1.0))
    return dW * factor, db * factor


def biases_do_not_count(dW, db, limit):
    """Your norm is that of dW alone. The limit is for all entries together, those of db too."""
    factor = min(1.0, limit / (norm_of(dW) or 1.0))
    return dW * factor, db * factor


clip_together = Exercise(
    id="clip_together",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=clip_cases,
    oracle=clipped_by_loops,
    returns=("dW", "db"),
    mistakes=(
        each_array_has_its_own_norm,
        short_gradients_are_stretched,
        clipping_cuts_each_entry,
        norms_of_the_parts_add_up,
        largest_entry_is_the_norm,
        norm_without_root,
        biases_do_not_count,
    ),
    hints=(
        "Compare the direction of (dW, db) before and after: is dW/db still the same ratio?",
        "There should be one norm, over the entries of both arrays, and one factor for both.",
        "norm = np.sqrt(np.sum(dW**2) + np.sum(db**2)); only if norm > limit multiply both by "
        "limit / norm.",
    ),
    insight="Clip by the norm of *all* gradients together: one factor, the direction stays.\n"
    "After backward, before the step; it bounds rare spikes and cures no wrong learning rate.",
)


# which_paths_stay


def walked_twice():
    """Walk two steps of each path twice, with the change and without, and compare."""
    import nnlib as nn

    A, w0 = np.array([[1.0, 0.3], [0.3, 4.0]]), np.array([1.0, -0.7])
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])

    def end(make, A, w, back):
        w, optimizer = w.copy(), make()
        for _ in range(5):
            optimizer.step(w, A @ w)
        return back @ w

    eye, tiny = np.eye(2), 1e-12
    adam, sgd = (lambda: nn.Adam(0.1, eps=tiny)), (lambda: nn.SGD(0.01))
    heavy = lambda: nn.SGD(0.01, momentum=0.9)  # noqa: E731
    pairs = {
        "sgd_loss": (sgd, 10 * A, w0, eye),
        "adam_loss": (adam, 10 * A, w0, eye),
        "momentum_turned": (heavy, turn @ A @ turn.T, turn @ w0, turn.T),
        "adam_turned": (adam, turn @ A @ turn.T, turn @ w0, turn.T),
        "adam_inputs": (adam, A / 100, 10 * w0, eye / 10),  # w = 10 u: inputs a tenth as large
    }
    same = {
        name: np.allclose(end(make, *there), end(make, A, w0, eye), rtol=0, atol=1e-6)
        for name, (make, *there) in pairs.items()
    }
    return {name: "same" if found else "other" for name, found in same.items()}


def stays(**changes):
    """Return the right answers with some changed."""
    right = {"sgd_loss": "other", "adam_loss": "same", "momentum_turned": "same"}
    return right | {"adam_turned": "other", "adam_inputs": "other"} | changes


def adam_undoes_the_scale_of_inputs():
    """Right but for the inputs. Ten times larger inputs make gradients ten times larger, which Adam
    undoes, *and* ask for weights a tenth as large, which it doesn't: its step is still η.
    """
    return stays(adam_inputs="same")


def same_gradient_same_path():
    """Right but for the turned axes. Adam divides entry by entry, and which entries there are
    depends on the axes: turned and divided isn't divided and turned.
    """
    return stays(adam_turned="same")


def everything_depends_on_the_axes():
    """You let momentum feel the turn. It only adds gradients and multiplies them by numbers, and a
    turn passes through both: it walks the turned path.
    """
    return stays(momentum_turned="other")


def only_the_direction_counts():
    """You believe that SGD ignores the size of the gradient. Its step is η g: ten times the loss,
    ten times the step.
    """
    return stays(sgd_loss="same")


def every_optimizer_feels_the_loss_scale():
    """Adam doesn't feel the factor: m grows tenfold, √v too, and the ratio stays, as long as ε is
    far below the gradients.
    """
    return stays(adam_loss="other")


def adam_is_invariant_to_everything():
    """You trust Adam too much: it ignores the scale of the loss. Turned axes it does notice, and
    the scale of the inputs too.
    """
    return stays(adam_turned="same", adam_inputs="same")


which_paths_stay = Exercise(
    id="which_paths_stay",
    kind="predict",
    difficulty=3,
    minutes=5,
    oracle=walked_twice,
    choices=("same", "other"),
    mistakes=(
        adam_undoes_the_scale_of_inputs,
        same_gradient_same_path,
        everything_depends_on_the_axes,
        only_the_direction_counts,
        every_optimizer_feels_the_loss_scale,
        adam_is_invariant_to_everything,
    ),
    hints=(
        "Write down the first step of each, before and after the change. Adam's is η sign(g).",
        "Turn the axes: is turning first and stepping then the same as stepping first?",
        "Inputs ten times as large: the best w is a tenth, g is ten times as large, and Adam's "
        "step is η both times. As a share of the best w, is that the same?",
    ),
    insight="Adam ignores the scale of the loss, not that of the inputs: standardise them.\n"
    "SGD and momentum ignore a rotation; what divides entry by entry does not.",
)
