"""The first weights: how large, drawn how, and what zero does."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

# signal_by_hand


def sizes_worked_out():
    """2/200, 2/250, 3 · 2/200; ten layers of 100 · 0.01 / 2 = ½."""
    return {"he": 0.1, "xavier": 0.0894427, "he_limit": 0.1732051, "ten_layers": 0.0009765625}


def variance_is_the_spread():
    """You gave variances for `he` and `xavier`. Asked is σ, what `rng.normal` takes: its root."""
    return sizes_worked_out() | {"he": 0.01, "xavier": 0.008}


def he_is_a_variance():
    """Your `he` is the variance, 2/n_in. Asked is σ: its root."""
    return sizes_worked_out() | {"he": 0.01}


def he_counts_the_outputs():
    """For He you counted the 50 outputs. A unit sums over its 200 *inputs*: that is what has to be
    made up for on the way forwards.
    """
    return sizes_worked_out() | {"he": 0.2, "he_limit": 0.3464102}


def relu_gain_is_part_of_xavier():
    """Your `xavier` has a 2 too many: 2/(n_in + n_out) is 1 over the *mean* of the two. The 2 in it
    belongs to the mean; there is none for a ReLU.
    """
    return sizes_worked_out() | {"xavier": 0.1264911}


def xavier_divides_by_the_sum():
    """Your `xavier` is 1/(n_in + n_out) under the root. It is 1 over the *mean*, so 2 over the
    sum.
    """
    return sizes_worked_out() | {"xavier": 0.0632456}


def limit_is_the_spread():
    """Your `he_limit` is the standard deviation. Between -r and r a uniform draw has the variance
    r²/3, so r is √3 times as large.
    """
    return sizes_worked_out() | {"he_limit": 0.1}


def interval_is_r_wide():
    """Your `he_limit` is the whole width of the interval. It goes from -r to r."""
    return sizes_worked_out() | {"he_limit": 0.3464102}


def relu_keeps_everything():
    """For `ten_layers` you forgot what the ReLU throws away: 100 · 0.01 = 1 goes in, and half of
    the mean square comes out.
    """
    return sizes_worked_out() | {"ten_layers": 1.0}


def rms_is_asked():
    """`ten_layers` is asked in the mean square: a half in each layer. You gave the root of it, what
    is left of the rms.
    """
    return sizes_worked_out() | {"ten_layers": 0.03125}


def one_layer_is_asked():
    """Your `ten_layers` is the factor of one layer. Ten of them: to the power of 10."""
    return sizes_worked_out() | {"ten_layers": 0.5}


def sigma_is_what_adds_up():
    """For `ten_layers` you multiplied by σ, not by σ². A sum of n independent terms has n times the
    *variance* of one: 100 · 0.1² / 2.
    """
    return sizes_worked_out() | {"ten_layers": 9765625.0}


signal_by_hand = Exercise(
    id="signal_by_hand",
    kind="compute",
    difficulty=1,
    minutes=6,
    oracle=sizes_worked_out,
    mistakes=(
        variance_is_the_spread,
        he_is_a_variance,
        he_counts_the_outputs,
        relu_gain_is_part_of_xavier,
        xavier_divides_by_the_sum,
        limit_is_the_spread,
        interval_is_r_wide,
        relu_keeps_everything,
        rms_is_asked,
        one_layer_is_asked,
        sigma_is_what_adds_up,
    ),
    hints=(
        "He: variance 2/n_in. Xavier: 2/(n_in + n_out). A uniform draw from (-r, r): r²/3.",
        "Ten layers: each multiplies the mean square by n · Var(w)/2. What is Var(w) if σ = 0.1?",
        "√(2/200), √(2/250), √(3 · 2/200), (100 · 0.01 / 2)¹⁰.",
    ),
    insight="Variances add, so n inputs want 1/n; a ReLU halves the mean square, hence He's 2.\n"
    "σ = 0.1 and He's 0.141 differ by 1.4, and ten layers make 1000 of it in the mean square.",
    rtol=1e-3,
)

# scaled_weights

VARIANCES = {
    "he": lambda n_in, n_out: 2 / n_in,
    "xavier": lambda n_in, n_out: 2 / (n_in + n_out),
    "lecun": lambda n_in, n_out: 1 / n_in,
}


def draw_cases(rng):
    """Wide, tall, a single unit and a single input; each scheme with both kinds of draw."""
    shapes = iter([(5, 2), (2, 7), (6, 1), (1, 4), (3, 8), (4, 3)])
    for scheme in VARIANCES:
        yield draw(rng, *next(shapes)), scheme, False
        yield draw(rng, *next(shapes)) / 3, scheme, True


def weights_by_loops(draws, scheme, uniform):
    """Entry by entry: √(n v) is the root of a sum of n terms, taken with math alone."""
    n_in, n_out = len(draws), len(draws[0])
    inverse = {"he": n_in / 2, "xavier": (n_in + n_out) / 2, "lecun": float(n_in)}[scheme]
    W = np.zeros((n_in, n_out))
    for k in range(n_in):
        for j in range(n_out):
            W[k, j] = draws[k, j] * math.sqrt((3.0 if uniform else 1.0) / inverse)
    return W


def multiplied_by(draws, scheme, uniform, variance):
    """Return draws of the variance that is asked for, for wrong answers to build on."""
    return draws * np.sqrt(variance(*draws.shape) * (3 if uniform else 1))


def variance_multiplies_the_draws(draws, scheme, uniform):
    """You multiplied by the variance. Multiplying by c multiplies the variance by c²: take the
    root.
    """
    return draws * VARIANCES[scheme](*draws.shape) * (3 if uniform else 1)


def uniform_draws_have_variance_one(draws, scheme, uniform):
    """Your normal weights are right. A uniform draw from (-1, 1) has the variance ⅓, so it needs a
    √3 more.
    """
    return draws * np.sqrt(VARIANCES[scheme](*draws.shape))


def uniform_draws_are_widened_twice(draws, scheme, uniform):
    """Your normal weights are right. For the uniform ones the 3 belongs under the root: r = √(3v),
    not 3√v.
    """
    return draws * np.sqrt(VARIANCES[scheme](*draws.shape)) * (3 if uniform else 1)


def fan_in_is_the_second_axis(draws, scheme, uniform):
    """You took n_in and n_out the wrong way round: in this course W is (n_in, n_out), so the inputs
    are its rows. (PyTorch keeps W transposed.)
    """
    return multiplied_by(draws, scheme, uniform, lambda i, o: VARIANCES[scheme](o, i))


def every_scheme_has_the_two(draws, scheme, uniform):
    """Your "lecun" weights have the variance 2/n_in. That 2 is for the ReLU; LeCun's is 1/n_in."""
    variance = VARIANCES["he" if scheme == "lecun" else scheme]
    return multiplied_by(draws, scheme, uniform, variance)


