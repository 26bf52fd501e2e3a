"""Modules: records that never change, beside plain dicts of parameters and state."""

import copy
import pickle

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors, nn, random
from rustorch_fn import numpy as rnp

KEY = random.key(0)


class Net(nn.Module):
    """Fields in the style of a dataclass."""

    conv: nn.Conv2d
    fc: nn.Linear
    scale: float = 1.0

    def forward(self, p, x):
        return self.scale * self.fc(p.fc, self.conv(p.conv, x).reshape(len(x), -1))


class Assigned(nn.Module):
    """Fields in the style of PyTorch, with a list and a dict of modules."""

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.rows = [nn.Linear(width, width) for _ in range(2)]
        self.ends = {"mean": nn.Linear(width, 1), "spread": nn.Linear(width, 1)}

    def forward(self, p, x):
        for layer, q in zip(self.rows, p.rows, strict=True):
            x = rnp.tanh(layer(q, x))
        return [end(p.ends[name], x) for name, end in self.ends.children().items()]


class Given(nn.Module):
    """Modules that stand in the class."""

    inner = nn.Linear(3, 3)
    twice: nn.Module = nn.Linear(3, 3, bias=False)

    def forward(self, p, x):
        return self.twice(p.twice, self.twice(p.twice, self.inner(p.inner, x)))


class Normed(nn.Module):
    """State and randomness, threaded by hand."""

    fc: nn.Linear
    bn: nn.BatchNorm2d
    drop: nn.Dropout

    def forward(self, p, s, x, *, train, key):
        x, s_bn = self.bn(p.bn, s.bn, x, train=train)
        x = self.fc(p.fc, x.reshape(len(x), -1))
        x = self.drop(p.drop, x, train=train, key=key)
        return x, s | {"bn": s_bn}


class Scale(nn.Module):
    """Parameters of its own."""

    size: int

    def params(self):
        return {"weight": nn.Param((self.size,), nn.init.ones)}

    def forward(self, p, x):
        return x * p.weight


def net():
    return Net(nn.Conv2d(1, 2, 3), nn.Linear(8, 5))


def shapes(tree):
    return {name: tuple(x.shape) for name, x in nn.flatten_names(tree).items()}


def equal(a, b):
    assert rt.tree.structure(a) == rt.tree.structure(b)
    for x, y in zip(rt.tree.leaves(a), rt.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


# Records


def test_names_are_those_of_pytorch():
    params, state = Normed(nn.Linear(8, 2), nn.BatchNorm2d(2), nn.Dropout()).init(KEY)
    assert shapes(params) == {"fc.weight": (2, 8), "fc.bias": (2,), "bn.weight": (2,), "bn.bias": (2,)}
    assert shapes(state) == {"bn.running_mean": (2,), "bn.running_var": (2,), "bn.num_batches_tracked": ()}
    params, _ = Assigned(3).init(KEY)
    ends = {f"ends.{end}.{name}" for end in ("mean", "spread") for name in ("weight", "bias")}
    assert set(shapes(params)) == {f"rows.{i}.{name}" for i in (0, 1) for name in ("weight", "bias")} | ends
    assert set(shapes(Given().init(KEY)[0])) == {"inner.weight", "inner.bias", "twice.weight"}
    assert shapes(Scale(4).init(KEY)[0]) == {"weight": (4,)}


def test_equal_records_are_equal_and_hash_alike():
    assert net() == net()
    assert hash(net()) == hash(net())
    assert Assigned(3) == Assigned(3)
    assert Assigned(3) != Assigned(4)
    assert nn.Linear(2, 3) != nn.Linear(2, 3, bias=False)
    assert pickle.loads(pickle.dumps(net())) == net()
    assert copy.deepcopy(net()) == net()
    assert {net(): 1}[net()] == 1


def test_repr_reads_like_the_code():
    assert repr(nn.Linear(3, 2)) == "Linear(3, 2)"
    assert repr(nn.Conv2d(1, 2, (3, 5), stride=2)) == "Conv2d(1, 2, (3, 5), stride=2)"
    assert repr(net()) == "Net(\n  (conv): Conv2d(1, 2, 3)\n  (fc): Linear(8, 5)\n)"
    assert repr(nn.Sequential(nn.ReLU(), net())).endswith("\n  (1): Net(\n    (conv): Conv2d(1, 2, 3)\n    "
                                                          "(fc): Linear(8, 5)\n  )\n)")  # fmt: skip
    assert repr(Assigned(3)).startswith("Assigned(width=3\n  (rows): ModuleList(")


def test_num_params():
    assert net().num_params == 2 * 9 + 2 + 40 + 5
    assert nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)).num_params == 6


