"""Bad calls: each is refused in one sentence that helps, and nothing at all has been changed."""

import itertools
import json
import re

import numpy as np
import pytest

import nnlib as nn

NAN, INF = float("nan"), float("inf")
JARGON = "Traceback|ufunc|operand|NoneType|no attribute|not iterable|positional|subscript|broadcast"


class World:
    """A few networks in the middle of their training, their data, and a folder with a file."""

    def __init__(self, folder):
        """Train each a little, so that no vector is zero and no optimizer empty."""
        rng = np.random.default_rng(0)
        self.folder, self.made, self.rng = (
            folder / "saved",
            folder / "made",
            np.random.default_rng(3),
        )
        self.folder.mkdir()
        self.made.mkdir()
        self.X, self.y = rng.normal(size=(6, 4)), np.array([0, 1, 2, 0, 1, 2])
        self.real = rng.normal(size=(6, 1))
        self.bit = (self.real > 0) * 1.0
        self.net, self.adam = classifier(), nn.Adam()
        self.binary = nn.Network([nn.Dense(4, 1)], nn.LogLoss())
        self.reg = nn.Network([nn.Dense(4, 3), nn.Tanh(), nn.Dense(3, 1)], nn.MSE())
        self.f32 = nn.Network([nn.Dense(4, 1)], nn.MSE(), dtype=np.float32)
        self.sgd = nn.SGD(0.1)
        for net, y in ((self.binary, self.bit), (self.reg, self.real), (self.f32, self.real)):
            self.sgd.step(net.theta, net.value_and_grad(self.X, y)[1])
        for _ in range(3):
            self.adam.step(self.net.theta, self.net.value_and_grad(self.X, self.y)[1])
        self.path, self.bare = self.folder / "net.npz", self.folder / "bare.npz"
        self.net.save(self.path, self.adam, self.rng)
        self.net.save(self.bare)

    def X_with(self, value):
        """Return X with one entry replaced."""
        X = self.X.copy()
        X[2, 1] = value
        return X

    def forward_in_vain(self):
        """Try a forward that is refused half-way, in batch norm."""
        with pytest.raises(ValueError, match="at least 2"):
            self.net.forward(self.X[:1])

    def fit(self, optimizer=None, **settings):
        """Fit the regression network, with the settings given."""
        nn.fit(self.reg, self.X, self.real, optimizer or nn.SGD(0.1), **settings)

    def load(self, path, **also):
        """Load a file into the classifier."""
        self.net.load(path, **also)

    def file(self, content):
        """Write a file that is no checkpoint."""
        path = self.made / "file"
        path.write_bytes(content)
        return path

    def npy(self):
        """Write an array, not a checkpoint."""
        np.save(self.made / "array.npy", np.ones(3))
        return self.made / "array.npy"

    def npz(self, **arrays):
        """Write an archive of arrays with these names."""
        np.savez(self.made / "arrays.npz", **arrays)
        return self.made / "arrays.npz"

    def edited(self, edit):
        """Write the saved checkpoint again, after edit(header, arrays)."""
        with np.load(self.path) as file:
            arrays = dict(file)
        header = json.loads(str(arrays["header"]))
        edit(header, arrays)
        return self.npz(**arrays | {"header": np.array(json.dumps(header))})

    def everything(self):
        """Return all that a refused call must leave as it was."""
        nets = [self.net, self.binary, self.reg, self.f32]
        vectors = [v.tobytes() for n in nets for v in (n.theta, n.grad, n.buffers)]
        modes = [(n.training, [leaf.training for _, leaf in n._named_leaves()]) for n in nets]
        states = [str(rng.bit_generator.state) for rng in (*[n.rng for n in nets], self.rng)]
        slots = {name: slot.tobytes() for name, slot in self.adam.state.items()}
        data = [a.tobytes() for a in (self.X, self.y, self.real, self.bit)]
        files = {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}
        return vectors, modes, states, self.adam.t, slots, self.sgd.t, data, files


def classifier(dtype=np.float64, loss=None, p=0.3):
    """Return a network of which a forward in training mode moves statistics and generator."""
    layers = [nn.Dense(4, 5), nn.Dropout(p), nn.BatchNorm(5), nn.ReLU(), nn.Dense(5, 3)]
    return nn.Network(layers, loss or nn.CrossEntropy(), dtype=dtype)


def build(*layers, **settings):
    """Return a network of these layers."""
    return nn.Network(list(layers), **{"loss": nn.MSE()} | settings)


def filled(value):
    """Return an initialiser that fills W with one value."""
    return lambda rng, n_in, n_out: np.full((n_in, n_out), value)


