"""Write nnlib/datasets/*.csv from the copies that scikit-learn packages.

Run from the repository's root with the `bench` extra installed; scikit-learn 1.9.1 was used:

    python tests/reference/make_datasets.py            # writes into nnlib/datasets
    python tests/reference/make_datasets.py --check    # writes nothing, compares

Numbers are written as Python's repr, the shortest text that reads back as the same float64, so
no digit is lost; whole numbers lose their ".0". Rows keep scikit-learn's order.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

FOLDER = Path(__file__).resolve().parents[2] / "nnlib" / "datasets"


def csv(names: list[str], X: np.ndarray, y: np.ndarray) -> bytes:
    """One header line, then one line per row: the features, and the target last."""
    table = np.column_stack([X, y]).tolist()
    lines = [
        ",".join(names),
        *(",".join(repr(v).removesuffix(".0") for v in row) for row in table),
    ]
    return ("\n".join(lines) + "\n").encode("ascii")


def files() -> dict[str, bytes]:
    """Return the three files' bytes by name."""
    cancer = load_breast_cancer()
    digits = load_digits()
    diabetes = load_diabetes(scaled=False)
    return {
        # scikit-learn codes malignant as 0 and benign as 1; here the positive class is malignant
        "breast_cancer.csv": csv(
            [*cancer.feature_names, "malignant"], cancer.data, 1 - cancer.target
        ),
        "digits.csv": csv([*digits.feature_names, "digit"], digits.data, digits.target),
        "diabetes.csv": csv(
            [*diabetes.feature_names, "progression"], diabetes.data, diabetes.target
        ),
    }


def main() -> int:
    """Write the files, or with --check say which differ; return the exit code."""
    different = 0
    for name, content in files().items():
        path = FOLDER / name
        if "--check" not in sys.argv[1:]:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            print(f"{name} differs from what scikit-learn's copy gives")
            different = 1
    return different


if __name__ == "__main__":
    sys.exit(main())
