"""The gallery: every bug shows its symptom, its probe finds it, and no probe cries wolf."""

import math

import numpy as np
import pytest

from nnlab.gallery import BUGS, PROBES, cancer, diabetes, digits, train

EACH = pytest.mark.parametrize("bug", BUGS.values(), ids=lambda bug: bug.name)


@EACH
@pytest.mark.parametrize("seed", [0, 1])
def test_the_probe_fails_on_the_broken_run_and_passes_on_the_mended_one(bug, seed):
    """A reader would be given a test that does not find the bug, or finds it everywhere."""
    assert not bug.probe(bug.broken(seed)).ok
    assert bug.probe(bug.mended(seed)).ok


@EACH
@pytest.mark.parametrize("probe", PROBES.values(), ids=lambda probe: probe.__name__)
def test_no_probe_fires_on_a_healthy_run(bug, probe):
    """A routine that cries wolf on healthy runs is soon left out."""
    assert probe(bug.mended(0)).ok, probe(bug.mended(0)).said


def test_there_is_a_bug_for_every_probe_and_more_than_fifteen():
    """A probe that never fires tells nothing, and the chapter promises fifteen bugs."""
    assert {bug.probe for bug in BUGS.values()} == set(PROBES.values())
    assert len(BUGS) >= 15


@EACH
def test_every_bug_is_told_whole(bug):
    """The table in the chapter would have an empty field."""
    for said in (bug.symptom, bug.cause, bug.fix, bug.probe.__doc__):
        assert said
        assert said.rstrip().endswith(".")
    assert bug.name.replace("_", " ") == bug.title


def same(one, two):
    """Compare two records number by number, NaN with NaN."""
    return all(
        np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)
        for name in ("loss", "ratio", "train", "val", "new", "stopped")
    )


@EACH
def test_a_run_is_reproduced_from_its_seed(bug):
    """What the chapter says of a run could not be seen again."""
    assert same(train(bug.broken(3)), train(bug.broken(3)))
    assert not same(train(bug.broken(3)), train(bug.mended(3)))


@EACH
def test_planting_leaves_the_shared_data_alone(bug):
    """One bug would spoil the runs of all others."""
    train(bug.broken(0))
    healthy = digits(0)

    assert np.abs(healthy.X.std(axis=0)).max() < 1.01
    assert train(cancer(0)).new > 0.9
    assert train(diabetes(0)).new > 0.4


# What each symptom promises, of the broken record b and the mended one m.
HAVE = {
    "softmax_twice": lambda b, m: min(b.loss) > 1.461 and abs(b.loss[0] - math.log(10)) < 0.2,
    "softmax_over_the_batch": lambda b, m: b.loss[0] > math.log(32) and b.loss[-1] > b.loss[0],
    "missing_one_over_m": lambda b, m: b.loss[0] / m.loss[0] == 32 and b.loss[-1] > 1e3,
    "broadcast_residual": lambda b, m: abs(b.new) < 0.15 and m.new > 0.4,
    "sigmoid_on_a_regression": lambda b, m: np.mean(b.loss[-20:]) > 1.4 * np.mean(m.loss[-20:]),
    "log_loss_on_a_regression": lambda b, m: b.loss[-1] < 0 and b.val[-1] < b.val[0] < 0,
    "shuffled_without_labels": lambda b, m: abs(np.mean(b.loss[-20:]) - 2.3) < 0.1,
    "labels_off_by_one": lambda b, m: b.train[-1] > 0.95 and b.val[-1] < 0.05,
    "unscaled_inputs": lambda b, m: b.loss[0] > 10 and b.val[-1] < 0.65,
    "target_in_the_features": lambda b, m: min(b.train[1], b.val[1]) == 1 and b.new < 0.8,
    "copies_on_both_sides": lambda b, m: b.val[-1] > b.train[-1] - 0.1 and b.new < 0.4,
    "zero_weights": lambda b, m: np.allclose(b.loss, math.log(10), rtol=0, atol=0.03),
    "exploding_start": lambda b, m: b.loss[0] > 10 * math.log(10) and b.new < m.new - 0.02,
    "forgotten_gate": lambda b, m: b.new > m.new - 0.05,
    "dead_units": lambda b, m: (
        np.allclose(b.loss, math.log(10), rtol=0, atol=0.15) and np.median(b.norms["dense1.W"]) == 0
    ),
    "dropout_at_test": lambda b, m: b.val[-1] < m.val[-1] - 0.05,
    "batch_norm_at_test": lambda b, m: b.new > 0.85 and b.val[-1] < 0.4,
    "rate_too_high": lambda b, m: b.loss[1] > 2 * b.loss[0] and b.stopped > 0,
    "rate_too_low": lambda b, m: np.mean(b.loss[-20:]) > 2.5,
    "clipped_to_nothing": lambda b, m: (
        np.mean(b.loss[-20:]) > 2.5 and b.norms["dense1.W"][-1] > 0.3
    ),
    "plus_sign": lambda b, m: b.loss[-1] > 1e3 * b.loss[0],
    "never_zeroed": lambda b, m: (
        min(b.loss[:40]) < b.loss[0] < 10 < b.loss[-1]
        and b.norms["dense1.W"][-1] > 10 * b.norms["dense1.W"][0]
    ),
    "adam_made_anew": lambda b, m: (
        b.new > 0.95 and np.mean(b.loss[-36:]) > 1.5 * np.mean(m.loss[-36:])
    ),
    "stale_velocity": lambda b, m: b.ratio[0] > 10 and b.norms["dense1.W"][0] < 10,
    "best_by_reference": lambda b, m: max(b.val) == max(m.val) and b.new < m.new - 0.05,
}


@EACH
@pytest.mark.parametrize("seed", [0, 1])
def test_the_symptom_is_what_is_seen(bug, seed):
    """The text would tell of a curve that the run does not have."""
    assert HAVE[bug.name](train(bug.broken(seed)), train(bug.mended(seed)))