# what is wrong: (the words that its sentence must hold, the call)
BAD_CALLS = {
    # X
    "x a vector": ("(m, 4) | (4,) | one row", lambda w: w.net.value_and_grad(w.X[0], w.y)),
    "x of three axes": ("(m, 4) | (1, 6, 4) | one row", lambda w: w.net.forward(w.X[None])),
    "x too narrow": ("Dense(4 -> 5) | (m, 4) | (6, 3)", lambda w: w.net.predict(w.X[:, :3])),
    "x empty": ("empty | at least one", lambda w: w.net.value_and_grad(w.X[:0], w.y[:0])),
    "x of strings": ("(m, 4) | <U", lambda w: w.net.forward(w.X.astype(str))),
    "x complex": ("(m, 4) | complex128", lambda w: w.net.forward(w.X * 1j)),
    "x of objects": ("(m, 4) | object", lambda w: w.net.forward(w.X.astype(object))),
    "x of dates": ("(m, 4) | datetime64", lambda w: w.net.forward(w.X.astype("M8[D]"))),
    "x None": ("(m, 4) | object", lambda w: w.net.forward(None)),
    "x ragged": ("different lengths | every row", lambda w: w.net.forward([[1.0, 2.0], [3.0]])),
    "x with NaN": ("NaN | remove or fill", lambda w: w.net.value_and_grad(w.X_with(NAN), w.y)),
    "x with infinity": ("infinity | scaling", lambda w: w.net.forward(w.X_with(INF))),
    "x with both infinities": (
        "infinity | scaling",
        lambda w: w.net.forward([[INF, -INF, 0, 1], [NAN, 1e308, 1e308, 1e308]]),
    ),
    "x beyond float32": ("infinity | scaling", lambda w: w.f32.forward(w.X * 1e300)),
    "batch norm with one": (
        "BatchNorm(5) | batch of 1 | at least 2 | eval()",
        lambda w: w.net.value_and_grad(w.X[:1], w.y[:1]),
    ),
    # y
    "y too short": ("(5,) | 6 examples | each row", lambda w: w.net.value_and_grad(w.X, w.y[:5])),
    "y a column of labels": ("(6, 1) | ravel", lambda w: w.net.value(w.X, w.y.reshape(-1, 1))),
    "y float labels": ("integers | float64 | astype", lambda w: w.net.value(w.X, w.y * 1.0)),
    "y from 1": ("0 … 2 | 1 … 3 | from 0", lambda w: w.net.value_and_grad(w.X, w.y + 1)),
    "y negative label": ("0 … 2 | -1 … 1", lambda w: w.net.evaluate(w.X, w.y - 1)),
    "y names": ("integers | <U | number", lambda w: w.net.value(w.X, w.y.astype(str))),
    "y None": ("object of shape () | give", lambda w: w.net.value_and_grad(w.X, None)),
    "y rows of 3": ("probabilities | sum 1 | divide", lambda w: w.net.value(w.X, np.ones((6, 3)))),
    "y rows below 0": (
        "probabilities | >= 0",
        lambda w: w.net.value_and_grad(w.X, np.tile([2.0, -1.0, 0.0], (6, 1))),
    ),
    "y rows with NaN": ("NaN | fill", lambda w: w.net.value(w.X, np.full((6, 3), NAN))),
    "y (m,) for log loss": (
        "(6, 1) | (6,) | reshape(-1, 1)",
        lambda w: w.binary.value_and_grad(w.X, w.bit.ravel()),
    ),
    "y of -1 and 1": ("[0, 1] | -1 … 1 | 0 and 1", lambda w: w.binary.value(w.X, 2 * w.bit - 1)),
    "y (m,) for MSE": ("(6, 1) | (6,) | reshape", lambda w: w.reg.value(w.X, w.real.ravel())),
    "y with NaN": ("MSE | NaN | fill", lambda w: w.reg.value_and_grad(w.X, w.real * NAN)),
    "y complex": ("complex128", lambda w: w.reg.value_and_grad(w.X, w.real * 1j)),
    "y ragged": ("different lengths", lambda w: w.reg.value(w.X, [[1.0], [1.0, 2.0]])),
    "y beyond float32": ("infinity", lambda w: w.f32.value_and_grad(w.X, w.real * 1e300)),
    "one logit": (
        "1 logit | at least 2 | LogLoss",
        lambda w: build(nn.Dense(4, 1), loss=nn.CrossEntropy()).value(w.X, w.y * 0),
    ),
    "probabilities of a regression": (
        "MSE | regression | use predict",
        lambda w: w.reg.predict_proba(w.X),
    ),
    # backward
    "backward before forward": (
        "before forward | net.forward(X)",
        lambda w: build(nn.Dense(4, 1)).backward(np.ones((6, 1))),
    ),
    "backward after a refused forward": (
        "before forward",
        lambda w: [w.forward_in_vain(), w.net.backward(w.X[:, :3])],
    ),
    "dz too wide": ("(6, 1) | (6, 2)", lambda w: w.reg.backward(np.ones((6, 2)))),
    "dz of other rows": ("(6, 1) | (5, 1)", lambda w: w.reg.backward(np.ones((5, 1)))),
    "dz a vector": ("(6, 1) | (6,)", lambda w: w.reg.backward(np.ones(6))),
    "dz a list": ("array | list", lambda w: w.reg.backward([[1.0]] * 6)),
    "dz of another dtype": ("float32 | float64", lambda w: w.f32.backward(np.ones((6, 1)))),
    # building
    "no layers": ("list of at least one layer | []", lambda w: build()),
    "a layer for a list": ("list", lambda w: nn.Network(nn.Dense(4, 1), nn.MSE())),
    "a function for a layer": ("layer | max", lambda w: build(nn.Dense(4, 1), max)),
    "a class for a layer": ("layer | ReLU", lambda w: build(nn.Dense(4, 1), nn.ReLU)),
    "a layer twice": ("already | new layer", lambda w: build(*[nn.Dense(4, 4)] * 2)),
    "a layer of another network": ("Dense(4 -> 3) | already", lambda w: build(w.reg.layers[0])),
    "widths": (
        "layer 1 | takes 2 | gets 3 | equal",
        lambda w: build(nn.Dense(4, 3), nn.Dense(2, 1)),
    ),
    "a loss's class": ("loss such as MSE()", lambda w: build(nn.Dense(4, 1), loss=nn.MSE)),
    "a loss's name": ("loss such as MSE() | 'mse'", lambda w: build(nn.Dense(4, 1), loss="mse")),
    "float16": ("float32 or float64 | float16", lambda w: build(nn.Dense(4, 1), dtype=np.float16)),
    "no dtype": ("float32 or float64 | fast", lambda w: build(nn.Dense(4, 1), dtype="fast")),
    "seed a word": ("seed | whole number | 'a'", lambda w: build(nn.Dense(4, 1), seed="a")),
    "seed a fraction": ("seed | 1.5", lambda w: build(nn.Dense(4, 1), seed=1.5)),
    "seed below 0": ("seed | at least 0 | -1", lambda w: build(nn.Dense(4, 1), seed=-1)),
    "seed True": ("seed | True", lambda w: build(nn.Dense(4, 1), seed=True)),
    "penalty a number": ("L1(…) or L2(…) | 0.1", lambda w: build(nn.Dense(4, 1), penalty=0.1)),
    "width 0": ("n_in | at least 1 | 0", lambda w: nn.Dense(0, 3)),
    "width a float": ("n_out | whole number | 3.0", lambda w: nn.Dense(2, 3.0)),
    "initialiser a name": ("init 'he' | function", lambda w: nn.Dense(4, 2, init="he")),
    "initialiser transposed": (
        "(2, 4) | (4, 2) | n_in",
        lambda w: build(nn.Dense(4, 2, init=lambda rng, n_in, n_out: np.ones((n_out, n_in)))),
    ),
    "initialiser with NaN": ("finite", lambda w: build(nn.Dense(4, 2, init=filled(NAN)))),
    "initialiser complex": (
        "complex128 | finite",
        lambda w: build(nn.Dense(4, 2, init=filled(1j))),
    ),
    "normal(-1)": ("scale | at least 0 | -1", lambda w: nn.normal(-1)),
    "dropout of all": ("p | below 1 | 1.0", lambda w: nn.Dropout(1.0)),
    "dropout a word": ("p | below 1 | '0.5'", lambda w: nn.Dropout("0.5")),
    "batch norm momentum 0": ("momentum | above 0 | 0", lambda w: nn.BatchNorm(3, momentum=0)),
    "batch norm momentum 9": ("momentum <= 1 | 9 | 0.1", lambda w: nn.BatchNorm(3, momentum=9)),
    "layer norm eps": ("eps | above 0 | -1", lambda w: nn.LayerNorm(3, eps=-1)),
    "leaky slope": ("slope | below 1 | 2", lambda w: nn.LeakyReLU(2)),
    "residual of nothing": ("at least one layer | Residual(", lambda w: nn.Residual()),
    "residual of a list": ("at least one layer", lambda w: nn.Residual([nn.Dense(3, 3)])),
    "residual to another width": ("3 features to 4 | same", lambda w: nn.Residual(nn.Dense(3, 4))),
    "Huber delta": ("delta | above 0 | 0", lambda w: nn.Huber(0)),
    "pos_weight": ("pos_weight | above 0 | -1", lambda w: nn.LogLoss(pos_weight=-1)),
    "label smoothing": ("label_smoothing | below 1 | 1", lambda w: nn.CrossEntropy(1)),
    "class weight 0": ("class weight | above 0", lambda w: nn.CrossEntropy(0, [1, 0, 1])),
    "class weights a table": ("k numbers | [[1]]", lambda w: nn.CrossEntropy(0, [[1]])),
    "class weights too few": (
        "2 class_weights | 3 classes",
        lambda w: classifier(loss=nn.CrossEntropy(0, [1, 1])).value(w.X, w.y),
    ),
    "penalty below 0": ("L2 lam | above 0 | -1", lambda w: nn.L2(-1)),
    # parameters
    "W of another shape": (
        "W | (4, 3) | (3, 4) | exactly",
        lambda w: setattr(w.reg.layers[0], "W", np.ones((3, 4))),
    ),
    "b a number": ("b | (3,) | ()", lambda w: setattr(w.reg.layers[0], "b", 0.0)),
    "W complex": (
        "W | complex128 | numbers",
        lambda w: setattr(w.reg.layers[0], "W", np.full((4, 3), 1j)),
    ),
    "W strings": ("W | <U", lambda w: setattr(w.reg.layers[0], "W", np.full((4, 3), "a"))),
    "W before a network": ("W | Network first", lambda w: nn.Dense(2, 2).W, AttributeError),
    "forward before a network": (
        "Dense(2 -> 2) | W | Network first",
        lambda w: nn.Dense(2, 2).forward(np.ones((3, 2))),
        AttributeError,
    ),
    # optimizers and clipping
    "lr 0": ("SGD lr | above 0 | 0", lambda w: nn.SGD(0)),
    "momentum below 0": ("momentum | at least 0 | -1", lambda w: nn.SGD(0.1, momentum=-1)),
    "nesterov alone": ("nesterov | momentum 0 | 0.9", lambda w: nn.SGD(0.1, nesterov=True)),
    "theta a matrix": ("theta | flat | (2, 2)", lambda w: w.sgd.step(*np.ones((2, 2, 2)))),
    "the optimizer of another": (
        "Adam | another network | new optimizer",
        lambda w: w.adam.step(w.reg.theta, w.reg.grad),
    ),
    "clip limit": ("limit | above 0 | 0", lambda w: nn.clip_by_norm(w.net.grad, 0)),
    "clip NaN": ("clip_by_value | nan | lower", lambda w: nn.clip_by_value(np.array([NAN]), 1.0)),
    # fit
    "fit with no network": ("Network | 'net'", lambda w: nn.fit("net", w.X, w.y, w.adam)),
    "fit x and y": ("6 examples | y 4", lambda w: nn.fit(w.reg, w.X, w.real[:4], w.sgd)),
    "fit y a number": ("6 examples | ()", lambda w: nn.fit(w.reg, w.X, 1.0, w.sgd)),
    "fit x None": ("(m, 4)", lambda w: nn.fit(w.reg, None, w.real, w.sgd)),
    "fit optimizer a name": ("optimizer | SGD(lr=0.1) | 'sgd'", lambda w: w.fit("sgd")),
    "fit optimizer of another": ("another network | new", lambda w: w.fit(w.adam)),
    "fit decay mask of another": (
        "decay_mask | (53,) | (19,) | net.weight_mask",
        lambda w: w.fit(nn.SGD(0.1, weight_decay=0.1, decay_mask=w.net.weight_mask)),
    ),
    "fit schedule below 0": ("lr at step 0 | -0.1", lambda w: w.fit(nn.SGD(lambda t: -0.1))),
    "fit schedule of NaN": ("lr at step 0 | nan", lambda w: w.fit(nn.SGD(lambda t: NAN))),
    "fit batch size 0": ("batch_size | at least 1 | 0", lambda w: w.fit(batch_size=0)),
    "fit batch size a fraction": ("batch_size | 2.5", lambda w: w.fit(batch_size=2.5)),
    "fit batch norm's last one": (
        "batch_size 5 | batch of 1 | choose",
        lambda w: nn.fit(w.net, w.X, w.y, w.adam, batch_size=5),
    ),
    "fit epochs 0": ("epochs | at least 1 | 0", lambda w: w.fit(epochs=0)),
    "fit rng a word": ("rng | Generator | 'a'", lambda w: w.fit(rng="a")),
    "fit patience alone": ("patience | validation=(X, y)", lambda w: w.fit(patience=3)),
    "fit metric alone": ("metric | validation=(X, y)", lambda w: w.fit(metric=nn.accuracy)),
    "fit patience 0": (
        "patience | at least 1 | 0",
        lambda w: w.fit(validation=(w.X, w.real), patience=0),
    ),
    "fit metric a name": (
        "metric | 'accuracy' | function",
        lambda w: w.fit(validation=(w.X, w.real), metric="accuracy"),
    ),
    "fit clip a number": ("clip | 1.0 | function", lambda w: w.fit(clip=1.0)),
    "fit callbacks not in a list": ("callbacks | list | [f]", lambda w: w.fit(callbacks=print)),
    "fit callbacks no functions": ("callbacks | 'print'", lambda w: w.fit(callbacks=["print"])),
    "fit validation no pair": ("validation | (X, y) | ndarray", lambda w: w.fit(validation=w.X)),
    "fit validation of three": (
        "validation | (X, y) | tuple",
        lambda w: w.fit(validation=(w.X, w.real, w.real)),
    ),
    "fit validation infinite": (
        "validation: | infinity",
        lambda w: w.fit(validation=(w.X_with(INF), w.real)),
    ),
    "fit validation empty": ("validation: | empty", lambda w: w.fit(validation=(w.X[:0], w.y[:0]))),
    "fit validation too short": (
        "validation: | y 5",
        lambda w: w.fit(validation=(w.X, w.real[:5])),
    ),
    "batches of nothing": ("examples | at least 1 | 0", lambda w: nn.batches(0, 3)),
    "batches with a seed": ("rng 7 | Generator | default_rng", lambda w: nn.batches(5, 3, 7)),
    # functions
    "accuracy of two shapes": ("(6,) | (6, 1) | one shape", lambda w: nn.accuracy(w.y, w.real)),
    "accuracy of nothing": ("(0,) | not empty", lambda w: nn.accuracy([], [])),
    "confusion of more classes": ("0 … 1 | 0 … 2", lambda w: nn.confusion_matrix(w.y, w.y, 2)),
    "confusion of two lengths": ("6 | 3 | each", lambda w: nn.confusion_matrix(w.y, w.y[:3], 3)),
    "confusion of no classes": (
        "classes | 'three'",
        lambda w: nn.confusion_matrix(w.y, w.y, "three"),
    ),
    "one-hot of 2.5 classes": ("classes | 2.5", lambda w: nn.one_hot(w.y, 2.5)),
    "gradient check in float32": (
        "float64 | float32 | dtype=np.float64",
        lambda w: nn.gradient_check(w.f32, w.X, w.real),
    ),
    "gradient check to 0": ("tol | above 0", lambda w: nn.gradient_check(w.reg, w.X, w.real, 0)),
    "gradient check of bad labels": ("0 … 2", lambda w: nn.gradient_check(w.net, w.X, w.y + 1)),
    "directional check's seed": (
        "directional_check rng | 'a'",
        lambda w: nn.directional_check(w.reg, w.X, w.real, "a"),
    ),
    "a difference over 0": ("h | above 0 | 0", lambda w: nn.numerical_gradient(np.sum, [1.0], 0)),
    # files
    "no such file": (
        "no file | no.npz | save",
        lambda w: w.load(w.folder / "no.npz"),
        FileNotFoundError,
    ),
    "no such folder": (
        "no folder | make it",
        lambda w: w.net.save(w.folder / "no" / "net.npz"),
        FileNotFoundError,
    ),
    "load a folder": ("path of a file | saved | file name", lambda w: w.load(w.folder)),
    "save over a folder": ("path of a file | saved", lambda w: w.net.save(w.folder)),
    "path None": ("path | None", lambda w: w.net.save(None)),
    "path an open file's number": ("path | 0", lambda w: w.load(0)),
    "an empty file": ("damaged | copy", lambda w: w.load(w.file(b""))),
    "a text": ("damaged | another program", lambda w: w.load(w.file(b"epoch,loss\n1,0.5\n"))),
    "half a file": ("damaged | copy", lambda w: w.load(w.file(w.path.read_bytes()[:1500]))),
    "an array": ("another program", lambda w: w.load(w.npy())),
    "foreign arrays": ("another program", lambda w: w.load(w.npz(theta=np.ones(3)))),
    "a pickle inside": ("damaged", lambda w: w.load(w.npz(header=np.array([{}], dtype=object)))),
    "a newer version": (
        "newer nnlib | 2 | up to 1 | update",
        lambda w: w.load(w.edited(lambda header, _: header.update(version=2))),
    ),
    "a version that is none": (
        "damaged",
        lambda w: w.load(w.edited(lambda header, _: header.update(version=True))),
    ),
    "a header without network": (
        "damaged",
        lambda w: w.load(w.edited(lambda header, _: header.pop("network"))),
    ),
    "a network that is none": (
        "damaged",
        lambda w: w.load(w.edited(lambda header, _: header.update(network=[]))),
    ),
    "an array that the index has lost": (
        "damaged",
        lambda w: w.load(w.edited(lambda _, arrays: arrays.pop("slot_m"))),
    ),
    "a file without theta": (
        "damaged",
        lambda w: w.load(
            w.edited(lambda header, arrays: (header["arrays"].remove("theta"), arrays.pop("theta")))
        ),
    ),
    "a theta of another dtype": (
        "damaged",
        lambda w: w.load(
            w.edited(lambda _, arrays: arrays.update(theta=arrays["theta"].astype(np.float32)))
        ),
    ),
    "a generator below 0": (
        "damaged",
        lambda w: w.load(
            w.edited(lambda header, _: header["generator"]["state"].update(state=-1)),
            optimizer=nn.Adam(),
        ),
    ),
    "a shuffling that is none": (
        "damaged",
        lambda w: w.load(w.edited(lambda header, _: header.update(shuffling="x")), rng=w.rng),
    ),
    "steps that are no number": (
        "damaged",
        lambda w: w.load(
            w.edited(lambda header, _: header["optimizer"].update(t="x")), optimizer=w.adam
        ),
    ),
    "an optimizer that is none": (
        "damaged",
        lambda w: w.load(w.edited(lambda header, _: header.update(optimizer=[])), optimizer=w.adam),
    ),
    "a slot of another size": (
        "damaged",
        lambda w: w.load(
            w.edited(lambda _, arrays: arrays.update(slot_m=np.ones(3))), optimizer=w.adam
        ),
    ),
    "a slot missing": (
        "['v'] | ['m', 'v'] | same optimizer",
        lambda w: w.load(
            w.edited(
                lambda header, arrays: (header["arrays"].remove("slot_m"), arrays.pop("slot_m"))
            ),
            optimizer=w.adam,
        ),
    ),
    "another network's file": (
        "another network | layer 0 | Dense(4 -> 5) | Dense(4 -> 3) | code that saved",
        lambda w: w.reg.load(w.path),
    ),
    "a file of another dtype": (
        "dtype | float64 | float32",
        lambda w: classifier(np.float32).load(w.path),
    ),
    "a file of another dropout": (
        "layer 1 | Dropout(0.3) | Dropout(0.5)",
        lambda w: classifier(p=0.5).load(w.path),
    ),
    "a file of another loss": (
        "loss | CrossEntropy | MSE",
        lambda w: classifier(loss=nn.MSE()).load(w.path),
    ),
    "another optimizer's file": (
        "Adam | RMSProp | same optimizer",
        lambda w: w.load(w.path, optimizer=nn.RMSProp(0.1)),
    ),
    "a file without optimizer": (
        "without an optimizer | save with optimizer=",
        lambda w: w.load(w.bare, optimizer=nn.Adam()),
    ),
    "a file without generator": (
        "without rng | save with rng=",
        lambda w: w.load(w.bare, rng=w.rng),
    ),
    "another kind of generator": (
        "PCG64 | MT19937 | same kind",
        lambda w: w.load(w.path, rng=np.random.Generator(np.random.MT19937(0))),
    ),
    "save a seed for a generator": (
        "rng | 3 | default_rng",
        lambda w: w.net.save(w.folder / "new.npz", rng=3),
    ),
    "load into an optimizer's class": (
        "optimizer such as Adam()",
        lambda w: w.load(w.path, optimizer=nn.Adam),
    ),
    "save the optimizer of another": (
        "another network | new optimizer",
        lambda w: w.reg.save(w.folder / "new.npz", w.adam),
    ),
}


