"""One path: slopes are multiplied, each taken at its own place."""

from __future__ import annotations

import cmath
import math

from nnlab.checks.oracles import TINY
from nnlab.checks.spec import Exercise

# five_links


def links_worked_out():
    """z = 2, u = 4, v = ¼, q = 2, L = 9; back: 2·(-3), ·8, ·(-1/16), ·4, ·3."""
    return {"dq": -6.0, "dv": -48.0, "du": 3.0, "dz": 12.0, "dw": 36.0}


def all_slopes_are_taken_at_w():
    """You put w = 1 into every slope. Each link's slope is taken where that link stands: 2z at
    z = 2, -1/u² at u = 4.
    """
    return {"dq": -8.0, "dv": -64.0, "du": 64.0, "dz": 128.0, "dw": 384.0}


def links_stand_alone():
    """These are the slopes of the single links. ∂L/∂v, say, is the whole way from v to L: multiply
    by everything that lies between.
    """
    return {"dq": -6.0, "dv": 8.0, "du": -1 / 16, "dz": 4.0, "dw": 3.0}


def slopes_are_added():
    """You added the slopes of the links. Along one path they are multiplied: each link stretches
    what the one before it gave.
    """
    return {"dq": -6.0, "dv": 2.0, "du": 1.9375, "dz": 5.9375, "dw": 8.9375}


def reciprocal_rises():
    """The sign changes at v = 1/u: raise u and 1/u falls, so its slope is -1/u²."""
    return {"dq": -6.0, "dv": -48.0, "du": -3.0, "dz": -12.0, "dw": -36.0}


def first_link_is_free():
    """Only dw is wrong: the slope of z = 3w - 1 by w, which is 3, is missing."""
    return links_worked_out() | {"dw": 12.0}


def square_keeps_its_exponent_to_itself():
    """All are half of what they should be: (q - 5)² has the slope 2 (q - 5)."""
    return {name: value / 2 for name, value in links_worked_out().items()}


def error_is_truth_minus_prediction():
    """The sign is turned round from the start: (q - 5)² has the slope 2 (q - 5), and q is 2."""
    return {name: -value for name, value in links_worked_out().items()}


def derivatives_go_forwards():
    """These are the derivatives *by w*, ∂z/∂w, ∂u/∂w and so on. Asked are those *of L*: begin at
    the end. dw is the same either way.
    """
    return {"dq": -6.0, "dv": -0.75, "du": 12.0, "dz": 3.0, "dw": 36.0}


def reciprocal_is_one_over_u():
    """At v = 1/u you took the slope -1/u. The exponent goes down by one, from -1 to -2: -1/u²."""
    return {"dq": -6.0, "dv": -48.0, "du": 12.0, "dz": 48.0, "dw": 144.0}


def reciprocal_is_taken_at_v():
    """You put v into -1/u². The slope of a link is taken at its *input*: u = 4, so -1/16."""
    return {"dq": -6.0, "dv": -48.0, "du": 768.0, "dz": 3072.0, "dw": 9216.0}


def square_is_taken_at_w():
    """You took the slope 2z of the square at w = 1. It stands at z = 2: 4."""
    return {"dq": -6.0, "dv": -48.0, "du": 3.0, "dz": 6.0, "dw": 18.0}


def square_is_taken_at_u():
    """You took the slope of the square at its output, u = 4. It is 2z, at its input z = 2: 4."""
    return {"dq": -6.0, "dv": -48.0, "du": 3.0, "dz": 24.0, "dw": 72.0}


def constant_belongs_to_the_slope():
    """Only dw is wrong: the slope of z = 3w - 1 by w is 3. The -1 shifts z and changes no slope."""
    return links_worked_out() | {"dw": 24.0}


def loss_is_the_first_gradient():
    """You began with L itself, 9. Begin with the slope of L by q, 2 (q - 5)."""
    return {"dq": 9.0, "dv": 72.0, "du": -4.5, "dz": -18.0, "dw": -54.0}


