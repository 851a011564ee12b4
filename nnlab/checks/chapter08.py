"""Chapter 08, gradient descent: the exercises of solutions/08_gradient_descent.ipynb.

Truth comes from numbers worked out by hand, from sums in plain loops, and from the largest
eigenvalue found by squaring a matrix again and again.
"""

from __future__ import annotations

import numpy as np

from nnlab.checks.spec import Exercise, draw

# two_steps_by_hand


def steps_worked_out():
    """L = w₁² + 5 w₂²: curvatures 2 and 10. At η = 0.15: 1 - 0.3, 1 - 1.5; from (5, 1)."""
    return {
        "factor1": 0.7,
        "factor2": -0.5,
        "w1": 2.45,
        "w2": 0.25,
        "limit": 0.2,
        "best": 1 / 6,
    }


def curvature_is_the_coefficient():
    """You took 1 and 5 for the curvatures. The curvature is the *second derivative*: 2 and 10 for
    w₁² and 5 w₂².
    """
    return {
        "factor1": 0.85,
        "factor2": 0.25,
        "w1": 3.6125,
        "w2": 0.0625,
        "limit": 0.4,
        "best": 1 / 3,
    }


def limit_is_one_over_the_curvature():
    """Your limit is 1/λmax. There the steepest direction arrives in one step; beyond it the sign
    changes, and it still shrinks, up to 2/λmax.
    """
    return steps_worked_out() | {"limit": 0.1}


def flattest_direction_sets_the_limit():
    """Your limit is that of w₁ alone. At η = 0.9 it would shrink, and w₂ would grow by a factor of
    8 at each step: the *largest* curvature decides.
    """
    return steps_worked_out() | {"limit": 1.0}


def best_is_where_the_steepest_arrives():
    """Your best rate is 1/λmax. It is best for w₂ and leaves a factor 0.8 for w₁; a little more
    costs w₂ something and helps w₁. Make the two factors equally large.
    """
    return steps_worked_out() | {"best": 0.1}


def gradient_points_downhill():
    """You added the gradient. It points uphill: the factors are 1 - η λ, not 1 + η λ."""
    return steps_worked_out() | {"factor1": 1.3, "factor2": 2.5, "w1": 8.45, "w2": 6.25}


def first_gradient_serves_both_steps():
    """Your second step uses the gradient of the start. Each step takes the gradient where it
    stands: the factor is applied twice.
    """
    return steps_worked_out() | {"w1": 2.0, "w2": -2.0}


def sign_of_a_factor_is_dropped():
    """factor2 has a sign: 1 - 1.5 = -0.5. w₂ jumps across the valley at each step, and after two
    steps it is back on its side.
    """
    return steps_worked_out() | {"factor2": 0.5}


def one_step_is_two():
    """That is where you are after one step. The second applies the same factors once more."""
    return steps_worked_out() | {"w1": 3.5, "w2": -0.5}


two_steps_by_hand = Exercise(
    id="two_steps_by_hand",
    kind="compute",
    difficulty=1,
    minutes=6,
    oracle=steps_worked_out,
    mistakes=(
        curvature_is_the_coefficient,
        limit_is_one_over_the_curvature,
        flattest_direction_sets_the_limit,
        best_is_where_the_steepest_arrives,
        gradient_points_downhill,
        first_gradient_serves_both_steps,
        sign_of_a_factor_is_dropped,
        one_step_is_two,
    ),
    hints=(
        "The gradient is (2 w₁, 10 w₂). So a step multiplies each weight by its own number.",
        "w₁ - 0.15 · 2 w₁ = 0.7 w₁, and w₂ - 0.15 · 10 w₂ = -0.5 w₂. Do it twice.",
        "limit = 2/10. best: 1 - 2η = -(1 - 10η).",
    ),
    insight="Each eigenvector of the Hessian has its own factor 1 - ηλ; the directions don't mix.\n"
    "Limit 2/λmax, best constant rate 2/(λmin + λmax): close together where κ is large.",
    rtol=2.5e-3,  # 0.167 is 1/6 to three digits, and off by 2e-3 of it
)

# descend