@pytest.fixture
def world(tmp_path):
    """Return networks in training, data and files."""
    return World(tmp_path)


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_bad_call_is_refused_in_one_sentence_and_changes_nothing(name, world):
    """A bad call that passes, half acts, or speaks in NumPy's tongue costs a learner an evening."""
    words, call, *other = BAD_CALLS[name]
    before = world.everything()

    with pytest.raises((*other, ValueError)[0]) as caught:
        call(world)

    assert world.everything() == before
    sentence = str(caught.value).replace(str(world.folder.parent), "…")
    for word in words.split(" | "):
        assert word in sentence
    assert is_one_sentence(sentence)


def is_one_sentence(text):
    """Say whether the text is one sentence, not too long, and free of Python's inner words."""
    one = not re.search(r"\n|[.!?] [A-Z]|\.$", text)
    return one and 20 < len(text) <= 250 and not re.search(JARGON, text)


def test_the_judge_of_sentences_refuses_what_python_says():
    """A judge that says yes to everything would make the table above worthless."""
    bad = [
        "unsupported operand type(s) for +: 'int' and 'str'",
        "'NoneType' object is not iterable and that is all that there is to say",
        "It failed. Try again with other numbers, please",
        "x is wrong",
        "x is wrong\nwanted another one of them",
        "word " * 60,
    ]

    assert not any(is_one_sentence(text) for text in bad)