five_links = Exercise(
    id="five_links",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=links_worked_out,
    mistakes=(
        all_slopes_are_taken_at_w,
        links_stand_alone,
        slopes_are_added,
        reciprocal_rises,
        first_link_is_free,
        square_keeps_its_exponent_to_itself,
        error_is_truth_minus_prediction,
        derivatives_go_forwards,
        reciprocal_is_one_over_u,
        reciprocal_is_taken_at_v,
        square_is_taken_at_w,
        square_is_taken_at_u,
        constant_belongs_to_the_slope,
        loss_is_the_first_gradient,
    ),
    hints=(
        "Forwards first: z = 2, u = 4, v = 1/4, q = 2, L = 9. Then start at the end.",
        "The links' slopes, from the end: 2 (q - 5) = -6, then 8, -1/u² = -1/16, 2z = 4, and 3.",
        "dq = -6; dv = dq · 8; du = dv · (-1/16); dz = du · 4; dw = dz · 3.",
    ),
    insight="Backwards, each gradient is the one to its right times one local slope.\n"
    "Every slope is taken at the value that the forward pass found there: so those are kept.",
    atol=1e-3,
)


# nested_slope

FUNCTIONS = {
    "square": (lambda t: t * t, lambda t: 2 * t),
    "exp": (lambda t: math.exp(t), lambda t: math.exp(t)),
    "sin": (lambda t: math.sin(t), lambda t: math.cos(t)),
    "tanh": (lambda t: math.tanh(t), lambda t: 1 - math.tanh(t) ** 2),
    "triple": (lambda t: 3 * t, lambda t: 3.0),
}


def chain_cases(rng):
    """One link, two in both orders, and many."""
    yield ["sin"], 1.3
    yield ["square", "sin"], 0.7
    yield ["sin", "square"], 0.7
    yield ["tanh", "triple", "exp"], -0.8
    yield ["triple", "sin", "exp", "tanh", "square"], 0.4


def with_pairs(answer, names, w):
    """(It is called with links and w; links holds for each name, innermost first, the function and
    its slope.)
    """
    return answer([FUNCTIONS[name] for name in names], w)


def nested_by_complex_step(names, w):
    """Send w + ih through the functions of complex numbers."""
    t = w + TINY * 1j
    for name in names:
        t = {"square": lambda t: t * t, "triple": lambda t: 3 * t}.get(
            name, getattr(cmath, name, None)
        )(t)
    return t.imag / TINY


def slopes_all_at_the_start(links, w):
    """You took every slope at w. The second function never sees w: its slope belongs to the place
    where it stands, the first one's output.
    """
    return math.prod(slope(w) for _, slope in links)


def slopes_at_what_comes_out(links, w):
    """You took each slope at the function's output. It belongs to its *input*: move on to the next
    value only after the slope has been taken.
    """
    product = 1.0
    for f, slope in links:
        w = f(w)
        product *= slope(w)
    return product


def last_function_comes_first(links, w):
    """You went through the list from its end. The innermost function stands first, and w goes into
    that one.
    """
    product = 1.0
    for f, slope in reversed(links):
        product *= slope(w)
        w = f(w)
    return product


def slopes_of_a_chain_add(links, w):
    """You added the slopes. Paths add; along one path slopes are multiplied."""
    total = 0.0
    for f, slope in links:
        total += slope(w)
        w = f(w)
    return total


def outermost_slope_is_enough(links, w):
    """You returned the slope of the last function alone. The inner ones stretch as well: multiply
    by theirs.
    """
    for f, _ in links[:-1]:
        w = f(w)
    return links[-1][1](w)


def slopes_feed_slopes(links, w):
    """You put one slope into the next. A slope is taken at a *value*: send w through the functions,
    and multiply the slopes that are met on the way.
    """
    for _, slope in links:
        w = slope(w)
    return w


def slopes_in_turn(links, w):
    """Return the product of the slopes, each taken at the value that arrives there."""
    product = 1.0
    for f, slope in links:
        product *= slope(w)
        w = f(w)
    return product


def value_is_the_slope(links, w):
    """You returned the value of the whole. Asked is its derivative: the product of the slopes."""
    for f, _ in links:
        w = f(w)
    return w


def product_starts_at_zero(links, w):
    """Your product starts at 0, and stays there. An empty product is 1."""
    return 0.0


def product_starts_at_w(links, w):
    """Your product starts at w. The value goes through the functions; the product of slopes starts
    at 1.
    """
    return w * slopes_in_turn(links, w)


def first_link_is_enough(links, w):
    """You returned the first function's slope alone. Does your return stand inside the loop?"""
    return links[0][1](w)


def values_multiply_too(links, w):
    """You multiplied by the values as well. Along the chain only the *slopes* are multiplied; the
    values say where these are taken.
    """
    product = 1.0
    for f, slope in links:
        product *= slope(w) * f(w)
        w = f(w)
    return product


