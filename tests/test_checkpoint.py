"""Saved files: a resumed run is the same run, and a damaged file is never half believed."""

import errno
import io
import json
import os
import pickle
import stat
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn

KINDS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]


def build(dtype=np.float64, seed=0):
    """Return a network with all that a file must hold: statistics, a generator, many shapes."""
    inner = nn.Residual(nn.Dense(6, 6, bias=False), nn.LayerNorm(6), nn.GELU())
    layers = [nn.Dense(4, 6), nn.BatchNorm(6), nn.ReLU(), nn.Dropout(0.3), inner, nn.Dense(6, 3)]
    return nn.Network(layers, nn.CrossEntropy(), seed=seed, dtype=dtype)


RATES = nn.warmup(nn.cosine(0.05, steps=40, final=0.001), steps=7)
OPTIMIZERS = {
    "sgd": lambda net: nn.SGD(0.1),
    "momentum": lambda net: nn.SGD(0.1, momentum=0.9),
    "nesterov": lambda net: nn.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adagrad": lambda net: nn.AdaGrad(0.1),
    "rmsprop": lambda net: nn.RMSProp(0.01),
    "adam": lambda net: nn.Adam(0.01),
    "adamw": lambda net: nn.AdamW(0.01, decay_mask=net.weight_mask),
    "adam with a schedule": lambda net: nn.Adam(RATES),
}


@pytest.fixture
def data(rng):
    """Examples of three classes."""
    return rng.normal(size=(23, 4)), rng.integers(3, size=23)


def everything(net, *others):
    """Return all that training depends on, as bytes and text."""
    state = [net.theta.tobytes(), net.buffers.tobytes(), str(net.rng.bit_generator.state)]
    for other in others:
        if isinstance(other, nn.Optimizer):
            state += [other.t, {name: slot.tobytes() for name, slot in other.state.items()}]
        else:
            state.append(str(other.bit_generator.state))
    return state


@pytest.fixture
def saved(tmp_path, data):
    """Return a folder's only file, and the network and the optimizer that it holds."""
    net = build()
    adam = nn.Adam(0.01)
    nn.fit(net, *data, adam, epochs=2)
    net.save(tmp_path / "net.npz", adam)
    return tmp_path / "net.npz", net, adam


# --- the same numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(name, dtype, data, tmp_path):
    """A mask, a running mean, a moment, a step count or an order forgotten gives other numbers."""
    whole, shuffler = build(dtype), np.random.default_rng(9)
    optimizer = OPTIMIZERS[name](whole)
    expected = nn.fit(whole, *data, optimizer, 8, epochs=5, rng=shuffler)
    first, its_shuffler = build(dtype), np.random.default_rng(9)
    its_optimizer = OPTIMIZERS[name](first)
    before = nn.fit(first, *data, its_optimizer, 8, epochs=2, rng=its_shuffler)
    first.save(tmp_path / "net.npz", its_optimizer, its_shuffler)

    resumed, new_shuffler = build(dtype, seed=5), np.random.default_rng(1)
    new_optimizer = OPTIMIZERS[name](resumed)
    resumed.load(tmp_path / "net.npz", new_optimizer, new_shuffler)
    after = nn.fit(resumed, *data, new_optimizer, 8, epochs=3, rng=new_shuffler)

    assert before.step_loss + after.step_loss == expected.step_loss
    assert before.lr + after.lr == expected.lr
    same = everything(whole, optimizer, shuffler)
    assert everything(resumed, new_optimizer, new_shuffler) == same
    assert resumed.theta.dtype == dtype
    assert new_optimizer.t == 15


def test_saving_changes_nothing_and_a_second_save_is_the_same(saved, tmp_path):
    """A checkpoint in the middle of a training must not be felt by it."""
    path, net, adam = saved
    before = everything(net, adam)

    net.save(tmp_path / "again.npz", adam)

    assert everything(net, adam) == before
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_load_fills_the_vectors_that_the_layers_look_at(saved):
    """New vectors in their place would leave W and dW windows on the old ones."""
    path, net, _ = saved
    other = build(seed=5)
    theta, grad, W = other.theta, other.grad.copy(), other.layers[0].W

    assert other.load(path) is other

    assert other.theta is theta
    assert np.shares_memory(W, other.theta)
    np.testing.assert_array_equal(W, net.layers[0].W)
    np.testing.assert_array_equal(other.grad, grad)