def xavier_is_over_the_sum(draws, scheme, uniform):
    """Your "xavier" weights have the variance 1/(n_in + n_out). Xavier divides by the *mean* of the
    two: 2/(n_in + n_out).
    """
    share = 0.5 if scheme == "xavier" else 1
    return multiplied_by(draws, scheme, uniform, lambda i, o: share * VARIANCES[scheme](i, o))


def draws_cover_an_interval_of_one(draws, scheme, uniform):
    """Your normal weights are right. 1/12 is the variance of a uniform draw from (0, 1); the
    interval here, from -1 to 1, is twice as wide: ⅓.
    """
    return draws * np.sqrt(VARIANCES[scheme](*draws.shape) * (12 if uniform else 1))


def draws_are_rescaled_to_fit(draws, scheme, uniform):
    """You divided by the *measured* spread of the draws, so that it is exactly as wanted. The draws
    have the variance 1 (or ⅓) by definition; what a few of them happen to have is chance.
    """
    return draws / np.sqrt(np.mean(draws**2)) * np.sqrt(VARIANCES[scheme](*draws.shape))


scaled_weights = Exercise(
    id="scaled_weights",
    kind="code",
    difficulty=1,
    minutes=6,
    cases=draw_cases,
    oracle=weights_by_loops,
    mistakes=(
        variance_multiplies_the_draws,
        uniform_draws_have_variance_one,
        uniform_draws_are_widened_twice,
        fan_in_is_the_second_axis,
        every_scheme_has_the_two,
        xavier_is_over_the_sum,
        draws_cover_an_interval_of_one,
        draws_are_rescaled_to_fit,
    ),
    hints=(
        "Two questions: which variance is wanted, and which variance do the draws have already?",
        'Wanted: "he" 2/n_in, "xavier" 2/(n_in + n_out), "lecun" 1/n_in. Uniform draws from '
        "(-1, 1) have ⅓, normal ones 1.",
        "n_in, n_out = draws.shape; then draws * np.sqrt(v) or draws * np.sqrt(3 * v).",
    ),
    insight="An initialiser is a variance; the shape of the distribution hardly matters.\n"
    "The slips: no root, fan_in on the wrong axis, √3 forgotten. Square layers hide the second.",
)