def descent_cases(rng):
    """Hessians that couple the weights, starts of tenths, few steps; none and one among them."""
    yield [[2.0, 1.0], [1.0, 3.0]], draw(rng, 2), 0.1, 3
    yield [[1.0, -0.5, 0.0], [-0.5, 4.0, 1.0], [0.0, 1.0, 2.0]], draw(rng, 3), 0.2, 4
    yield [[3.0, 2.0], [2.0, 1.0]], draw(rng, 2), 0.5, 1
    yield [[2.0, 1.0], [1.0, 3.0]], draw(rng, 2), 0.1, 0


def with_a_gradient(answer, H, w, lr, steps):
    """(It is called with gradient, w, lr and steps, where gradient(w) is H w.)"""
    return answer(lambda w: np.array(H) @ w, w, lr, steps)


def path_by_loops(H, w, lr, steps):
    """w_i ← w_i - lr Σ_j H_ij w_j, in lists."""
    path = [w.tolist()]
    for _ in range(steps):
        now = path[-1]
        moved = []
        for row, old in zip(H, now, strict=True):
            moved.append(old - lr * sum(h * v for h, v in zip(row, now, strict=True)))
        path.append(moved)
    return np.array(path)


def gradient_is_the_way_down(gradient, w, lr, steps):
    """You add the gradient, and climb. It points where the loss rises: subtract it."""
    path = [w]
    for _ in range(steps):
        path.append(path[-1] + lr * gradient(path[-1]))
    return np.array(path)


def weights_take_turns(gradient, w, lr, steps):
    """Your weights move one after another, and the later ones use a gradient at a point that has
    moved already. Compute the whole gradient first, then move all at once.
    """
    path = [w]
    for _ in range(steps):
        now = path[-1].copy()
        for i in range(len(now)):
            now[i] -= lr * gradient(now)[i]
        path.append(now)
    return np.array(path)


def every_step_is_lr_long(gradient, w, lr, steps):
    """You divided by the gradient's length, so each step is exactly lr long. The step is lr times
    the gradient: it shrinks by itself as the slope does, and that is how it comes to rest.
    """
    path = [w]
    for _ in range(steps):
        g = gradient(path[-1])
        path.append(path[-1] - lr * g / np.linalg.norm(g))
    return np.array(path)


def slope_stays_as_it_was(gradient, w, lr, steps):
    """You took the gradient once, at the start. It changes along the way: take it anew at each
    step, at the point of that step.
    """
    g = gradient(w)
    return np.array([w - lr * i * g for i in range(steps + 1)])


def start_is_no_point_of_the_path(gradient, w, lr, steps):
    """The first row must be the start itself, so that there are steps + 1 rows."""
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - lr * gradient(path[-1]))
    return np.array(path[1:])


def list_keeps_a_copy(gradient, w, lr, steps):
    """All your rows are the last point. The list holds the same array several times, and -= changes
    it everywhere: append a copy, or write w = w - ... .
    """
    w = w.copy()
    path = [w]
    for _ in range(steps):
        w -= lr * gradient(w)
        path.append(w)
    return np.array(path)


def end_is_all_that_counts(gradient, w, lr, steps):
    """You return the last point alone. The whole path is wanted: keep each point in a list."""
    for _ in range(steps):
        w = w - lr * gradient(w)
    return w


descend = Exercise(
    id="descend",
    kind="code",
    difficulty=1,
    minutes=6,
    cases=descent_cases,
    oracle=path_by_loops,
    drive=with_a_gradient,
    mistakes=(
        gradient_is_the_way_down,
        weights_take_turns,
        every_step_is_lr_long,
        slope_stays_as_it_was,
        start_is_no_point_of_the_path,
        list_keeps_a_copy,
        end_is_all_that_counts,
    ),
    hints=(
        "A list that begins with w, and a loop over the steps. What is the next point?",
        "The next point is path[-1] - lr * gradient(path[-1]): a new array, so nothing is changed.",
        "At the end np.array(path): steps + 1 rows.",
    ),
    insight="θ ← θ - η g, with the whole gradient at the old θ: that is all of gradient descent.\n"
    "With a constant η the steps still shrink, since |g| does; only noise makes η have to fall.",
)

# largest_rate


def data_cases(rng):
    """Tables of tenths, wide and long; columns of different scale; one example alone."""
    yield (draw(rng, 5, 2),)
    yield (draw(rng, 4, 3) * np.array([1.0, 0.1, 5.0]),)
    yield (draw(rng, 1, 2),)
    yield (draw(rng, 3, 4) + 2.0,)