def test_predictions_come_back(saved, data):
    """What most people save a network for."""
    path, net, _ = saved

    other = build(seed=5).load(path)

    np.testing.assert_array_equal(other.predict_proba(data[0]), net.predict_proba(data[0]))


def test_a_file_with_more_than_is_asked_for_is_fine(saved):
    """Predicting needs no optimizer, though the file has one."""
    path, net, _ = saved
    other = build(seed=5)

    other.load(path)

    assert everything(other) == everything(net)


def test_an_optimizer_that_has_not_stepped_can_be_saved(tmp_path):
    """The checkpoint before the first step is the one that shows the start."""
    net, adam, used = build(), nn.Adam(), nn.Adam()
    used.step(net.theta, np.ones_like(net.theta))

    net.save(tmp_path / "net.npz", adam)
    net.load(tmp_path / "net.npz", used)

    assert (used.t, used.state) == (0, {})


def test_the_learning_rate_is_the_callers(saved):
    """A run is often resumed with a smaller rate: the file holds what was learned, not chosen."""
    path, net, adam = saved
    slower = nn.Adam(0.001)

    net.load(path, slower)

    assert slower.lr == 0.001
    assert everything(net, slower) == everything(net, adam)


def test_the_loaded_slots_are_the_optimizers_own(saved):
    """Two optimizers that share a moment would push each other's network."""
    path, net, _ = saved
    one, other = nn.Adam(), nn.Adam()
    net.load(path, one)
    net.load(path, other)

    one.step(net.theta, np.ones_like(net.theta))

    assert other.t == one.t - 1
    assert not np.shares_memory(one.state["m"], other.state["m"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_generator_goes_on(kind, tmp_path):
    """Some keep arrays in their state, which JSON has no word for."""
    net, shuffler = build(seed=np.random.Generator(kind(4))), np.random.Generator(kind(8))
    net.rng.integers(9, size=3, dtype=np.uint32)  # an odd number of halves: one is kept
    net.save(tmp_path / "net.npz", rng=shuffler)
    expected = net.rng.random(5).tolist(), shuffler.permutation(50).tolist()

    other, its = build(seed=np.random.Generator(kind(1))), np.random.Generator(kind(1))
    other.load(tmp_path / "net.npz", rng=its)

    assert (other.rng.random(5).tolist(), its.permutation(50).tolist()) == expected


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_every_float_comes_back_to_the_bit(tmp_path_factory, data):
    """Minus zero, the smallest number, infinity: a text format would lose some of them."""
    width = data.draw(st.sampled_from([32, 64]))
    net = nn.Network([nn.Dense(2, 2)], nn.MSE(), dtype={32: np.float32, 64: np.float64}[width])
    numbers = st.lists(st.floats(width=width), min_size=6, max_size=6)
    net.theta[:] = data.draw(numbers)
    before, path = net.theta.tobytes(), tmp_path_factory.mktemp("floats") / "net.npz"

    net.save(path)
    net.theta[:] = 1
    net.load(path)

    assert net.theta.tobytes() == before


# --- whole or not at all -------------------------------------------------------------------------


def disk_full(*args, **arrays):
    """Write half of a file, as np.savez would, and find the disk full."""
    whole = io.BytesIO()
    real_savez(whole, **arrays)
    args[0].write(whole.getvalue()[: len(whole.getvalue()) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def refuse(*args, **named):
    """Fail as the system does."""
    raise PermissionError(errno.EACCES, "Permission denied")


def interrupt(*args, **arrays):
    """Be Ctrl-C."""
    args[0].write(b"PK")
    raise KeyboardInterrupt


real_savez = np.savez
FAILURES = {
    "disk full": ("numpy.savez", disk_full, OSError),
    "Ctrl-C": ("numpy.savez", interrupt, KeyboardInterrupt),
    "no new file": ("builtins.open", refuse, PermissionError),
    "no sync": ("os.fsync", refuse, PermissionError),
    "no move": ("os.replace", refuse, PermissionError),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(name, saved, monkeypatch):
    """The last good checkpoint is worth more than half of the next."""
    what, failing, error = FAILURES[name]
    path, net, adam = saved
    old, before = path.read_bytes(), everything(net, adam)
    net.theta += 1

    monkeypatch.setattr(what, failing)
    with pytest.raises(error):
        net.save(path, adam)
    monkeypatch.undo()

    assert path.read_bytes() == old
    assert os.listdir(path.parent) == [path.name]
    assert everything(net.load(path, adam), adam) == before


@pytest.mark.parametrize("name", FAILURES)
def test_a_first_save_that_fails_leaves_no_file(name, tmp_path, monkeypatch):
    """A name that was not there before must not appear with half a file behind it."""
    what, failing, error = FAILURES[name]

    monkeypatch.setattr(what, failing)
    with pytest.raises(error):
        build().save(tmp_path / "net.npz")

    assert os.listdir(tmp_path) == []


SAVE_FOR_EVER = """
import sys
import numpy as np
import nnlib as nn
net = nn.Network([nn.Dense(100, 100), nn.BatchNorm(100)], nn.MSE())
for n in range(10**9):
    net.theta[:] = net.buffers[:] = n
    net.save(sys.argv[1])
    if n == 0:
        print("saved", flush=True)
"""


def test_a_process_killed_while_saving_leaves_a_whole_file(tmp_path, rng):
    """A kill gives no time to tidy up, so the move into place must be the only change."""
    path = tmp_path / "net.npz"
    net = nn.Network([nn.Dense(100, 100), nn.BatchNorm(100)], nn.MSE())
    numbers = []

    for _ in range(6):
        saver = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True
        )
        with saver:
            assert saver.stdout.readline() == "saved\n"
            threading.Event().wait(rng.uniform(0.0, 0.05))
            saver.kill()
        net.load(path)
        assert np.unique([*net.theta, *net.buffers]).size == 1
        numbers.append(net.theta[0])

    assert saver.returncode != 0
    assert max(numbers) > 0
    left = [name for name in os.listdir(tmp_path) if name != "net.npz"]
    assert len(left) <= 6
    assert all(name.startswith(".nnlib-") and name.endswith(".part") for name in left)


def test_two_savers_at_once_leave_a_whole_file(tmp_path):
    """Two runs that save to one name must not write into one temporary file."""
    nets = [build(seed=seed) for seed in range(3)]

    def save_often(net):
        for _ in range(10):
            net.save(tmp_path / "net.npz")

    threads = [threading.Thread(target=save_often, args=(net,)) for net in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert everything(build().load(tmp_path / "net.npz")) in [everything(net) for net in nets]
    assert os.listdir(tmp_path) == ["net.npz"]


# --- damage --------------------------------------------------------------------------------------


def test_a_file_cut_off_anywhere_is_refused(saved, tmp_path):
    """A copy over a bad line ends anywhere: in a header, in an array, in the zip's own index."""
    path, net, adam = saved
    content, before = path.read_bytes(), everything(net, adam)
    cuts = {*np.linspace(0, len(content) - 1, 50).astype(int), 1, 4, 30, *range(-10, 0)}
    cuts |= {content.index(b"theta.npy"), content.index(b"PK\x01\x02")}

    for cut in cuts:
        (tmp_path / "cut.npz").write_bytes(content[:cut])
        with pytest.raises(ValueError, match=r"^\S+cut\.npz is no whole nnlib checkpoint: [^.]+$"):
            net.load(tmp_path / "cut.npz", adam)

    assert len(cuts) > 60
    assert everything(net, adam) == before


def test_a_flipped_bit_is_refused_or_does_no_harm(saved, tmp_path, rng):
    """A zip has checksums for its content, so what loads at all must be the very same."""
    path, net, adam = saved
    content, before = path.read_bytes(), everything(net, adam)
    index = content.index(b"PK\x01\x02")
    places = [*rng.integers(len(content), size=300), *rng.integers(index, len(content), size=200)]
    refused, unharmed, said = 0, 0, set()

    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.integers(8)
        (tmp_path / "flipped.npz").write_bytes(damaged)
        net.theta[:], adam.state["m"][:], adam.t = 0, 0, 0
        net.rng.random()
        blank = everything(net, adam)
        try:
            net.load(tmp_path / "flipped.npz", adam)
        except ValueError as error:
            refused += everything(net, adam) == blank
            said.add(str(error))
        else:
            unharmed += everything(net, adam) == before

    assert refused + unharmed == len(places)
    assert refused > 0.6 * len(places)
    assert len(said) == 1
    assert "flipped.npz is no whole nnlib checkpoint: " in said.pop()


def test_bytes_in_front_are_refused_and_bytes_behind_do_no_harm(saved, tmp_path):
    """A server's greeting in front, a newline behind: whole or nothing."""
    path, net, adam = saved
    content, before = path.read_bytes(), everything(net, adam)
    (tmp_path / "front.npz").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + content)
    (tmp_path / "behind.npz").write_bytes(content + b"\r\n")

    with pytest.raises(ValueError, match="no whole nnlib checkpoint"):
        net.load(tmp_path / "front.npz", adam)

    assert everything(net, adam) == before
    net.theta[:], adam.t = 0, 0
    assert everything(net.load(tmp_path / "behind.npz", adam), adam) == before


def test_the_file_says_what_it_holds(saved):
    """The words by which a file of today is recognised, and refused, by the nnlib of next year."""
    path, net, adam = saved

    with np.load(path) as file:
        header = json.loads(str(file["header"]))

    assert (header["format"], header["version"]) == ("nnlib checkpoint", 1)
    assert header["optimizer"] == {"kind": type(adam).__name__, "t": adam.t}
    assert header["network"] == {
        **{f"layer {i}": repr(layer) for i, layer in enumerate(net.layers)},
        **{f"the size of {name}": net.theta[where].size for name, where in net.named.items()},
        "dtype": "float64",
        "loss": "CrossEntropy",
    }


def not_a_dict(header):
    """Leave no description of the network."""
    header["network"] = "Dense"


def of_another_program(header):
    """Another program's format, with a version that is ours."""
    header["format"] = "weights"


def without_its_kind(header):
    """An optimizer of no kind."""
    header["optimizer"] = {"t": 3}


def with_half_a_step(header):
    """No number of steps."""
    header["optimizer"]["t"] = 1.5


def with_another_state(header):
    """A generator's state that is none."""
    header["generator"]["state"] = "x"


def without_slots_list(header):
    """Arrays and their list disagree."""
    header["arrays"] = []


def with_a_strange_version(header):
    """A version that is no number."""
    header["version"] = "1"


@pytest.mark.parametrize(
    "edit",
    [
        not_a_dict,
        of_another_program,
        without_its_kind,
        with_half_a_step,
        with_another_state,
        without_slots_list,
        with_a_strange_version,
    ],
)
def test_a_damaged_header_is_refused_by_the_files_name(edit, saved, tmp_path):
    """Of ten files in a folder one is damaged: the sentence says which."""
    path, net, adam = saved
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(str(arrays["header"]))
    edit(header)
    np.savez(tmp_path / "edited.npz", **arrays | {"header": np.array(json.dumps(header))})
    before = everything(net, adam)

    with pytest.raises(ValueError, match=r"edited\.npz is no whole nnlib checkpoint"):
        net.load(tmp_path / "edited.npz", adam)

    assert everything(net, adam) == before


def test_an_optimizer_that_has_stepped_and_remembers_nothing_is_refused(saved, tmp_path):
    """Adam at step 3 without its moments would divide by 1 - 0.9³ what starts at zero."""
    path, net, adam = saved
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if not name.startswith("slot_")}
    header = json.loads(str(arrays["header"]))
    header["arrays"] = ["buffers", "theta"]
    np.savez(tmp_path / "edited.npz", **arrays | {"header": np.array(json.dumps(header))})

    with pytest.raises(ValueError, match=r"was saved with Adam \[\], got Adam \['m', 'v'\]"):
        net.load(tmp_path / "edited.npz", adam)


def test_what_does_not_fit_is_named_with_the_files_name(saved, rng):
    """Another network, optimizer or kind of generator: the same."""
    path, net, adam = saved
    other = nn.Network([nn.Dense(4, 3)], nn.CrossEntropy())
    net.save(path, adam, rng)

    with pytest.raises(ValueError, match=r"net\.npz holds another network: layer 0 is"):
        other.load(path)
    with pytest.raises(ValueError, match=r"net\.npz was saved with Adam \['m', 'v'\]"):
        net.load(path, nn.SGD(0.1))
    with pytest.raises(ValueError, match=r"net\.npz holds .* PCG64 generator \(shuffling\)"):
        net.load(path, rng=np.random.Generator(np.random.MT19937()))
    with pytest.raises(ValueError, match=r"a checkpoint wants rng as the np\.random\.Generator"):
        net.load(path, rng=5)


def zipped(**files):
    """Return a zip archive of these texts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


FOREIGN = {
    "empty": b"",
    "text": b"epoch,loss\n1,0.5\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "an empty zip": zipped(),
    "a zip of texts": zipped(header="{}", theta="1 2 3"),
    "a zip of broken arrays": zipped(**{"header.npy": "x", "theta.npy": "\x93NUMPY"}),
    "a pickle": pickle.dumps({"theta": [1.0]}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_refused(name, tmp_path):
    """Whatever lies there, the answer is a sentence, not NumPy's or zip's inner trouble."""
    (tmp_path / "file").write_bytes(FOREIGN[name])
    net = build()
    before = everything(net)

    with pytest.raises(ValueError, match="no whole nnlib checkpoint: it is damaged, or from"):
        net.load(tmp_path / "file")

    assert everything(net) == before


class Payload:
    """What a stranger's pickle may do: run anything."""

    def __init__(self, target):
        """Take the folder that unpickling would make."""
        self.target = str(target)

    def __reduce__(self):
        """Say what unpickling calls."""
        return os.mkdir, (self.target,)


@pytest.mark.parametrize("place", ["header", "theta", "buffers", "slot_m", "alone", "bare"])
def test_a_strangers_file_runs_nothing(place, saved, tmp_path):
    """A checkpoint from the net is data; whoever loads it must not have run a program."""
    path, net, adam = saved
    bomb = np.array([Payload(tmp_path / "ran")], dtype=object)
    stranger = tmp_path / "stranger.npz"
    if place == "bare":
        stranger.write_bytes(pickle.dumps(bomb))
    elif place == "alone":
        with open(stranger, "wb") as file:
            np.save(file, bomb, allow_pickle=True)
    else:
        with np.load(path) as file:
            np.savez(stranger, allow_pickle=True, **dict(file) | {place: bomb})

    with pytest.raises(ValueError, match="no whole nnlib checkpoint"):
        net.load(stranger, adam)

    assert not (tmp_path / "ran").exists()
    assert b"mkdir" in stranger.read_bytes()


# --- the place -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["net.npz", "net", "net.txt", ".net", "mein Netz – größer.npz"])
@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_the_file_has_the_name_that_was_given(name, as_path, tmp_path):
    """np.savez adds .npz to a name of its own accord; then load finds nothing."""
    net = build()

    net.save(as_path(tmp_path / name))

    assert os.listdir(tmp_path) == [name]
    assert everything(build(seed=5).load(as_path(tmp_path / name))) == everything(net)


@pytest.mark.parametrize("path", ["net.npz", "./net.npz", "runs/net.npz", "runs/../net.npz"])
def test_a_relative_path_is_one_from_the_current_folder(path, tmp_path, monkeypatch):
    """A name without a folder is what everybody types first."""
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    net = build()

    net.save(path)

    assert (tmp_path / path).is_file()
    assert everything(build(seed=5).load(path)) == everything(net)


posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other rights, and no umask")


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_rights_that_open_gives(mask, tmp_path):
    """A temporary file is private: moved into place, no colleague could read it."""
    old = os.umask(mask)
    try:
        build().save(tmp_path / "net.npz")
        (tmp_path / "plain").write_bytes(b"")
    finally:
        os.umask(old)

    rights = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("net.npz", "plain")]
    assert rights == 2 * [0o666 & ~mask]


@posix
@pytest.mark.parametrize("rights", [0o600, 0o640, 0o664])
def test_an_old_file_keeps_its_rights(rights, saved):
    """Whoever has hidden or shared a file has meant its next version too."""
    path, net, _ = saved
    path.chmod(rights)

    net.save(path)

    assert stat.S_IMODE(path.stat().st_mode) == rights


@posix
def test_a_link_stays_a_link(saved, tmp_path):
    """best.npz -> runs/17.npz: the file behind it is written, as open() would."""
    path, net, _ = saved
    (tmp_path / "best.npz").symlink_to(path)
    net.theta += 1

    net.save(tmp_path / "best.npz")

    assert (tmp_path / "best.npz").is_symlink()
    np.testing.assert_array_equal(build().load(path).theta, net.theta)


@posix
def test_ctrl_c_while_saving_in_a_callback_leaves_the_old_file(saved, data, monkeypatch, ctrl_c):
    """The likeliest moment of all: a checkpoint after every epoch, and an impatient hand."""
    path, net, _ = saved
    old = path.read_bytes()

    def signal_in_the_middle(file, **arrays):
        file.write(b"PK")
        ctrl_c()

    with monkeypatch.context() as patched:
        patched.setattr("numpy.savez", signal_in_the_middle)
        history = nn.fit(net, *data, nn.SGD(0.1), callbacks=[lambda net, history: net.save(path)])

    assert history.stopped == "interrupted in epoch 1, after 1 steps"
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == [path.name]
