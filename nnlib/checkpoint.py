"""One file with all that training needs to go on: parameters, statistics, generators, optimizer.

NumPy's .npz format without pickle, so opening a stranger's file runs nothing. Written to a
temporary name beside the target and moved into place, so a crash or a full disk leaves the old
file as it was.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nnlib.network import Network
    from nnlib.optim import Optimizer

VERSION = 1


def save(
    path: str | Path,
    net: Network,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """Write the checkpoint to `path`, whole or not at all."""
    header: dict[str, Any] = {
        "format": "nnlib checkpoint",
        "version": VERSION,
        "network": signature(net),
        "generator": net.rng.bit_generator.state,
        "shuffling": None if rng is None else rng.bit_generator.state,
        "optimizer": None,
    }
    arrays = {"theta": net.theta, "buffers": net.buffers}
    if optimizer is not None:
        header["optimizer"] = {"kind": type(optimizer).__name__, "t": optimizer.t}
        arrays |= {f"slot_{name}": slot for name, slot in optimizer.state.items()}
    text = json.dumps(header, default=lambda array: array.tolist())
    path = Path(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            np.savez(file, header=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(file.name, path)
        except BaseException:
            file.close()
            os.unlink(file.name)
            raise


def load(
    path: str | Path,
    net: Network,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """Fill `net`, and optimizer and rng if given, from a checkpoint; or raise, nothing changed."""
    header, arrays = read(path)
    check(path, header, arrays, net, optimizer, rng)
    net.theta[:], net.buffers[:] = arrays["theta"], arrays["buffers"]
    net.rng.bit_generator.state = header["generator"]
    if rng is not None:
        rng.bit_generator.state = header["shuffling"]
    if optimizer is not None:
        optimizer.t = header["optimizer"]["t"]
        optimizer.state = slots_of(arrays)


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays, or raise ValueError for what is no whole checkpoint."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
        known = header["format"] == "nnlib checkpoint" and isinstance(header["version"], int)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {path}: save the network first") from None
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, OSError) as error:
        raise damaged(path) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise damaged(path) from error
    if not known:
        raise damaged(path)
    if header["version"] > VERSION:
        raise ValueError(
            f"{path} was written by a newer nnlib (checkpoint version {header['version']}, this "
            f"one reads up to {VERSION}): update nnlib"
        )
    return header, arrays


def damaged(path: str | Path) -> ValueError:
    """Return the error for a file that is cut off, or was never a checkpoint."""
    return ValueError(
        f"{path} is no whole nnlib checkpoint: it is damaged, or from another program; "
        "use a copy, or train again and save"
    )


def check(
    path: str | Path,
    header: dict[str, Any],
    arrays: dict[str, np.ndarray],
    net: Network,
    optimizer: Optimizer | None,
    rng: np.random.Generator | None,
) -> None:
    """Raise ValueError if the file does not fit what it is to be loaded into."""
    saved, here = header["network"], signature(net)
    if saved != here:
        differs = next(key for key in here if saved.get(key) != here[key])
        raise ValueError(
            f"{path} holds another network: its {differs} is {saved.get(differs)}, "
            f"here it is {here[differs]}; build the network with the code that saved it"
        )
    fits = {"theta": net.theta, "buffers": net.buffers}
    if any(
        arrays[name].shape != v.shape or arrays[name].dtype != v.dtype for name, v in fits.items()
    ):
        raise damaged(path)
    for what, generator in (("generator", net.rng), ("shuffling", rng)):
        if generator is None:
            continue
        kind = None if header[what] is None else header[what]["bit_generator"]
        if kind != generator.bit_generator.state["bit_generator"]:
            raise ValueError(
                f"{path} has {kind or 'no'} state for the {what} generator: save with "
                "rng=…, and load into a generator of the same kind"
            )
    if optimizer is not None:
        saved_kind = (header["optimizer"] or {}).get("kind", "no optimizer")
        same_slots = set(slots_of(arrays)) in ({*optimizer.slots}, set())
        if saved_kind != type(optimizer).__name__ or not same_slots:
            raise ValueError(
                f"{path} was saved with {saved_kind} {sorted(slots_of(arrays))}, got "
                f"{type(optimizer).__name__} {sorted(optimizer.slots)}: use the same optimizer"
            )


def slots_of(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the optimizer's slots among the arrays of a file."""
    return {name[5:]: array for name, array in arrays.items() if name.startswith("slot_")}


def signature(net: Network) -> dict[str, Any]:
    """Return what must be equal for a file to fit: layers, parameters, dtype, generator kind."""
    return {
        "layers": [repr(layer) for layer in net.layers],
        "parameters": {name: where.stop - where.start for name, where in net.named.items()},
        "dtype": str(net.dtype),
    }
