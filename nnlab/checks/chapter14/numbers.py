"""Numbers and predictions: who shares a mean, running averages, a batch of two, ten times w."""

from __future__ import annotations

import math

from nnlab.checks.spec import Exercise

# which_numbers_share


def shares_counted():
    """64 channels over 32 · 8 · 8 places; 16 · 100 tokens over 512 features."""
    return {
        "batch_means": 64,
        "batch_over": 2048,
        "batch_parameters": 128,
        "batch_buffers": 128,
        "layer_means": 1600,
        "layer_over": 512,
        "layer_parameters": 1024,
        "layer_buffers": 0,
    }


def pixels_are_features():
    """You gave each pixel of each channel a mean of its own. In a convolution the features are the
    channels; batch norm averages over examples *and* positions.
    """
    one = {"batch_means": 4096, "batch_over": 32, "batch_parameters": 8192, "batch_buffers": 8192}
    return shares_counted() | one


def positions_do_not_count():
    """Your batch norm averages over the 32 images alone. With one mean for each channel the 8 · 8
    positions go into it too.
    """
    return shares_counted() | {"batch_over": 32}


def images_stand_alone():
    """For the images you averaged over each image's own pixels: that is instance norm. Batch norm
    takes all 32 images together.
    """
    return shares_counted() | {"batch_means": 2048, "batch_over": 64}


def sequences_share_a_mean():
    """For the texts you averaged over a whole sequence. In a transformer layer norm takes each
    token alone, over its 512 features.
    """
    return shares_counted() | {"layer_means": 16, "layer_over": 51200}


def layer_norm_averages_features():
    """For the texts you have batch norm: one mean for each feature, over all tokens. Layer norm has
    one mean for each token, over its features.
    """
    return shares_counted() | {"layer_means": 512, "layer_over": 1600}


def buffers_are_trained():
    """You counted batch norm's running averages as parameters. They are measured, not trained: 128
    parameters, and 128 numbers in buffers.
    """
    return shares_counted() | {"batch_parameters": 256}


def buffers_are_the_parameters():
    """Batch norm's 128 running averages are kept and saved, though not trained: they are buffers,
    beside the 128 parameters.
    """
    return shares_counted() | {"batch_buffers": 0}


def layer_norm_keeps_averages():
    """Layer norm has no running averages: each example brings its own mean, in evaluation too."""
    return shares_counted() | {"layer_buffers": 1024}


def gain_comes_alone():
    """You counted one parameter for each feature. There are two, a gain γ and a shift β."""
    return shares_counted() | {"batch_parameters": 64, "layer_parameters": 512}


def layer_norm_has_one_gain():
    """Layer norm's mean is one number for a token, but its gains and shifts are not: one γ and one
    β for each of the 512 features.
    """
    return shares_counted() | {"layer_parameters": 2}


def tokens_have_gains_of_their_own():
    """γ and β are shared by all tokens: 512 of each, whatever the length of the sequence."""
    return shares_counted() | {"layer_parameters": 102400}


which_numbers_share = Exercise(
    id="which_numbers_share",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=shares_counted,
    mistakes=(
        pixels_are_features,
        positions_do_not_count,
        images_stand_alone,
        sequences_share_a_mean,
        layer_norm_averages_features,
        buffers_are_trained,
        buffers_are_the_parameters,
        layer_norm_keeps_averages,
        gain_comes_alone,
        layer_norm_has_one_gain,
        tokens_have_gains_of_their_own,
    ),
    hints=(
        "What is a feature in each case, and which numbers are put together for one mean?",
        "Images: the features are the 64 channels; each mean runs over 32 · 8 · 8 numbers.",
        "Texts: each of the 16 · 100 tokens has its own mean, over 512 numbers. γ and β: one pair "
        "for each feature, in both.",
    ),
    insight="Batch norm: a mean for each channel, over examples and positions.\n"
    "Layer norm: a mean for each token, over its features; nothing to remember.",
    atol=1e-6,
)

# running_averages


def averages_worked_out():
    """0.8 · old + 0.2 · new with 8 and 9; 0.9 · old + 0.1 · new with 4 and 6; (7 - 1.84)/√3.72."""
    return averages_with()


def averages_with(
    torch=0.2, keras=0.1, torch_var=(8.0, 9.0), keras_var=(4.0, 6.0), start=1.0, root=math.sqrt
):
    """Run both averages, with the parts that wrong answers spoil."""

    def run(weight, new, old):
        for value in new:
            old = (1 - weight) * old + weight * value
        return old

    found = {
        "torch_mean": run(torch, (4.0, 6.0), 0.0),
        "torch_var": run(torch, torch_var, start),
        "keras_mean": run(keras, (4.0, 6.0), 0.0),
        "keras_var": run(keras, keras_var, start),
    }
    return found | {"evaluated": (7 - found["torch_mean"]) / root(found["torch_var"])}


