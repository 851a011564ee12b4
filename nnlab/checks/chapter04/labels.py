"""Losses for labels: by hand, from logits, and which one belongs to what."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from nnlab.checks.spec import Exercise, draw

# log_loss_by_hand


def mails_by_hand():
    """-ln 0.9, -ln 0.8 and -ln 0.25, their mean; (p - y)/3."""
    return {"loss": 0.5716, "dz": np.array([-0.1 / 3, 0.2 / 3, -0.75 / 3])}


def log_means_base_ten():
    """Your loss is in base 10. The log of a likelihood is the natural one: 2.303 times as much."""
    return mails_by_hand() | {"loss": 0.2482}


def losses_are_summed():
    """Your loss is the sum of the three. The loss of a batch is the mean: divide by 3."""
    return mails_by_hand() | {"loss": 1.7148}


def mean_is_not_in_the_gradient():
    """Your dz are those of single examples. The loss is a mean over three, so each has 1/3."""
    return mails_by_hand() | {"dz": np.array([-0.1, 0.2, -0.75])}


def only_spam_costs():
    """You left the second mail out, as if y = 0 cost nothing. There the other term stands,
    -log(1 - p).
    """
    return mails_by_hand() | {"loss": 0.4972}


def loss_is_minus_log_p_always():
    """For the second mail you took -log 0.2. Its label is 0, and the probability that the network
    gave to *that* is 0.8.
    """
    return mails_by_hand() | {"loss": 1.0336}


def gradient_points_to_the_label():
    """Your dz have the other sign: y - p is the direction in which the logit should move, the
    gradient p - y is the direction in which the loss rises.
    """
    return mails_by_hand() | {"dz": np.array([0.1 / 3, -0.2 / 3, 0.75 / 3])}


log_loss_by_hand = Exercise(
    id="log_loss_by_hand",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=mails_by_hand,
    mistakes=(
        log_means_base_ten,
        losses_are_summed,
        mean_is_not_in_the_gradient,
        only_spam_costs,
        loss_is_minus_log_p_always,
        gradient_points_to_the_label,
    ),
    hints=(
        "For each mail: which probability did the network give to what is true?",
        "Those are 0.9, 0.8 and 0.25. The loss is the mean of their -ln.",
        "dz = (p - y)/m with m = 3: the first is (0.9 - 1)/3.",
    ),
    insight="The loss is the surprise at the truth: -ln of the probability it was given.\n"
    "One confident mistake, -ln 0.25 = 1.39, outweighs the two right answers four times over.",
    rtol=0.0,
    atol=0.002,
)

# initial_loss


def logarithms_of_the_number_of_classes():
    """ln 1000; ln 2; ln 2 again, as a mean of ten; ln 10, for a softmax of equal numbers."""
    return {"classes": 6.908, "yes_no": 0.693, "ten_yes_no": 0.693, "twice": 2.303}


def logarithms_are_of_base_ten():
    """You took logarithms of base 10. Losses use the natural one: ln 1000 = 6.91."""
    return {"classes": 3.0, "yes_no": 0.301, "ten_yes_no": 0.301, "twice": 1.0}


def losses_are_in_bits():
    """You took logarithms of base 2, which is the loss in bits. Losses use the natural one."""
    return {"classes": 9.966, "yes_no": 1.0, "ten_yes_no": 1.0, "twice": 3.322}


def ten_questions_cost_ten_times():
    """You added the ten questions up. `LogLoss` is the mean over all m·k entries, and each entry
    costs ln 2.
    """
    return logarithms_of_the_number_of_classes() | {"ten_yes_no": 6.931}


def ten_questions_are_ten_classes():
    """ln 10 would be one of ten classes. Ten yes-or-no questions have p = ½ each."""
    return logarithms_of_the_number_of_classes() | {"ten_yes_no": 2.303}


def softmax_twice_starts_at_its_floor():
    """1.46 is the *least* loss that a second softmax leaves, for a perfect prediction. This network
    knows nothing yet: ten equal numbers in, ten equal numbers out, twice.
    """
    return logarithms_of_the_number_of_classes() | {"twice": 1.461}


def loss_is_the_probability_of_an_error():
    """You gave probabilities. The loss is minus the logarithm of the true class's probability."""
    return {"classes": 0.999, "yes_no": 0.5, "ten_yes_no": 0.5, "twice": 0.9}


