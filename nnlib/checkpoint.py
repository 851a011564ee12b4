"""One file with all that training needs to go on: parameters, statistics, generators, optimizer.

NumPy's .npz format without pickle, so opening a stranger's file runs nothing. Written to a
temporary name beside the target and moved into place, so a crash or a full disk leaves the old
file as it was.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlib.optim import Optimizer

if TYPE_CHECKING:
    from nnlib.network import Network

VERSION = 1


def save(
    path: str | Path,
    net: Network,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """Write the checkpoint to `path`, whole or not at all."""
    path = place_of(path)
    check_parts(net, optimizer, rng)
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
    header["arrays"] = sorted(arrays)
    text = json.dumps(header, default=lambda array: array.tolist())
    path = path.resolve()  # through a link, as open() goes
    part = path.with_name(f".nnlib-{os.urandom(8).hex()}.part")
    try:
        with open(part, "xb") as file:  # with the rights that open() gives, not a private file's
            np.savez(file, header=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def load(
    path: str | Path,
    net: Network,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """Fill `net`, and optimizer and rng if given, from a checkpoint; or raise, nothing changed."""
    check_parts(net, optimizer, rng)
    header, arrays = read(path)
    check_network(path, header, arrays, net)
    generators = {"generator": net.rng} if rng is None else {"generator": net.rng, "shuffling": rng}
    for what, one in generators.items():
        check_generator(path, what, header[what], one)
    if optimizer is not None:
        check_optimizer(path, header["optimizer"], arrays, optimizer, net)
        optimizer.t, optimizer.state = header["optimizer"]["t"], slots_of(arrays)
    for what, one in generators.items():
        one.bit_generator.state = header[what]
    net.theta[:], net.buffers[:] = arrays["theta"], arrays["buffers"]


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays, or raise ValueError for what is no whole checkpoint."""
    try:
        raw = open(place_of(path), "rb")  # noqa: SIM115 - closed below; only opening is tried here
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {path}: save the network first") from None
    except OSError as error:
        raise ValueError(
            f"{path} can't be opened ({error.strerror}): give a file that you may read"
        ) from error
    try:
        with raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
        version = header["version"] if header["format"] == "nnlib checkpoint" else None
        whole = sorted(arrays) == header["arrays"]  # a zip's index can lose one without a word
    except Exception as error:  # whatever NumPy, zip and JSON make of a damaged file
        raise damaged(path) from error
    if type(version) is not int or version < 1:
        raise damaged(path)
    if version > VERSION:
        raise ValueError(
            f"{path} was written by a newer nnlib (checkpoint version {version}, this one reads "
            f"up to {VERSION}): update nnlib"
        )
    parts = {"theta", "buffers", "network", "generator", "shuffling", "optimizer"}
    if not whole or not parts <= arrays.keys() | header.keys():
        raise damaged(path)
    return header, arrays


def place_of(path: str | Path) -> Path:
    """Return the path; ValueError for what is none, FileNotFoundError for a missing folder."""
    if not isinstance(path, (str, os.PathLike)) or Path(path).is_dir():
        raise ValueError(f"a checkpoint needs the path of a file, got {path!r}: add a file name")
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first")
    return path


def damaged(path: str | Path) -> ValueError:
    """Return the error for a file that is cut off, or was never a checkpoint."""
    return ValueError(
        f"{path} is no whole nnlib checkpoint: it is damaged, or from another program; "
        "use a copy, or train again and save"
    )


def check_parts(net: Network, optimizer: Optimizer | None, rng: Any) -> None:
    """Raise ValueError for what is no optimizer of this network, or no generator."""
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise ValueError(f"a checkpoint wants an optimizer such as Adam(), got {optimizer!r}")
    if optimizer is not None:
        optimizer._check(net.theta, net.grad)
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"a checkpoint wants rng as the np.random.Generator that shuffles, got {rng!r}: "
            "make one with np.random.default_rng(0), and give it to fit too"
        )


def check_network(
    path: str | Path, header: dict[str, Any], arrays: dict[str, np.ndarray], net: Network
) -> None:
    """Raise ValueError if the file holds another network."""
    saved, here = header["network"], signature(net)
    if not isinstance(saved, dict):
        raise damaged(path)
    if saved != here:
        key = next(key for key in {**here, **saved} if saved.get(key) != here.get(key))
        raise ValueError(
            f"{path} holds another network: {key} is {saved.get(key)} in the file and "
            f"{here.get(key)} here; build the network with the code that saved it"
        )
    for name, v in (("theta", net.theta), ("buffers", net.buffers)):
        if (arrays[name].shape, arrays[name].dtype) != (v.shape, v.dtype):
            raise damaged(path)


def check_generator(path: str | Path, what: str, state: Any, rng: np.random.Generator) -> None:
    """Raise ValueError if the saved state can't be given to this generator."""
    kind = rng.bit_generator.state["bit_generator"]
    if state is None:
        raise ValueError(
            f"{path} was saved without rng: load it without, or save with rng=… next time"
        )
    try:
        saved_kind = state["bit_generator"]
        if saved_kind == kind:
            type(rng.bit_generator)().state = state  # on trial, in another generator
    except Exception as error:  # whatever NumPy makes of a state that is none
        raise damaged(path) from error
    if saved_kind != kind:
        raise ValueError(
            f"{path} holds the state of a {saved_kind} generator ({what}), got {kind}: "
            "load into a generator of the same kind"
        )


def check_optimizer(
    path: str | Path,
    saved: Any,
    arrays: dict[str, np.ndarray],
    optimizer: Optimizer,
    net: Network,
) -> None:
    """Raise ValueError if the file holds no state of such an optimizer."""
    if saved is None:
        raise ValueError(
            f"{path} was saved without an optimizer: load it without, or save with optimizer=… "
            "next time"
        )
    if not isinstance(saved, dict) or not {"kind", "t"} <= saved.keys():
        raise damaged(path)
    slots = slots_of(arrays)
    started = {*optimizer.slots} if saved["t"] else set()
    here = type(optimizer).__name__
    if saved["kind"] != here or set(slots) not in (started, set(optimizer.slots)):
        raise ValueError(
            f"{path} was saved with {saved['kind']} {sorted(slots)}, got {here} "
            f"{sorted(optimizer.slots)}: use the same optimizer"
        )
    whole = type(saved["t"]) is int and saved["t"] >= 0
    like_theta = (
        (slot.shape, slot.dtype) == (net.theta.shape, net.dtype) for slot in slots.values()
    )
    if not whole or not all(like_theta):
        raise damaged(path)


def slots_of(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the optimizer's slots among the arrays of a file."""
    return {name[5:]: array for name, array in arrays.items() if name.startswith("slot_")}


def signature(net: Network) -> dict[str, Any]:
    """Return what must be equal for a file to fit: layers, parameters, dtype, loss."""
    layers = {f"layer {i}": repr(layer) for i, layer in enumerate(net.layers)}
    sizes = {f"the size of {name}": where.stop - where.start for name, where in net.named.items()}
    return {**layers, **sizes, "dtype": str(net.dtype), "loss": type(net.loss).__name__}