def rate_by_squaring(X):
    """H_jk = 2/m Σ_i a_ij a_ik in loops; H to the power 2⁴⁰ leaves the top eigenvector alone."""
    rows = [[*row, 1.0] for row in X.tolist()]
    n = len(rows[0])
    H = np.array(
        [[2 / len(rows) * sum(r[j] * r[k] for r in rows) for k in range(n)] for j in range(n)]
    )
    M = H / np.trace(H)
    for _ in range(40):
        M = M @ M
        M = M / np.trace(M)
    v = M[:, np.argmax(np.abs(M).sum(axis=0))]
    return float(2 * (v @ v) / (v @ H @ v))


def hessian_of(X):
    """2/m Aᵀ A, A with a column of ones."""
    A = np.hstack([X, np.ones((len(X), 1))])
    return 2 / len(X) * A.T @ A


def limit_is_where_it_arrives_at_once(X):
    """Yours is 1/λmax, half the limit. Up to 2/λmax the steepest direction jumps across and still
    comes lower.
    """
    return float(1 / np.linalg.eigvalsh(hessian_of(X))[-1])


def bias_has_no_curvature(X):
    """You left the bias out. It is a weight whose feature is always 1: give X a column of ones."""
    return float(2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X)[-1])


def square_brings_no_two(X):
    """Your limit is twice too large: the Hessian of a mean of squares is 2/m · AᵀA, and the 2 is
    missing. It isn't ½ (z - y)² here.
    """
    return float(4 / np.linalg.eigvalsh(hessian_of(X))[-1])


def loss_is_a_sum(X):
    """Yours is the limit for a *sum* of squares. MSE is a mean, so the Hessian has a 1/m, and the
    limit is m times larger.
    """
    return float(2 / len(X) / np.linalg.eigvalsh(hessian_of(X))[-1])


def hessian_is_the_gram_matrix(X):
    """You took AᵀA for the Hessian. That belongs to ½ Σ (z - y)²; the mean of squares has 2/m
    before it.
    """
    A = np.hstack([X, np.ones((len(X), 1))])
    return float(2 / np.linalg.eigvalsh(A.T @ A)[-1])


def largest_diagonal_entry_decides(X):
    """You took the largest diagonal entry, the curvature along one weight's axis. Between the axes
    it may bend more: take the largest eigenvalue.
    """
    return float(2 / np.diag(hessian_of(X)).max())


def curvatures_add_up(X):
    """You divided by the trace, the sum of all curvatures. That is safe, and too small: only the
    largest one limits η.
    """
    return float(2 / np.trace(hessian_of(X)))


def singular_value_is_the_curvature(X):
    """You used the largest singular value of A. The eigenvalues of AᵀA are its *squares*."""
    A = np.hstack([X, np.ones((len(X), 1))])
    return float(len(X) / np.linalg.svd(A, compute_uv=False)[0])


largest_rate = Exercise(
    id="largest_rate",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=data_cases,
    oracle=rate_by_squaring,
    mistakes=(
        limit_is_where_it_arrives_at_once,
        bias_has_no_curvature,
        square_brings_no_two,
        loss_is_a_sum,
        hessian_is_the_gram_matrix,
        largest_diagonal_entry_decides,
        curvatures_add_up,
        singular_value_is_the_curvature,
    ),
    hints=(
        "The loss is (1/m) Σ (a_i · w - y_i)², a_i = (x_i, 1). Differentiate twice; y is gone.",
        "H = 2/m · AᵀA, with A = X and a column of ones. Then 2 over its largest eigenvalue.",
        "np.linalg.eigvalsh(H) gives the eigenvalues of a symmetric matrix, the largest one last.",
    ),
    insight="For linear regression λmax is known before the first step: 2/λmax is exact.\n"
    "It depends on the inputs alone, so scaling X changes it; the labels don't matter.",
)

# best_rate


def curvatures():
    """Return SymPy's λmin and λmax."""
    import sympy as sp

    return sp.symbols("lam_min lam_max", positive=True)


def factors_are_balanced():
    """1 - η λmin = η λmax - 1."""
    least, most = curvatures()
    return {"best": 2 / (least + most), "factor": (most - least) / (most + least)}