def test_modules_do_not_change():
    model = net()
    with pytest.raises(errors.ImmutableModule, match=r"Net\.fc"):
        model.fc = nn.Linear(1, 1)
    with pytest.raises(errors.ImmutableModule):
        del model.fc
    with pytest.raises(errors.BadType, match="in_features is of type"):
        nn.Linear(np.ones(3), 2)
    with pytest.raises(errors.BadArgument, match="a field's name"):
        nn.ModuleDict({"params": nn.ReLU()})


def test_a_module_is_a_static_pytree():
    model = nn.Linear(3, 2)
    assert rt.tree.leaves(model) == []
    params, _ = model.init(KEY)
    x = rnp.ones((4, 3))
    np.testing.assert_allclose(rt.jit(lambda m, p, x: m(p, x))(model, params, x), model(params, x), rtol=1e-6)


# Parameters


def test_init_depends_on_key_and_path_alone():
    first, _ = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)).init(KEY)
    again, _ = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)).init(KEY)
    equal(first, {name: again[name] for name in "01"})
    assert not np.array_equal(first["0"]["weight"], first["1"]["weight"])
    other, _ = nn.Sequential(nn.Linear(3, 3)).init(random.key(1))
    assert not np.array_equal(first["0"]["weight"], other["0"]["weight"])


def test_sizes_come_from_data():
    lazy = nn.Sequential(nn.Conv2d(None, 2, 3), nn.BatchNorm2d(None), nn.Flatten(), nn.Linear(None, 5), nn.Dropout())
    sized = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 5), nn.Dropout())
    x = rnp.ones((3, 1, 4, 4))
    equal(lazy.init(KEY, x), sized.init(KEY))
    params, state = lazy.init(KEY, x)
    equal(lazy.apply(params, state, x), sized.apply(params, state, x))
    with pytest.raises(errors.BadArgument, match=r"the shape of 0\.weight"):
        lazy.init(KEY)
    with pytest.raises(errors.BadArgument, match="num_params"):
        lazy.num_params  # noqa: B018


def test_load_state_dict():
    model = net()
    params, _ = model.init(KEY)
    flat = nn.state_dict(params)
    equal(model.load_state_dict(flat)[0], params)
    with pytest.raises(errors.MissingParam, match=r"missing fc\.bias · not known fc\.b"):
        model.load_state_dict({**{n: x for n, x in flat.items() if n != "fc.bias"}, "fc.b": flat["fc.bias"]})
    with pytest.raises(errors.ShapeError, match=r"fc\.weight of Net"):
        model.load_state_dict({**flat, "fc.weight": np.zeros((8, 5))})


def test_views_are_for_reading():
    seen = []

    class Look(nn.Module):
        """Keeps what it sees."""

        fc: nn.Module

        def forward(self, p, x):
            seen.append(p)
            return x

    model = Look(nn.Sequential(nn.Linear(1, 2)))
    params, _ = model.init(KEY)
    model(params, rnp.ones(1))
    (p,) = seen
    assert p.fc[0].weight is p["fc"]["0"]["weight"]
    assert len(p.fc) == 1
    assert "fc" in p
    assert "conv" not in p
    assert repr(p) == "params: fc"
    with pytest.raises(errors.ImmutableModule, match=r"params\.fc ="):
        p.fc = 1
    with pytest.raises(errors.ImmutableModule):
        p["fc"] = 1
    with pytest.raises(errors.MissingParam, match=r"no params\.fc\.0\.wieght.*Did you mean 'weight'"):
        p.fc[0].wieght  # noqa: B018
    assert getattr(p.fc[0], "scale", None) is None