# zero_start

MOVES, STAYS = "moves", "stays"


def zero_by_hand():
    """Sigmoid of 0 is ½, tanh and ReLU of 0 are 0; dW₂ = aᵀdz, da = dz W₂ᵀ."""
    return {
        "logistic W, step 1": MOVES,
        "sigmoid W2, step 1": MOVES,
        "sigmoid W1, step 1": STAYS,
        "sigmoid W1, step 2": MOVES,
        "tanh W2, step 1": STAYS,
        "tanh b2, step 1": MOVES,
        "ReLU W2, step 2": STAYS,
    }


def zeros_give_zero_gradients():
    """You expect too much to stand still. dW is xᵀdz, and neither the inputs nor p - y are 0:
    look for the layers whose *input* isn't 0.
    """
    return dict.fromkeys(zero_by_hand(), STAYS)


def only_biases_and_linear_models_move():
    """You took the sigmoid for a tanh. A sigmoid of 0 is ½, so dW₂ = aᵀdz isn't 0, and from step 2
    on W₂ isn't either: W₁ moves.
    """
    return zero_by_hand() | {"sigmoid W2, step 1": STAYS, "sigmoid W1, step 2": STAYS}


def tanh_of_zero_is_a_half():
    """You took tanh for a sigmoid. tanh(0) = 0, so the input of W₂ is 0, and so is dW₂."""
    return zero_by_hand() | {"tanh W2, step 1": MOVES}


def last_bias_needs_a_signal():
    """The last bias gets Σ dz, whatever comes from below. The classes aren't balanced here, so it
    isn't 0.
    """
    return zero_by_hand() | {"tanh b2, step 1": STAYS}


def first_layer_moves_at_once():
    """W₁ of the sigmoid network can't move at step 1: its gradient comes through W₂, which is 0."""
    return zero_by_hand() | {"sigmoid W1, step 1": MOVES}


def first_layer_never_moves():
    """After step 1 W₂ isn't 0 any more, so at step 2 a gradient comes through it to W₁."""
    return zero_by_hand() | {"sigmoid W1, step 2": STAYS}


def relu_starts_late():
    """For ReLU nothing changes at step 2: W₂ got no gradient at step 1, its input being 0, and
    neither did W₁. The network stays there for ever.
    """
    return zero_by_hand() | {"ReLU W2, step 2": MOVES}


zero_start = Exercise(
    id="zero_start",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=zero_by_hand,
    choices=(MOVES, STAYS),
    mistakes=(
        zeros_give_zero_gradients,
        only_biases_and_linear_models_move,
        tanh_of_zero_is_a_half,
        last_bias_needs_a_signal,
        first_layer_moves_at_once,
        first_layer_never_moves,
        relu_starts_late,
    ),
    hints=(
        "Go forwards first: what is a, for each activation, when z = 0?",
        "dW₂ = aᵀdz, db₂ = Σ dz, da = dz W₂ᵀ. Which of a, dz, W₂ is 0?",
        "a is ½ for the sigmoid, 0 for tanh and ReLU. At step 2 the sigmoid network's W₂ isn't 0.",
    ),
    insight="From zero logistic regression learns, sigmoids learn as one, tanh and ReLU stay.\n"
    "The fault of zeros is symmetry: identical units get identical gradients for ever.",
)

# leaky_gain


def sizes():
    """Return SymPy's n_in, n_out and alpha."""
    import sympy as sp

    return sp.symbols("n_in n_out alpha", positive=True)


def gain_by_integration():
    """∫ a² and ∫ slope² over both halves of a density that is flat from -1 to 1; E z² = 1/3."""
    import sympy as sp

    n_in, n_out, alpha = sizes()
    z = sp.Symbol("z", real=True)
    kept = (sp.integrate(z**2, (z, 0, 1)) + sp.integrate((alpha * z) ** 2, (z, -1, 0))) / 2
    slope = (sp.integrate(1, (z, 0, 1)) + sp.integrate(alpha**2, (z, -1, 0))) / 2
    forward = 1 / (n_in * kept * 3)
    return {"forward": forward, "backward": 1 / (n_out * slope), "limit": sp.sqrt(3 * forward)}