def steepest_direction_arrives():
    """You let the steepest direction arrive in one step. The flattest then keeps 1 - λmin/λmax;
    with a little more η the worse of the two factors is still smaller.
    """
    least, most = curvatures()
    return {"best": 1 / most, "factor": 1 - least / most}


def limit_is_the_best():
    """At 2/λmax the steepest direction has factor -1: it never shrinks. The best rate lies between
    1/λmax and there.
    """
    least, most = curvatures()
    return {"best": 2 / most, "factor": 1 + 0 * least}


def flattest_direction_arrives():
    """You let the flattest direction arrive in one step. The steepest has factor 1 - λmax/λmin
    there, and diverges if κ is above 2.
    """
    least, most = curvatures()
    return {"best": 1 / least, "factor": most / least - 1}


def rates_are_averaged():
    """You took the mean of 1/λmin and 1/λmax. Balance the *factors*, not the rates."""
    least, most = curvatures()
    best = (1 / least + 1 / most) / 2
    return {"best": best, "factor": best * most - 1}


def mean_curvature_has_no_two():
    """Your rate is half the best one: 1 - η λmin = η λmax - 1 has a 2 when it is solved for η."""
    least, most = curvatures()
    return {"best": 1 / (least + most), "factor": most / (least + most)}


def factor_is_that_of_the_steepest():
    """Your rate is right. Your factor is that of the steepest direction with its sign, which is
    negative; asked is by what the error shrinks, its size.
    """
    least, most = curvatures()
    return {"best": 2 / (least + most), "factor": (least - most) / (most + least)}


def loss_is_the_error():
    """Your rate is right. Your factor is squared: that is what remains of the *loss*, which goes
    with the square of the error. Asked is the error itself, the distance from the minimum.
    """
    right = factors_are_balanced()
    return right | {"factor": right["factor"] ** 2}


best_rate = Exercise(
    id="best_rate",
    kind="derive",
    difficulty=2,
    minutes=7,
    oracle=factors_are_balanced,
    mistakes=(
        steepest_direction_arrives,
        limit_is_the_best,
        flattest_direction_arrives,
        rates_are_averaged,
        mean_curvature_has_no_two,
        factor_is_that_of_the_steepest,
        loss_is_the_error,
    ),
    hints=(
        "Draw |1 - η λmin| and |1 - η λmax| against η. The worse of the two counts: where is it "
        "smallest?",
        "They meet where 1 - η λmin = -(1 - η λmax). To the left the flat one is worse, to the "
        "right the steep one.",
        "η = 2/(λmin + λmax); put it into 1 - η λmin.",
    ),
    bounds=(("lam_min", 0, 1), ("lam_max", 1, 9)),
    insight="Best constant rate 2/(λmin + λmax), factor (κ - 1)/(κ + 1): about κ/2 steps for 1/e.\n"
    "So the number of steps grows with κ itself; with momentum it is √κ.",
)

# repair_trials


def trial_cases(rng):
    """Two and three weights, minima away from 0, rates that rise, fall and come twice."""
    yield [[2.0, 1.0], [1.0, 3.0]], [1.0, -2.0], draw(rng, 2), [0.1, 0.2, 0.4]
    H = [[1.0, -0.5, 0.0], [-0.5, 4.0, 1.0], [0.0, 1.0, 2.0]]
    yield H, [0.5, 0.0, -1.0], draw(rng, 3), [0.5, 0.05, 0.5, 1.0]
    yield [[3.0, 2.0], [2.0, 2.0]], [-1.0, 1.0], draw(rng, 2), [0.3]


def with_a_loss(answer, H, b, w, rates):
    """(It is called with loss, gradient, w and rates, where loss(w) is ½ wᵀH w + b·w.)"""
    H, b = np.array(H), np.array(b)
    return answer(lambda w: float(w @ H @ w / 2 + b @ w), lambda w: H @ w + b, w, rates)


def trials_by_expansion(H, b, w, rates):
    """L(w - ηg) = L - η g·g + ½ η² gᵀHg: exact for a quadratic, and no step is taken."""
    n = range(len(w))
    g = [b[i] + sum(H[i][j] * w[j] for j in n) for i in n]
    level = sum(w[i] * (g[i] + b[i]) for i in n) / 2
    slope = sum(v * v for v in g)
    bend = sum(g[i] * H[i][j] * g[j] for i in n for j in n)
    return np.array([level - rate * slope + rate**2 * bend / 2 for rate in rates])


