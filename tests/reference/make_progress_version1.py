"""Make progress_version1.sqlite3 with version 1's own code, which the repository's history keeps.

    git show 2707c0b:nnlab/checks/store.py > version1.py
    python tests/reference/make_progress_version1.py

The tests migrate it: a learner's progress of before the interview.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
os.environ["BACKPROP_DATA"] = str(HERE / "made")
sys.path.insert(0, os.getcwd())

import version1  # noqa: E402

version1.time.strftime = lambda form: "2026-03-05"  # the same bytes every time
version1.record("dense_backward")
version1.record("dense_backward", hint=True)
version1.record("dense_backward", passed=True, seconds=300.0)
version1.record("count_mlp", passed=True, seconds=61.5)
version1.record("adam_step", hint=True)
(HERE / "made" / "progress.sqlite3").rename(HERE / "progress_version1.sqlite3")
(HERE / "made").rmdir()