def keras_momentum_weighs_the_new():
    """Keras's momentum is the weight of the *old* average: 0.9 of the old and 0.1 of the new."""
    return averages_with(keras=0.9)


def torch_momentum_weighs_the_old():
    """PyTorch's momentum is the weight of the *new* value: 0.8 of the old and 0.2 of the new."""
    return averages_with(torch=0.8)


def both_momenta_are_exchanged():
    """Both are the wrong way round: PyTorch's momentum weighs the new value, Keras's the old."""
    return averages_with(torch=0.8, keras=0.9)


def torch_averages_what_it_divides_by():
    """PyTorch normalises with the variance that divides by m, and *averages* the one that divides
    by m - 1: 8 and 9 here.
    """
    return averages_with(torch_var=(4.0, 6.0))


def keras_is_unbiased_too():
    """Keras 3 averages the variance that divides by m: 4 and 6 here."""
    return averages_with(keras_var=(8.0, 9.0))


def two_variances_are_exchanged():
    """The variances are exchanged: PyTorch averages the one with m - 1, Keras the one with m."""
    return averages_with(torch_var=(4.0, 6.0), keras_var=(8.0, 9.0))


def variance_starts_at_zero():
    """The running mean starts at 0, the running variance at 1."""
    return averages_with(start=0.0)


def averages_are_plain_means():
    """You took the plain mean over the batches. A running average forgets: each new batch gets a
    fixed weight, and the start is still in it.
    """
    found = {"torch_mean": 5.0, "torch_var": 8.5, "keras_mean": 5.0, "keras_var": 5.0}
    return found | {"evaluated": 2 / math.sqrt(8.5)}


def evaluation_uses_the_last_batch():
    """In evaluation the running averages count, not the last batch: (7 - mean)/√variance with
    PyTorch's two numbers.
    """
    return averages_worked_out() | {"evaluated": 1 / math.sqrt(6)}


def variance_needs_no_root():
    """You divided by the variance. Divide by its root."""
    return averages_with(root=float)


running_averages = Exercise(
    id="running_averages",
    kind="compute",
    difficulty=1,
    minutes=6,
    oracle=averages_worked_out,
    mistakes=(
        keras_momentum_weighs_the_new,
        torch_momentum_weighs_the_old,
        both_momenta_are_exchanged,
        torch_averages_what_it_divides_by,
        keras_is_unbiased_too,
        two_variances_are_exchanged,
        variance_starts_at_zero,
        averages_are_plain_means,
        evaluation_uses_the_last_batch,
        variance_needs_no_root,
    ),
    hints=(
        "First the batches: means 4 and 6. Squared deviations add up to 8 and to 18.",
        "PyTorch: 0.8 · old + 0.2 · new, with the variances 8/1 and 18/2. Keras: 0.9 · old + "
        "0.1 · new, with 8/2 and 18/3.",
        "The means start at 0, the variances at 1. PyTorch's mean is 0.8 after the first batch.",
    ),
    insight="Momentum is the new one's weight in PyTorch, and the old one's in Keras.\n"
    "The batch is divided by m everywhere; PyTorch's running variance by m - 1.",
    atol=6e-3,
)

# batch_of_two


def pair_worked_out():
    """x̂ = ∓1, so 5 ∓ 2, whatever the distance; no gradient; (11 - 3)/2 · 2 + 5 in evaluation."""
    return {"first": 3, "second": 7, "second_if_110": 7, "gradient": 0, "evaluated": 13}


def distance_is_kept():
    """With 110 in place of 11 you expect a larger output. Mean and deviation move along: of two
    numbers one is a deviation above the mean and the other one below, always.
    """
    return pair_worked_out() | {"second_if_110": 56.5}


def deviation_divides_by_one_less():
    """You divided by m - 1 = 1. The batch is normalised with the variance that divides by m: here
    16, so σ = 4.
    """
    low, high = 5 - math.sqrt(2), 5 + math.sqrt(2)
    return pair_worked_out() | {"first": low, "second": high, "second_if_110": high}


def gain_and_shift_come_later():
    """Your outputs are x̂. The layer gives γ x̂ + β = 2 x̂ + 5."""
    none = {"first": -1, "second": 1, "second_if_110": 1, "evaluated": 4}
    return pair_worked_out() | none


def statistics_are_constants():
    """That is the direct path alone, γ/σ · du. μ and σ depend on both inputs, and their paths take
    it all away: the outputs don't depend on the inputs at all.
    """
    return pair_worked_out() | {"gradient": 0.5}


