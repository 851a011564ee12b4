"""Keep every test run, notebooks included, away from the learner's own progress and settings."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

OWN_FOLDERS = (
    "BACKPROP_DATA",  # nnlab's progress
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_made = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Point the course, Jupyter and Matplotlib at a new temporary folder."""
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist inherits all this
        return
    folder = config.stash[_made] = tempfile.mkdtemp(prefix="backprop-tests-")
    for name in OWN_FOLDERS:
        os.environ[name] = os.path.join(folder, name.lower())
        os.mkdir(os.environ[name])
    # Agg in the tests; a notebook's kernel sets MPLBACKEND to its inline pictures if nobody has.
    os.environ.pop("MPLBACKEND", None)
    os.environ["MATPLOTLIBRC"] = os.path.join(folder, "matplotlibrc")
    Path(os.environ["MATPLOTLIBRC"]).write_text("backend: Agg\n", "utf-8")
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else a kernel warns about frozen modules
    for name in THREADS:
        os.environ.setdefault(name, "1")  # one per worker: more would fight for the same cores


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the temporary folder, where this process made it."""
    if _made in config.stash:
        shutil.rmtree(config.stash[_made], ignore_errors=True)