def test_the_table_is_long_enough_and_no_two_rows_are_the_same():
    """Forty kinds of mistakes are promised; the same call twice would be counted twice."""
    calls = {(call.__code__.co_code, call.__code__.co_consts) for _, call, *_ in BAD_CALLS.values()}

    assert len(calls) >= 150


def test_the_world_sees_what_a_call_changes(world):
    """A comparison that misses a change would let every call pass."""
    net, seen = world.net, [world.everything()]

    for change in (
        lambda: net.forward(world.X),
        lambda: net.theta.__setitem__(0, 9),
        lambda: net.grad.__setitem__(0, 9),
        lambda: net.eval(),
        lambda: world.rng.random(),
        lambda: world.adam.state["m"].__setitem__(0, 9),
        lambda: (world.folder / "new").write_text("x"),
        lambda: world.X.__setitem__(0, 9),
    ):
        change()
        seen.append(world.everything())

    assert all(one != other for one, other in itertools.pairwise(seen))


def test_an_unopenable_file_is_said_to_be_so(world, monkeypatch):
    """A file of another user is not damaged: training again would be the wrong advice."""

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)

    with pytest.raises(ValueError, match=r"net\.npz can't be opened \(Permission denied\)"):
        world.net.load(world.path)


def test_all_errors_of_one_call_leave_training_able_to_go_on(world):
    """After every bad call of the table, a step gives what it would have given without them."""
    twin = classifier()
    twin.load(world.path)
    for _, call, *_ in BAD_CALLS.values():
        with pytest.raises((ValueError, FileNotFoundError, AttributeError)):
            call(world)

    value, grad = world.net.value_and_grad(world.X, world.y)

    expected, expected_grad = twin.value_and_grad(world.X, world.y)
    assert value == expected
    np.testing.assert_array_equal(grad, expected_grad)


