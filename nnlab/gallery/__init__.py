"""A gallery of bugs in real training runs: each with its symptom, its probe, its cause, its fix.

    bug = BUGS["softmax_twice"]
    train(bug.broken(seed=0))           # a Record: losses, gradient norms, scores
    train(bug.mended(seed=0))           # the same run without the bug
    bug.probe(bug.broken(seed=0)).ok    # False
    bug.probe(bug.mended(seed=0)).ok    # True

`run` has the pieces of a healthy run and the loop, `probes` the tests, `bugs` the bugs.
"""

from nnlab.gallery.bugs import BUGS, Bug
from nnlab.gallery.probes import PROBES, Finding
from nnlab.gallery.run import Record, Run, cancer, diabetes, digits, train

__all__ = [
    "BUGS",
    "PROBES",
    "Bug",
    "Finding",
    "Record",
    "Run",
    "cancer",
    "diabetes",
    "digits",
    "train",
]