initial_loss = Exercise(
    id="initial_loss",
    kind="predict",
    difficulty=1,
    minutes=4,
    oracle=logarithms_of_the_number_of_classes,
    mistakes=(
        logarithms_are_of_base_ten,
        losses_are_in_bits,
        ten_questions_cost_ten_times,
        ten_questions_are_ten_classes,
        softmax_twice_starts_at_its_floor,
        loss_is_the_probability_of_an_error,
    ),
    hints=(
        "All logits are 0. Which probability does each label get?",
        "One of k classes gets 1/k, so the loss is ln k; a yes or no gets ½.",
        "The mean of ten numbers ln 2 is ln 2. And softmax of ten equal numbers is equal again.",
    ),
    insight="Knowing nothing costs ln k: check it before the first step, it is free.\n"
    "A doubled softmax passes this test; what gives it away is a loss that stops at 1.46.",
    rtol=0.0,
    atol=0.006,
)

# which_loss


def what_the_label_can_be():
    """Real number; yes or no; one of ten; yes or no for each tag; a number, and its median."""
    return {
        "price": "mse",
        "spam": "log loss",
        "digit": "softmax loss",
        "tags": "log loss",
        "delivery": "mae",
    }


def tags_exclude_each_other():
    """For the tags you took softmax loss. A photo may hold a dog *and* a beach: the tags don't
    compete, each is a yes or no of its own.
    """
    return what_the_label_can_be() | {"tags": "softmax loss"}


def digits_are_numbers():
    """For the digits you took a loss for numbers. A 3 isn't closer to a 4 than to an 8: the labels
    are names of classes.
    """
    return what_the_label_can_be() | {"digit": "mse"}


def ten_separate_digits():
    """For the digits you asked ten separate questions. A picture shows exactly one digit: let the
    classes compete, in a softmax.
    """
    return what_the_label_can_be() | {"digit": "log loss"}


def numbers_always_want_squares():
    """For the delivery you took MSE, which estimates the *mean*: a few parcels that take weeks pull
    it up. Asked for is the time that half the parcels beat, the median.
    """
    return what_the_label_can_be() | {"delivery": "mse"}


def robust_is_always_better():
    """For the price you took MAE, the loss of Laplace noise. Said was Gaussian noise: its -log is
    the square, and its best constant the mean.
    """
    return what_the_label_can_be() | {"price": "mae"}


def yes_and_no_are_numbers():
    """For spam you took squared error. After a sigmoid its gradient dies where the network is
    confidently wrong.
    """
    return what_the_label_can_be() | {"spam": "mse"}


which_loss = Exercise(
    id="which_loss",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=what_the_label_can_be,
    mistakes=(
        tags_exclude_each_other,
        digits_are_numbers,
        ten_separate_digits,
        numbers_always_want_squares,
        robust_is_always_better,
        yes_and_no_are_numbers,
    ),
    choices=("mse", "mae", "log loss", "softmax loss"),
    hints=(
        "What can the label be? A number, a yes or no, one of many, several at once?",
        "Which constant has the least MSE, and which the least MAE?",
    ),
    insight="Ask what y can be: that is a distribution, and its -log is the loss.\n"
    "Softmax makes classes compete; if several may hold, each gets a sigmoid of its own.",
)

# two_logits


def symbols(names, **assumptions):
    """Return SymPy's symbols of these names."""
    import sympy as sp

    return sp.symbols(names, **assumptions)