def mean_is_the_only_path():
    """You took the path through the mean into account; the one through the variance is missing. It
    takes away the rest.
    """
    return pair_worked_out() | {"gradient": 1}


def gain_is_the_slope():
    """That is γ · du, with neither σ nor the statistics. Ask whether the outputs change at all when
    the first input moves a little.
    """
    return pair_worked_out() | {"gradient": 2}


def evaluation_uses_the_batch():
    """In evaluation the running averages count: the input stands (11 - 3)/2 = 4 deviations above
    the running mean, whoever else is in the batch.
    """
    return pair_worked_out() | {"evaluated": 7}


def variance_is_a_deviation():
    """The running *variance* is 4, so divide by 2."""
    return pair_worked_out() | {"evaluated": 9}


batch_of_two = Exercise(
    id="batch_of_two",
    kind="predict",
    difficulty=2,
    minutes=4,
    oracle=pair_worked_out,
    mistakes=(
        distance_is_kept,
        deviation_divides_by_one_less,
        gain_and_shift_come_later,
        statistics_are_constants,
        mean_is_the_only_path,
        gain_is_the_slope,
        evaluation_uses_the_batch,
        variance_is_a_deviation,
    ),
    hints=(
        "The mean of 3 and 11 is 7. How many deviations are they away from it? And 3 and 110?",
        "x̂ is -1 and +1 for any two different numbers. What is the derivative of a constant?",
        "Evaluation: γ (11 - 3)/√4 + β.",
    ),
    insight="Of a batch of two only the order survives, and no gradient gets through.\n"
    "In general the gradient lives in m - 2 dimensions: small batches pay for that.",
    atol=1e-4,
)

# weights_times_ten


def ten_worked_out():
    """L(cw) = L(w), so the gradient is 1/c of it; the step over the weights 1/c²."""
    return {"loss": 1, "gradient": 0.1, "relative_step": 0.01, "bias_gradient": 0, "same_rate": 100}


def weights_reach_the_loss():
    """The mean and the deviation of the unit's inputs get the factor 10 as well, and the norm
    divides it out: x̂ stays, and with it the loss.
    """
    return ten_worked_out() | {"loss": 10}


def gradient_grows_along():
    """The norm divides by σ, which is ten times as large: on the way back, too. And L(10 w) = L(w),
    so the slope for w is a tenth.
    """
    return ten_worked_out() | {"gradient": 10, "relative_step": 1, "same_rate": 1}


def gradient_stays_as_well():
    """The same loss doesn't mean the same gradient. Along 10 w the loss is stretched tenfold, so
    its slope is a tenth.
    """
    return ten_worked_out() | {"gradient": 1, "relative_step": 0.1, "same_rate": 10}


def step_is_the_gradient():
    """`gradient` is right. The step *relative to the weights* is smaller once more: a tenth of the
    step, for weights ten times as long.
    """
    return ten_worked_out() | {"relative_step": 0.1}


def length_of_the_weights_is_the_same():
    """`gradient` is right, but the weights are ten times as long, and it is the step *relative to
    them* that counts: a hundredth. So it takes 100 η.
    """
    return ten_worked_out() | {"relative_step": 0.1, "same_rate": 10}


def rate_makes_up_for_the_gradient():
    """With 10 η the step is as long as before, and the weights are ten times as long. To move in
    proportion it takes 100 η.
    """
    return ten_worked_out() | {"same_rate": 10}


def rate_falls_as_weights_grow():
    """Upside down: the effective rate η/‖w‖² has fallen to a hundredth, so η has to rise."""
    return ten_worked_out() | {"same_rate": 0.01}


def bias_learns_like_weights():
    """A bias before batch norm moves the whole column, and the mean takes that away again: its
    gradient is 0, before and after.
    """
    return ten_worked_out() | {"bias_gradient": 0.1}


weights_times_ten = Exercise(
    id="weights_times_ten",
    kind="predict",
    difficulty=2,
    minutes=4,
    oracle=ten_worked_out,
    mistakes=(
        weights_reach_the_loss,
        gradient_grows_along,
        gradient_stays_as_well,
        step_is_the_gradient,
        length_of_the_weights_is_the_same,
        rate_makes_up_for_the_gradient,
        rate_falls_as_weights_grow,
        bias_learns_like_weights,
    ),
    hints=(
        "Follow the factor 10: into the unit's values, their mean, their deviation, and x̂.",
        "L(10 w) = L(w). Differentiate both sides for w.",
        "Relative step: η · gradient / length. The gradient has 1/10, the length 10.",
    ),
    insight="Before a norm the loss is blind to the length of w; the effective rate is η/‖w‖².\n"
    "So weight decay there keeps the rate up; it doesn't make the function simpler.",
    atol=1e-6,
)