ROWS = [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0]]  # of different lengths

# the words that the sentence must begin with: the call
SUBJECTS = {
    "Dropout p, the probability of dropping a unit, must": lambda w: nn.Dropout(1),
    "LeakyReLU slope must": lambda w: nn.LeakyReLU(2),
    "BatchNorm momentum must": lambda w: nn.BatchNorm(3, momentum=0),
    "CrossEntropy label_smoothing must": lambda w: nn.CrossEntropy(label_smoothing=1),
    "CrossEntropy class_weights got a list": lambda w: nn.CrossEntropy(class_weights=ROWS),
    "CrossEntropy class weight must": lambda w: nn.CrossEntropy(class_weights=[1, -1]),
    "MSE() got a list": lambda w: w.reg.value(w.X, ROWS),
    "MSE() expected y": lambda w: w.reg.value(w.X, w.real[:2]),
    "CrossEntropy() got a list": lambda w: w.net.eval().value(w.X, ROWS),
    "Dense(4 -> 5) got a list": lambda w: w.net.forward(ROWS),
    "Dense(4 -> 1).W got a list": lambda w: setattr(w.binary.layers[0], "W", ROWS),
    "backward came before": lambda w: build(nn.Dense(1, 1)).backward(np.ones((1, 1))),
    "SGD momentum must": lambda w: nn.SGD(0.1, momentum=1),
    "SGD weight_decay must": lambda w: nn.SGD(0.1, weight_decay=-1),
    "SGD(nesterov=True) got": lambda w: nn.SGD(0.1, nesterov=True),
    "AdaGrad eps must": lambda w: nn.AdaGrad(0.1, eps=0),
    "RMSProp rho must": lambda w: nn.RMSProp(0.1, rho=1),
    "RMSProp eps must": lambda w: nn.RMSProp(0.1, eps=0),
    "step_decay lr must": lambda w: nn.step_decay(0, 1),
    "step_decay factor must": lambda w: nn.step_decay(1, 1, factor=0),
    "step_decay every must": lambda w: nn.step_decay(1, 0),
    "cosine lr must": lambda w: nn.cosine(0, 1),
    "cosine steps must": lambda w: nn.cosine(1, 0),
    "cosine final must": lambda w: nn.cosine(1, 1, final=-1),
    "warmup steps must": lambda w: nn.warmup(1, 0),
    "warmup lr must": lambda w: nn.warmup(0, 1),
    "inverse_time lr must": lambda w: nn.inverse_time(0, 1),
    "inverse_time decay must": lambda w: nn.inverse_time(1, 0),
    "clip_by_value limit must": lambda w: nn.clip_by_value(np.ones(2), 0),
    "clip_by_value changes grad": lambda w: nn.clip_by_value(np.ones(2, int), 1),
    "clip_by_norm limit must": lambda w: nn.clip_by_norm(np.ones(2), 0),
    "clip_by_norm changes grad in place, wanted floats, got int64 of shape (2,)": (
        lambda w: nn.clip_by_norm(np.ones(2, np.int64), 1)
    ),
    "the number of examples must": lambda w: nn.batches(0),
    "batch_size must": lambda w: w.fit(batch_size=0),
    "epochs must": lambda w: w.fit(epochs=0),
    "fit rng must": lambda w: w.fit(rng=-1),
    "patience must": lambda w: w.fit(validation=(w.X, w.real), patience=0),
    "fit got metric 3": lambda w: w.fit(metric=3),
    "fit got clip 3": lambda w: w.fit(clip=3),
    "X got a list": lambda w: nn.fit(w.reg, ROWS, w.real, nn.SGD(0.1)),
    "y got a list": lambda w: nn.fit(w.reg, w.X, ROWS, nn.SGD(0.1)),
    "the number of classes k must": lambda w: nn.confusion_matrix(w.y, w.y, 0),
    "standardise expected X_train of shape": lambda w: nn.standardise(w.X[0]),
}