def logit_by_algebra():
    """z with σ(z) = softmax, from the odds; ∂/∂z0 of the softmax loss, written in p."""
    import sympy as sp

    z0, z1 = symbols("z0 z1", real=True)
    y, p = symbols("y", real=True), symbols("p", positive=True)
    total = sp.exp(z0) + sp.exp(z1)
    loss = -y * sp.log(sp.exp(z1) / total) - (1 - y) * sp.log(sp.exp(z0) / total)
    odds = (sp.exp(z1) / total) / (sp.exp(z0) / total)
    return sp.expand_log(sp.log(sp.simplify(odds))), loss.diff(z0).subs(
        z0, z1 - sp.log(p / (1 - p))
    )


def class_zero_comes_first():
    """Your z is the logit of class 0. y = 1 means class 1, so z has to rise with z1."""
    z0, z1, y, p = symbols("z0 z1 y p")
    return z0 - z1, y - p


def second_logit_is_the_logit():
    """Your z doesn't hold z0. That is right only for z0 = 0: what counts is how far z1 lies above
    z0.
    """
    _, z1, y, p = symbols("z0 z1 y p")
    return z1, y - p


def both_logits_are_pushed_alike():
    """Your dz0 is that of z1. The two must sum to 0, because adding a constant to both logits
    changes nothing.
    """
    z0, z1, y, p = symbols("z0 z1 y p")
    return z1 - z0, p - y


def y_is_the_label_of_class_zero():
    """You took y as the target of z0 too. If y is that of class 1, that of class 0 is 1 - y."""
    z0, z1, y, p = symbols("z0 z1 y p")
    return z1 - z0, 1 - p - y


def other_logit_gets_nothing():
    """Your dz0 is 0 when y = 1. z0 stands in the denominator of every probability: it gets a
    gradient whatever the label is.
    """
    z0, z1, y, p = symbols("z0 z1 y p")
    return z1 - z0, -p * (1 - y)


two_logits = Exercise(
    id="two_logits",
    kind="derive",
    difficulty=1,
    minutes=5,
    oracle=logit_by_algebra,
    returns=("z", "dz0"),
    mistakes=(
        class_zero_comes_first,
        second_logit_is_the_logit,
        both_logits_are_pushed_alike,
        y_is_the_label_of_class_zero,
        other_logit_gets_nothing,
    ),
    hints=(
        "Divide numerator and denominator of e^z1 / (e^z0 + e^z1) by e^z1.",
        "1/(1 + e^-(z1 - z0)): compare with σ(z) = 1/(1 + e^-z).",
        "z falls by as much as z0 rises: ∂L/∂z0 = -∂L/∂z, and ∂L/∂z = p - y.",
    ),
    insight="Softmax of two logits is the sigmoid of their difference, so the losses are one.\n"
    "k logits have one more degree of freedom than k probabilities: gradients of a row sum to 0.",
)

# stable_log_loss


def extreme_logits(rng):
    """Small logits, soft labels, and answers that are confident, right and wrong."""
    yield draw(rng, 1, 1), np.array([[1.0]])
    yield draw(rng, 4, 1), np.array([[1.0], [0.0], [1.0], [1.0]])
    yield draw(rng, 2, 3), np.array([[0.25, 1.0, 0.0], [0.0, 0.5, 1.0]])
    yield np.array([[800.0], [-900.0]]), np.array([[0.0], [1.0]])
    yield np.array([[40.0]]), np.array([[1.0]])
    yield np.array([[-45.5], [-46.5]]), np.array([[0.0], [0.0]])


def log_loss_in_60_digits(z, y):
    """Mean of y ln(1 + e^-z) + (1 - y) ln(1 + e^z), in decimals, which don't overflow."""
    with localcontext() as context:
        context.prec = 60
        total = Decimal(0)
        for t, label in zip(map(Decimal, z.ravel().tolist()), y.ravel().tolist(), strict=True):
            q = Decimal(label)
            total += q * (1 + (-t).exp()).ln() + (1 - q) * (1 + t.exp()).ln()
        return float(total / z.size)


def textbook(z, y, repair=lambda p: p):
    """Return the mean log loss through p, for the wrong answers to build on."""
    p = repair(1 / (1 + np.exp(-z)))
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())