def from_gain(forward, backward):
    """Return the answer that follows from the two variances."""
    import sympy as sp

    return {"forward": forward, "backward": backward, "limit": sp.sqrt(3 * forward)}


def slope_itself_is_kept():
    """You have 1 + α. The *square* is what is averaged: the negative half keeps α² of its mean
    square.
    """
    n_in, n_out, alpha = sizes()
    return from_gain(2 / ((1 + alpha) * n_in), 2 / ((1 + alpha) * n_out))


def mean_slope_is_squared():
    """You squared the mean slope, (1 + α)/2. What counts is the mean of the *squares*, (1 + α²)/2,
    which is larger.
    """
    n_in, n_out, alpha = sizes()
    return from_gain(4 / ((1 + alpha) ** 2 * n_in), 4 / ((1 + alpha) ** 2 * n_out))


def negative_half_is_lost():
    """That is He's answer for ReLU, α = 0. The negative half isn't lost here: α² of it is kept."""
    n_in, n_out, _ = sizes()
    return from_gain(2 / n_in, 2 / n_out)


def both_halves_count_whole():
    """Your variance is half of what it should be: each half has half of the mean square, so the two
    together keep (1 + α²)/2.
    """
    n_in, n_out, alpha = sizes()
    return from_gain(1 / ((1 + alpha**2) * n_in), 1 / ((1 + alpha**2) * n_out))


def negative_half_is_taken_off():
    """You have 1 - α². The negative half is *added*: its square is positive."""
    n_in, n_out, alpha = sizes()
    return from_gain(2 / ((1 - alpha**2) * n_in), 2 / ((1 - alpha**2) * n_out))


def gain_is_multiplied():
    """You multiplied by (1 + α²)/2. The variance must make up for what is lost: divide by it."""
    n_in, n_out, alpha = sizes()
    return from_gain((1 + alpha**2) / (2 * n_in), (1 + alpha**2) / (2 * n_out))


def inputs_count_both_ways():
    """Your `forward` is right. Backwards each input's gradient is a sum over the *outputs*."""
    n_in, _, alpha = sizes()
    return from_gain(2 / ((1 + alpha**2) * n_in), 2 / ((1 + alpha**2) * n_in))


def mean_of_both_is_meant():
    """You took the mean of n_in and n_out, as Xavier does. Asked is each direction on its own."""
    n_in, n_out, alpha = sizes()
    both = 4 / ((1 + alpha**2) * (n_in + n_out))
    return from_gain(both, both)


def limit_is_the_deviation():
    """Both variances are right. Your `limit` is the standard deviation; (-r, r) has r²/3, so r
    needs a √3.
    """
    import sympy as sp

    right = gain_by_integration()
    return right | {"limit": sp.sqrt(right["forward"])}


def limit_is_the_width():
    """Both variances are right. Your `limit` is the whole width of the interval, which goes from -r
    to r.
    """
    right = gain_by_integration()
    return right | {"limit": 2 * right["limit"]}


leaky_gain = Exercise(
    id="leaky_gain",
    kind="derive",
    difficulty=2,
    minutes=8,
    oracle=gain_by_integration,
    bounds=(("alpha", 0, 1),),
    mistakes=(
        slope_itself_is_kept,
        mean_slope_is_squared,
        negative_half_is_lost,
        both_halves_count_whole,
        negative_half_is_taken_off,
        gain_is_multiplied,
        inputs_count_both_ways,
        mean_of_both_is_meant,
        limit_is_the_deviation,
        limit_is_the_width,
    ),
    hints=(
        "E[z²] = n_in · Var(w) · E[a²]. Split E[a²] into the half where z > 0 and the other.",
        "Each half has half of E[z²]; the negative one is multiplied by α². So E[a²] is "
        "(1 + α²)/2 · E[z²].",
        "Backwards the sum has n_out terms, and the slope's square has the mean (1 + α²)/2. "
        "r = √(3 · forward).",
    ),
    insight="α = 0 is He, α = 1 is linear, 1/n: one formula, 2/((1 + α²) n), holds both.\n"
    "PyTorch's Linear uses it with α = √5: 1/(3n), far too small for a deep plain ReLU network.",
)