def one_copy_is_enough(loss, gradient, w, rates):
    """The first loss is right, the others aren't: each rate starts where the one before it ended.
    Every trial must begin at w again.
    """
    trial, found = w.copy(), []
    for lr in rates:
        trial -= lr * gradient(trial)
        found.append(loss(trial))
    return np.array(found)


def step_can_be_taken_back(loss, gradient, w, rates):
    """You go back by adding lr · gradient, and take that gradient at the *new* point. It is another
    one, so you don't come back to w. Keep w, and make a new array for each trial.
    """
    trial, found = w.copy(), []
    for lr in rates:
        trial = trial - lr * gradient(trial)
        found.append(loss(trial))
        trial = trial + lr * gradient(trial)
    return np.array(found)


def gradient_was_the_bug(loss, gradient, w, rates):
    """You take the gradient at w now, and that is right; but the steps still add up, since each
    trial moves on from the one before. Start each of them at w.
    """
    g, trial, found = gradient(w), w.copy(), []
    for lr in rates:
        trial = trial - lr * g
        found.append(loss(trial))
    return np.array(found)


def loss_is_read_before_the_step(loss, gradient, w, rates):
    """All your losses are the same: that of w itself. Read the loss after the step."""
    return np.array([loss(w.copy()) for _ in rates])


def best_trial_is_kept(loss, gradient, w, rates):
    """You move on whenever a trial is better, so later rates start elsewhere. That is a search; to
    compare rates, all must start at w.
    """
    here, found = w.copy(), []
    for lr in rates:
        trial = here - lr * gradient(here)
        found.append(loss(trial))
        here = trial if found[-1] < loss(here) else here
    return np.array(found)


def minus_was_the_bug(loss, gradient, w, rates):
    """You turned the sign round: now every trial goes uphill. The sign was in order."""
    return np.array([loss(w + lr * gradient(w)) for lr in rates])


repair_trials = Exercise(
    id="repair_trials",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=trial_cases,
    oracle=trials_by_expansion,
    drive=with_a_loss,
    mistakes=(
        one_copy_is_enough,
        step_can_be_taken_back,
        gradient_was_the_bug,
        loss_is_read_before_the_step,
        best_trial_is_kept,
        minus_was_the_bug,
    ),
    hints=(
        "Give it the same rate twice, [0.1, 0.1]. What should come out, and what does?",
        "-= changes the array that `trial` names. Where does the second trial start?",
        "Inside the loop: trial = w - lr * gradient(w), a new array each time.",
    ),
    insight="Comparing settings means the same start for each: weights, data order and seed.\n"
    "In NumPy and PyTorch alike, -= moves the very array that other names hold.",
)

# five_rates

SMOOTH, ONCE, ZIGZAG, FOR_EVER, GROWS = (
    "shrinks smoothly",
    "arrives in one step",
    "zigzags and shrinks",
    "zigzags for ever",
    "zigzags and grows",
)


def rates_by_factor():
    """1 - 10 η = 0.5, 0, -0.5, -1, -1.5."""
    return {"0.05": SMOOTH, "0.1": ONCE, "0.15": ZIGZAG, "0.2": FOR_EVER, "0.25": GROWS}


def anything_above_one_over_the_curvature_diverges():
    """You have it grow above 0.1 = 1/λ. There the factor turns negative, and until 0.2 its size is
    below 1: it jumps across and comes lower.
    """
    return rates_by_factor() | {"0.15": GROWS, "0.2": GROWS}


def below_the_limit_all_is_smooth():
    """You expect no zigzag below the limit. At η = 0.15 the factor is 1 - 1.5 = -0.5: w₂ changes
    its sign at every step, and shrinks.
    """
    return rates_by_factor() | {"0.15": SMOOTH}


def flat_direction_speaks_for_all():
    """You described w₁, whose curvature is 1. Asked is w₂, with curvature 10."""
    return dict.fromkeys(rates_by_factor(), SMOOTH)


def limit_itself_is_fine():
    """At 0.2 = 2/λ the factor is exactly -1: w₂ goes 1, -1, 1, … and comes no lower."""
    return rates_by_factor() | {"0.2": ZIGZAG}