def probability_keeps_its_digits(z, y):
    """You went through p. For z = 40 it rounds to 1 and log(1 - p) is log 0; for z = -900 it
    rounds to 0. Stay with the logit: log(1 + e^z) needs no p.
    """
    return textbook(z, y)


def clipping_is_harmless(z, y):
    """You clipped p. No loss can then exceed 27.6, though one of these is 900, and none falls below
    1e-12: the tails are made up. Stay with the logit.
    """
    return textbook(z, y, lambda p: np.clip(p, 1e-12, 1 - 1e-12))


def a_smaller_clip_is_harmless(z, y):
    """You clipped p. No loss can then exceed 34.5, though one of these is 900, and none falls below
    1e-15: a smaller clip moves the wall, it doesn't take it away. Stay with the logit.
    """
    return textbook(z, y, lambda p: np.clip(p, 1e-15, 1 - 1e-15))


def float32_clip_is_harmless(z, y):
    """You clipped p. No loss can then exceed 16.1, though one of these is 900, and none falls below
    1e-7: the tails are made up. Stay with the logit.
    """
    return textbook(z, y, lambda p: np.clip(p, 1e-7, 1 - 1e-7))


def difference_keeps_its_digits(z, y):
    """log(1 + e^z) - y z overflows nowhere, and yet loses a tail: for z = 40, y = 1 it is
    40 - 40 = 0, and the truth is 4e-18. Split it: y log(1 + e^-z) + (1 - y) log(1 + e^z).
    """
    return float((np.logaddexp(0, z) - y * z).mean())


def exponential_may_overflow(z, y):
    """Small logits are right; log1p(exp(z)) is infinite where e^800 is. Take out max(z, 0):
    log(1 + e^z) = max(z, 0) + log1p(e^-|z|).
    """
    return float((y * np.log1p(np.exp(-z)) + (1 - y) * np.log1p(np.exp(z))).mean())


def one_plus_a_little_is_exact(z, y):
    """Nearly right: you wrote log(1 + e^-|z|), and 1 + 4e-18 is 1. np.log1p keeps what is small."""
    s = np.log(1 + np.exp(-np.abs(z)))
    return float((y * (np.maximum(-z, 0) + s) + (1 - y) * (np.maximum(z, 0) + s)).mean())


def batch_is_summed(z, y):
    """You returned the sum. The loss is the mean over all entries."""
    return log_loss_in_60_digits(z, y) * z.size


def zeros_cost_nothing(z, y):
    """You left out the term of y = 0, (1 - y) log(1 + e^z)."""
    return float((y * np.logaddexp(0, -z)).mean())


def log_likelihood_is_the_loss(z, y):
    """Your loss is negative: it is the log-likelihood. The loss is minus that."""
    return -log_loss_in_60_digits(z, y)


stable_log_loss = Exercise(
    id="stable_log_loss",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=extreme_logits,
    oracle=log_loss_in_60_digits,
    returns=("loss",),
    mistakes=(
        probability_keeps_its_digits,
        clipping_is_harmless,
        a_smaller_clip_is_harmless,
        float32_clip_is_harmless,
        difference_keeps_its_digits,
        exponential_may_overflow,
        one_plus_a_little_is_exact,
        batch_is_summed,
        zeros_cost_nothing,
        log_likelihood_is_the_loss,
    ),
    hints=(
        "-log σ(z) = log(1 + e^-z), and -log(1 - σ(z)) = log(1 + e^z). No p is needed.",
        "log(1 + e^z): for large z take z out, z + log(1 + e^-z). Both cases in one: "
        "max(z, 0) + log(1 + e^-|z|).",
        "np.logaddexp(0, z) is log(1 + e^z), safe in both tails. One term with y, one with 1 - y.",
    ),
    insight="From the logit, log(1 + e^z) = max(z, 0) + log1p(e^-|z|): no overflow, no lost tail.\n"
    "That is why losses take logits; a p that has rounded to 0 or 1 can't be repaired afterwards.",
    rtol=1e-9,
    atol=0.0,
)