MISTAKES = {
    "missing": (lambda m, p, x: m({"conv": p["conv"]}, x), errors.MissingParam, r"params\.fc\.weight is missing"),
    "shape": (
        lambda m, p, x: m({**p, "fc": {**p["fc"], "weight": rnp.ones((5, 9))}}, x),
        errors.ShapeError,
        r"params\.fc\.weight of Linear\(8, 5\): \(5, 9\) where \(5, 8\)",
    ),
    "stacked": (
        lambda m, p, x: m({**p, "fc": {**p["fc"], "weight": rnp.ones((2, 5, 8))}}, x),
        errors.ShapeError,
        "Under vmap",
    ),
    "input": (lambda m, p, x: m(p, rnp.ones((2, 1, 5, 5))), errors.ShapeError, r"Linear\(8, 5\) at params\.fc"),
    "channels": (lambda m, p, x: m(p, rnp.ones((2, 3, 4, 4))), errors.ShapeError, "x has to have 1 channels"),
    "axes": (lambda m, p, x: m(p, rnp.ones((4, 4))), errors.ShapeError, "Images are"),
    "pair": (lambda m, p, x: m((p, {}), x), errors.BadType, "params is of type tuple"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name):
    call, kind, words = MISTAKES[name]
    model = net()
    with pytest.raises(kind, match=words):
        call(model, model.init(KEY)[0], rnp.ones((2, 1, 4, 4)))


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="def forward"):
        nn.ModuleList(nn.ReLU())({}, rnp.ones(1))


# State and randomness


def normed():
    return Normed(nn.Linear(8, 2), nn.BatchNorm2d(2), nn.Dropout(0.5))


def test_state_is_returned_never_stored():
    model, x = normed(), random.normal(KEY, (3, 2, 2, 2))
    params, state = model.init(KEY)
    y, after = model.apply(params, state, x, train=True, key=KEY)
    assert int(state["bn"]["num_batches_tracked"]) == 0
    assert int(after["bn"]["num_batches_tracked"]) == 1
    again, _ = model.apply(params, state, x, train=True, key=KEY)
    equal(y, again)
    still, same = model.apply(params, after, x)
    equal(same, after)
    assert np.all(np.isfinite(still))


def test_state_has_to_come_in_and_out():
    model, x = normed(), rnp.ones((3, 2, 2, 2))
    params, state = model.init(KEY)
    with pytest.raises(errors.MissingParam, match="called without it"):
        model(params, x)

    class Forgetful(Normed):
        """Returns no state."""

        def forward(self, p, s, x, *, train, key):
            return super().forward(p, s, x, train=train, key=key)[0], {}

    forgetful = Forgetful(model.fc, model.bn, model.drop)
    with pytest.raises(errors.TreeMismatch, match="bn went in · nothing came out"):
        forgetful.apply(params, state, x)


def test_dropout():
    model = nn.Sequential(nn.Dropout(0.25), nn.Sequential(nn.Dropout(0.25)))
    x = rnp.ones((100, 100))
    y, state = model.apply({}, {}, x, train=True, key=KEY)
    assert state == {}
    values, counts = np.unique(np.asarray(y), return_counts=True)
    np.testing.assert_allclose(values, [0, 1 / 0.75**2], rtol=1e-6)
    assert abs(counts[1] / 1e4 - 0.75**2) < 0.02  # two masks: one alone would leave 0.75
    equal(model({}, x), x)
    equal(nn.Dropout(1.0).apply({}, {}, x, train=True, key=KEY)[0], rnp.zeros((100, 100)))
    with pytest.raises(errors.BadArgument, match=r"Dropout\(0.25\) at params\.0: key|at params\.0: key"):
        model.apply({}, {}, x, train=True)
    with pytest.raises(errors.BadArgument, match="p is not right"):
        nn.Dropout(1.5)


def test_training_reaches_every_layer():
    class Deaf(nn.Module):
        """Takes no train, though its dropout needs it."""

        body: nn.Module

        def forward(self, p, x):
            return self.body(p.body, x)

    x = rnp.ones((2, 2))
    quiet = Deaf(nn.Sequential(nn.ReLU(), nn.Identity()))
    equal(quiet.apply({}, {}, x, train=True)[0], x)
    loud = Deaf(nn.Sequential(nn.ReLU(), nn.Dropout()))
    equal(loud({}, x), x)
    with pytest.raises(errors.BadArgument, match=r"Deaf\.forward: train=True .* body\.1 below it"):
        loud.apply({}, {}, x, train=True, key=KEY)


# Transforms


def test_an_ensemble_is_a_vmap():
    model = net()
    params, _ = rt.vmap(model.init)(random.split(KEY, 3))
    x = random.normal(KEY, (2, 1, 4, 4))
    together = rt.vmap(model, in_axes=(0, None))(params, x)
    for i in range(3):
        alone = model(rt.tree.map(lambda p, i=i: p[i], params), x)
        np.testing.assert_allclose(together[i], alone, rtol=1e-5, atol=1e-6)