def limit_is_one_step_further():
    """At 0.25 the factor is -1.5: it is above the limit 2/10 already, so w₂ grows."""
    return rates_by_factor() | {"0.2": ZIGZAG, "0.25": FOR_EVER}


def gradient_descent_only_approaches():
    """At 0.1 = 1/λ the factor is 0: one step, and w₂ is there. On a parabola it can be exact."""
    return rates_by_factor() | {"0.1": SMOOTH}


five_rates = Exercise(
    id="five_rates",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=rates_by_factor,
    choices=(SMOOTH, ONCE, ZIGZAG, FOR_EVER, GROWS),
    mistakes=(
        anything_above_one_over_the_curvature_diverges,
        below_the_limit_all_is_smooth,
        flat_direction_speaks_for_all,
        limit_itself_is_fine,
        limit_is_one_step_further,
        gradient_descent_only_approaches,
    ),
    hints=(
        "w₂ is multiplied by 1 - 10 η at each step. Write the five numbers down.",
        "Their sign says whether it jumps across, their size whether it shrinks.",
        "0.5, 0, -0.5, -1, -1.5.",
    ),
    insight="1/λ arrives, 2/λ is the limit: a zigzag alone is no divergence.\n"
    "In a loss curve of ½ λ w² the zigzag doesn't show: only the size of the factor does.",
)

# newton_at_a_saddle


def newton_worked_out():
    """L = (w₁ - 1)² - 2 (w₂ + 2)² at (3, 1): g = (4, -12), H = diag(2, -4), η = 0.1."""
    return {
        "descent": np.array([2.6, 2.2]),
        "newton": np.array([1.0, -2.0]),
        "kind": "saddle",
    }


def newton_seeks_minima():
    """You have Newton go down along w₂. It divides by the curvature *with its sign*: -12/-4 = 3,
    and 1 - 3 = -2. It seeks a zero gradient, of whatever kind.
    """
    return newton_worked_out() | {"newton": np.array([1.0, 4.0])}


def newton_has_a_learning_rate():
    """You multiplied Newton's step by 0.1 as well. The plain method has no learning rate: the
    curvature sets the length.
    """
    return newton_worked_out() | {"newton": np.array([2.8, 0.7])}


def zero_gradient_is_a_minimum():
    """Where Newton ends the gradient is 0, and the curvatures are 2 and -4: a saddle."""
    return newton_worked_out() | {"kind": "minimum"}


def descent_goes_to_the_saddle():
    """You have gradient descent approach the saddle along w₂. The gradient there is -12, so minus
    it is +12: w₂ moves *away*.
    """
    return newton_worked_out() | {"descent": np.array([2.6, -0.2])}


def step_follows_the_gradient():
    """Both of your steps have the wrong sign: minus the gradient, and minus H⁻¹g."""
    return newton_worked_out() | {"descent": np.array([3.4, -0.2]), "newton": np.array([5.0, 4.0])}


def newton_multiplies_by_the_curvature():
    """You multiplied by the Hessian. Newton's step is -H⁻¹g: it divides by the curvature."""
    return newton_worked_out() | {"newton": np.array([-5.0, -47.0])}


newton_at_a_saddle = Exercise(
    id="newton_at_a_saddle",
    kind="compute",
    difficulty=2,
    minutes=5,
    oracle=newton_worked_out,
    mistakes=(
        newton_seeks_minima,
        newton_has_a_learning_rate,
        zero_gradient_is_a_minimum,
        descent_goes_to_the_saddle,
        newton_multiplies_by_the_curvature,
        step_follows_the_gradient,
    ),
    hints=(
        "g = (2 (w₁ - 1), -4 (w₂ + 2)) and H = diag(2, -4). Put in (3, 1).",
        "Descent: w - 0.1 g. Newton: each entry of g divided by its own curvature, sign included.",
        "Newton: (3 - 4/2, 1 - (-12)/(-4)). What are the signs of H's eigenvalues there?",
    ),
    insight="Newton solves g = 0, so saddles and maxima attract it; descent leaves along λ < 0.\n"
    "That, N² memory and noise are why large networks don't use it.",
    choices=("minimum", "maximum", "saddle"),
    rtol=1e-3,
    atol=1e-6,
)