@pytest.mark.parametrize("words", SUBJECTS)
def test_a_sentence_begins_with_what_it_is_about(words, world):
    """Of the six numbers in a call one is wrong: the first words say whose and which."""
    with pytest.raises(ValueError, match=f"^{re.escape(words)}") as caught:
        SUBJECTS[words](world)

    assert is_one_sentence(str(caught.value))


def not_fitting(header, arrays):
    """Cut the statistics, whose size the header doesn't hold."""
    arrays["buffers"] = arrays["buffers"][:-1]


# the words that the sentence must end with: the call
ADVICE = {
    "with NaN, infinity or what is no real number: return finite numbers": (
        lambda w: build(nn.Dense(1, 1, filled(NAN)))
    ),
    "wanted the same number: x + f(x) needs f to keep the shape": (
        lambda w: nn.Residual(nn.Dense(3, 2))
    ),
    "remove or fill those examples, or check the scaling": (lambda w: w.net.forward(w.X_with(NAN))),
    "and its parameters with it: make a new layer for each place": (lambda w: build(*w.reg.layers)),
    "wanted an array: give every row the same length": lambda w: w.net.forward(ROWS),
    "or a np.random.Generator, got -1: pass 0, or any other number to draw anew": (
        lambda w: build(nn.Dense(1, 1), seed=-1)
    ),
    "wanted bool of shape (19,): use net.weight_mask": (
        lambda w: w.fit(nn.SGD(0.1, weight_decay=1, decay_mask=np.ones(19)))
    ),
    "no validation data: give validation=(X, y)": lambda w: w.fit(patience=3),
    "gives every epoch another order: make one with np.random.default_rng(0)": (
        lambda w: nn.batches(6, rng=3)
    ),
    "wanted a list of functions (net, history): write callbacks=[f]": (
        lambda w: w.fit(callbacks=print)
    ),
    "can't train on one: choose another batch_size, or give more examples": (
        lambda w: nn.fit(w.net, w.X, w.y, nn.SGD(0.1), 5)
    ),
    "got 5: make one with np.random.default_rng(0), and give it to fit too": (
        lambda w: w.load(w.path, rng=5)
    ),
    "one example has no variance; use larger batches, or net.eval()": (
        lambda w: w.net.forward(w.X[:1])
    ),
    "like the logits, got float64 of shape (6,): use y.reshape(-1, 1)": (
        lambda w: w.reg.value(w.X, w.real[:, 0])
    ),
    "like the logits, got float64 of shape (2, 1): give y the logits' shape": (
        lambda w: w.reg.value(w.X, w.real[:2])
    ),
    "got 0 … 2: code the two classes as 0 and 1": lambda w: w.binary.value(w.X, w.bit * 2),
    "softmax of one number is always 1; use LogLoss for two classes with one logit": (
        lambda w: build(nn.Dense(4, 1), loss=nn.CrossEntropy()).value(w.X, w.y)
    ),
    "with sum 1: divide each row by its sum, or give class numbers (m,)": (
        lambda w: w.net.eval().value(w.X, np.ones((6, 3)))
    ),
    "of shape (6,): number the classes from 0 and use y.ravel().astype(int)": (
        lambda w: nn.one_hot(w.y * 1.0, 3)
    ),
    "number the classes from 0, or give the last layer one output for each class": (
        lambda w: nn.one_hot(w.y + 1, 3)
    ),
    "lower the learning rate, or look for the layer or loss that overflows": (
        lambda w: nn.clip_by_norm(np.array([NAN]), 1.0)
    ),
    "got a Network: write validation=(X_val, y_val)": lambda w: w.fit(validation=w.net),
    "and y of shape (6, 1): give two arrays of one shape, not empty": (
        lambda w: nn.accuracy(w.y, w.real)
    ),
    "3 predictions for 6 labels: give one prediction for each label": (
        lambda w: nn.confusion_matrix(w.y[:3], w.y, 3)
    ),
    "keep three digits at best; build the same network with dtype=np.float64": (
        lambda w: nn.gradient_check(w.f32, w.X, w.real)
    ),
    "load it without, or save with optimizer=… next time": lambda w: w.load(
        w.bare, optimizer=w.sgd
    ),
    "got MT19937: load into a generator of the same kind": (
        lambda w: w.load(w.path, rng=np.random.Generator(np.random.MT19937()))
    ),
    "arrays.npz is no whole nnlib checkpoint: it is damaged, or from another program; "
    "use a copy, or train again and save": lambda w: w.load(w.edited(not_fitting)),
}


@pytest.mark.parametrize("words", ADVICE)
def test_a_sentence_ends_with_what_to_do(words, world):
    """A learner who is told only what is wrong must guess, or ask, what would be right."""
    with pytest.raises(ValueError, match=f"{re.escape(words)}$") as caught:
        ADVICE[words](world)

    assert is_one_sentence(str(caught.value).replace(str(world.folder.parent), "…"))