def test_gradients_of_each_example():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(0), nn.Linear(2, 3))
    params, _ = model.init(KEY)
    x, y = random.normal(KEY, (4, 1, 4, 4)), rnp.array([0, 1, 2, 1])

    def loss(params, x, y):
        return nn.cross_entropy(model(params, x), y)

    together = rt.vmap(rt.grad(loss), in_axes=(None, 0, 0))(params, x, y)
    for i in range(4):
        alone = rt.grad(loss)(params, x[i], y[i])
        rt.tree.map(lambda a, b, i=i: np.testing.assert_allclose(a[i], b, rtol=1e-5, atol=1e-6), together, alone)


def test_views_pass_through_scan_and_checkpoint():
    block = nn.Sequential(nn.Linear(3, 3), nn.Tanh())

    class Deep(nn.Module):
        """Four blocks whose parameters are stacked."""

        block: nn.Module

        def init(self, key, *inputs):
            params, state = rt.vmap(self.block.init)(random.split(key, 4))
            return {"block": params}, state

        def forward(self, p, x):
            body = rt.checkpoint(lambda x, q: (self.block(q, x), None))
            return rt.lax.scan(body, x, dict(p.block | {}))[0]

    model = Deep(block)
    params, _ = model.init(KEY)
    x = random.normal(KEY, (2, 3))
    y = x
    for i in range(4):
        y = block(rt.tree.map(lambda p, i=i: p[i], params["block"]), y)
    np.testing.assert_allclose(model(params, x), y, rtol=1e-5, atol=1e-6)
    grads = rt.grad(lambda params: (model(params, x) ** 2).sum())(params)
    assert shapes(grads) == {"block.0.weight": (4, 3, 3), "block.0.bias": (4, 3)}


def test_a_view_is_a_pytree():
    model = nn.Sequential(nn.Linear(2, 2))
    view = nn.View(model.init(KEY)[0], model, "params")
    doubled = rt.tree.map(lambda x: 2 * x, view)
    np.testing.assert_allclose(doubled[0].weight, 2 * view[0].weight)


# Single layers


BAD_LAYERS = {
    "groups": (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups is not right"),
    "same with stride": (lambda: nn.Conv2d(1, 1, 3, stride=2, padding="same"), "A stride of 1"),
    "padding": (lambda: nn.Conv2d(1, 1, 3, padding="full"), "'same' or 'valid'"),
    "padding mode": (lambda: nn.Conv2d(1, 1, 3, padding_mode="reflect"), "rt.numpy.pad"),
    "pool": (lambda: nn.MaxPool2d(2, padding=2), "half of kernel_size"),
    "gelu": (lambda: nn.GELU("erf"), "approximate is not right"),
    "embedding": (lambda: nn.Embedding(3, 2, padding_idx=3), "padding_idx is not right"),
    "sequential": (lambda: nn.Sequential(nn.ReLU(), abs), "layer 1"),
    "flatten": (lambda: nn.Flatten()({}, rnp.ones(3)), r"Flatten\(0\)"),
    "layer norm": (lambda: nn.LayerNorm(3)({"weight": rnp.ones(3), "bias": rnp.ones(3)}, rnp.ones(4)), "last sizes"),
    "ids": (lambda: nn.Embedding(3, 2)({"weight": rnp.ones((3, 2))}, rnp.ones(4)), "Integers would work"),
    "target": (lambda: nn.cross_entropy(rnp.ones((2, 3)), rnp.ones(2)), r"Integers of shape \(2,\)"),
    "smoothing": (lambda: nn.cross_entropy(rnp.ones((2, 3)), rnp.array([0, 1]), label_smoothing=2.0), "from 0 to 1"),
    "reduction": (lambda: nn.mse_loss(rnp.ones(2), rnp.ones(2), "max"), "reduction is not right"),
    "squares": (lambda: nn.mse_loss(rnp.ones(2), rnp.ones((2, 1))), "the shapes differ"),
}


@pytest.mark.parametrize("name", BAD_LAYERS)
def test_bad_layer(name):
    call, words = BAD_LAYERS[name]
    with pytest.raises(errors.RustorchError, match=words):
        call()


def test_low_precision_norms_accumulate_wide():
    x = rnp.asarray(np.random.default_rng(0).normal(size=(8, 64)) + 30, dtype="bfloat16")
    y = nn.LayerNorm(64, elementwise_affine=False)({}, x)
    assert str(y.dtype) == "bfloat16"
    np.testing.assert_allclose(np.asarray(y, np.float64).std(-1), 1, rtol=2e-2)