nested_slope = Exercise(
    id="nested_slope",
    kind="code",
    difficulty=1,
    minutes=5,
    cases=chain_cases,
    drive=with_pairs,
    oracle=nested_by_complex_step,
    mistakes=(
        slopes_all_at_the_start,
        slopes_at_what_comes_out,
        last_function_comes_first,
        slopes_of_a_chain_add,
        outermost_slope_is_enough,
        slopes_feed_slopes,
        value_is_the_slope,
        product_starts_at_zero,
        product_starts_at_w,
        first_link_is_enough,
        values_multiply_too,
    ),
    hints=(
        "Two things travel along: the value so far, and the product of the slopes so far.",
        "For each pair: first multiply by slope(value), then value = f(value).",
        "product = 1.0; for f, slope in links: product *= slope(w); w = f(w). Return product.",
    ),
    insight="One sweep with value and slope side by side: this is forward mode, for one input.\n"
    "Each slope is taken at the link's own input, so the values are needed on the way.",
)


# sigmoid_depth


def depth_by_counting():
    """(1/4)^10; 4 · 1/4 = 1; 4^-80 = 7e-49, below float32's smallest number, 1e-45."""
    return {"largest": 0.25**10, "weight": 4.0, "after_80": "zero"}


def sigmoid_has_slope_one():
    """You took 1 as the sigmoid's largest slope. It is a (1 - a), at most ¼, where a = ½."""
    return {"largest": 1.0, "weight": 1.0, "after_80": "zero"}


def slopes_add_up_over_layers():
    """You added ten quarters, or took a tenth. Along a chain slopes multiply: ¼ ten times."""
    return {"largest": 2.5, "weight": 4.0, "after_80": "zero"}


def vanishing_gives_nan():
    """A product that gets smaller and smaller ends at 0. NaN comes from ∞ - ∞ or 0/0; vanishing
    gradients are silent.
    """
    return depth_by_counting() | {"after_80": "nan"}


def weight_must_undo_all_layers():
    """The weight you give makes up for ten layers at once. There is one in every layer: each has
    to make up for one slope of ¼.
    """
    return depth_by_counting() | {"weight": 4.0**10}


def small_weights_help():
    """The wrong way: a weight of ¼ makes each factor smaller still. The factor of a layer is its
    weight times the slope.
    """
    return depth_by_counting() | {"weight": 0.25}


def one_layer_is_all():
    """Your bound is that of one layer. There are ten in a row, each with a factor of ¼ at most."""
    return depth_by_counting() | {"largest": 0.25}


def slope_is_the_value():
    """You took ½ for each layer, the sigmoid's *value* at 0. Its slope there is ½ · (1 - ½) = ¼."""
    return {"largest": 0.5**10, "weight": 2.0, "after_80": "zero"}


def layers_are_the_gaps():
    """You counted nine sigmoids. Each of the ten layers has one."""
    return depth_by_counting() | {"largest": 0.25**9}


def output_is_a_layer_more():
    """You counted eleven sigmoids. Each of the ten layers has one, and no more."""
    return depth_by_counting() | {"largest": 0.25**11}


def weight_of_one_keeps_it():
    """With w = 1 each factor is still ¼ at most. The weight has to undo that: w · ¼ = 1."""
    return depth_by_counting() | {"weight": 1.0}


def vanishing_overflows():
    """A product of numbers below 1 gets smaller, never infinite: below 1e-45 float32 has only 0."""
    return depth_by_counting() | {"after_80": "inf"}


sigmoid_depth = Exercise(
    id="sigmoid_depth",
    kind="predict",
    difficulty=1,
    minutes=4,
    oracle=depth_by_counting,
    choices=("zero", "nan", "inf"),
    mistakes=(
        sigmoid_has_slope_one,
        slopes_add_up_over_layers,
        vanishing_gives_nan,
        weight_must_undo_all_layers,
        small_weights_help,
        one_layer_is_all,
        slope_is_the_value,
        layers_are_the_gaps,
        output_is_a_layer_more,
        weight_of_one_keeps_it,
        vanishing_overflows,
    ),
    hints=(
        "Each layer gives two factors: the weight, and the slope of the sigmoid where it stands.",
        "The slope is a (1 - a). Which a makes it largest?",
        "¼ to the power of ten; 4 · ¼ = 1; and 4⁻⁸⁰ is about 7e-49: what can float32 hold?",
    ),
    insight="n sigmoids: a factor of at most 4⁻ⁿ, times the weights. It vanishes without a word.\n"
    "Weights of 4 would only lift the bound: they also push the sigmoids to where they are flat.",
    rtol=1e-2,
    atol=0.0,
)
