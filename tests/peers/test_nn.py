"""Layers and losses equal PyTorch's: results, gradients, state and names."""

import copy

import numpy as np
import pytest
import torch
from compare import agree, array
from scipy.stats import ks_2samp

import rustorch_fn as rt
from rustorch_fn import nn
from rustorch_fn import numpy as rnp

LAYERS = {
    "linear": (nn.Linear(5, 3), torch.nn.Linear(5, 3), (4, 5)),
    "linear without bias": (nn.Linear(5, 3, bias=False), torch.nn.Linear(5, 3, bias=False), (2, 4, 5)),
    "linear of one row": (nn.Linear(5, 3), torch.nn.Linear(5, 3), (5,)),
    "conv": (nn.Conv2d(3, 4, 3), torch.nn.Conv2d(3, 4, 3), (2, 3, 7, 6)),
    "conv with stride": (
        nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0)),
        torch.nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0)),
        (2, 2, 8, 7),
    ),
    "conv same": (
        nn.Conv2d(2, 3, (4, 3), padding="same", dilation=(1, 2)),
        torch.nn.Conv2d(2, 3, (4, 3), padding="same", dilation=(1, 2)),
        (2, 2, 7, 7),
    ),
    "conv in groups": (
        nn.Conv2d(4, 6, 3, groups=2, bias=False),
        torch.nn.Conv2d(4, 6, 3, groups=2, bias=False),
        (2, 4, 6, 6),
    ),
    "conv of each channel": (nn.Conv2d(3, 6, 3, groups=3), torch.nn.Conv2d(3, 6, 3, groups=3), (2, 3, 5, 5)),
    "conv of one image": (nn.Conv2d(3, 4, 3), torch.nn.Conv2d(3, 4, 3), (3, 5, 5)),
    "max pool": (nn.MaxPool2d(2), torch.nn.MaxPool2d(2), (2, 3, 7, 6)),
    "max pool with overlap": (
        nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        torch.nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        (2, 3, 8, 7),
    ),
    "max pool dilated": (nn.MaxPool2d(2, 1, dilation=2), torch.nn.MaxPool2d(2, 1, dilation=2), (1, 2, 6, 6)),
    "avg pool": (nn.AvgPool2d(2), torch.nn.AvgPool2d(2), (2, 3, 7, 6)),
    "avg pool over the border": (
        nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True),
        torch.nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True),
        (2, 3, 8, 6),
    ),
    "avg pool within the border": (
        nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        torch.nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        (3, 7, 7),
    ),
    "avg pool by another divisor": (
        nn.AvgPool2d(2, divisor_override=3),
        torch.nn.AvgPool2d(2, divisor_override=3),
        (1, 2, 4, 4),
    ),
    "flatten": (nn.Flatten(), torch.nn.Flatten(), (2, 3, 4)),
    "flatten some": (nn.Flatten(0, 1), torch.nn.Flatten(0, 1), (2, 3, 4)),
    "batch norm without its own numbers": (
        nn.BatchNorm2d(3, affine=False, track_running_stats=False),
        torch.nn.BatchNorm2d(3, affine=False, track_running_stats=False),
        (4, 3, 2, 2),
    ),
    "layer norm": (nn.LayerNorm(6), torch.nn.LayerNorm(6), (4, 6)),
    "layer norm of two axes": (
        nn.LayerNorm((3, 4), eps=1e-3, bias=False),
        torch.nn.LayerNorm((3, 4), eps=1e-3, bias=False),
        (2, 3, 4),
    ),
    "relu": (nn.ReLU(), torch.nn.ReLU(), (3, 4)),
    "leaky relu": (nn.LeakyReLU(0.2), torch.nn.LeakyReLU(0.2), (3, 4)),
    "elu": (nn.ELU(0.7), torch.nn.ELU(0.7), (3, 4)),
    "gelu": (nn.GELU(), torch.nn.GELU(), (3, 4)),
    "gelu by tanh": (nn.GELU(approximate="tanh"), torch.nn.GELU(approximate="tanh"), (3, 4)),
    "silu": (nn.SiLU(), torch.nn.SiLU(), (3, 4)),
    "sigmoid": (nn.Sigmoid(), torch.nn.Sigmoid(), (3, 4)),
    "tanh": (nn.Tanh(), torch.nn.Tanh(), (3, 4)),
    "softplus": (nn.Softplus(2.0), torch.nn.Softplus(2.0), (3, 4)),
    "softmax": (nn.Softmax(1), torch.nn.Softmax(1), (3, 4)),
    "log softmax": (nn.LogSoftmax(0), torch.nn.LogSoftmax(0), (3, 4)),
    "identity": (nn.Identity(), torch.nn.Identity(), (3, 4)),
    "sequential": (
        nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Sequential(nn.Linear(6, 2), nn.Softmax(-1))),
        torch.nn.Sequential(
            torch.nn.Linear(4, 6),
            torch.nn.Tanh(),
            torch.nn.Sequential(torch.nn.Linear(6, 2), torch.nn.Softmax(-1)),
        ),
        (3, 4),
    ),
}


def values(result):
    """A tree of tensors as NumPy arrays."""
    return rt.tree.map(array, result)


def tensors(layer):
    return {name: tensor.numpy() for name, tensor in layer.state_dict().items()}


def drawn(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def pulled_back(layer, x):
    """A torch layer's result, and the gradients of a weighted sum of it: in the layer's own dtype."""
    dtype = next((p.dtype for p in layer.parameters()), x.dtype)
    x = x.to(dtype).requires_grad_()
    y = layer(x)
    layer.zero_grad()
    (y * torch.tensor(drawn(y.shape, 1))).sum().backward()
    return y, x.grad, {name: p.grad for name, p in layer.named_parameters()}


@pytest.mark.filterwarnings("ignore:Using padding=.same.")  # PyTorch on what it does itself
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name):
    ours, theirs, shape = LAYERS[name]
    params, _ = ours.load_state_dict(tensors(theirs))
    x = drawn(shape)

    def weighted(params, x):
        y = ours(params, x)
        return (y * drawn(y.shape, 1)).sum(), y

    ((_, y), (dparams, dx)) = rt.value_and_grad(weighted, (0, 1), has_aux=True)(params, rnp.asarray(x))
    exact = copy.deepcopy(theirs).double()
    peer = pulled_back(theirs, torch.tensor(x))
    truth = pulled_back(exact, torch.tensor(x).double())
    agree((y, dx, nn.flatten_names(dparams)), values(peer), values(truth))


@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm(momentum, affine):
    ours = nn.BatchNorm2d(3, momentum=momentum, affine=affine)
    theirs = torch.nn.BatchNorm2d(3, momentum=momentum, affine=affine)
    params, state = ours.load_state_dict(tensors(theirs))
    exact = copy.deepcopy(theirs).double()
    for seed in range(3):
        x = drawn((4, 3, 5, 2), seed) * 2 + 1
        y, state = ours.apply(params, state, rnp.asarray(x), train=True)
        wide = torch.tensor(x).double()
        agree(y, values(theirs(torch.tensor(x))), values(exact(wide)))
        moments = {name: state[name] for name in ("running_mean", "running_var")}
        agree(moments, *({name: tensors(each)[name].copy() for name in moments} for each in (theirs, exact)))
    assert int(state["num_batches_tracked"]) == 3
    y, after = ours.apply(params, state, rnp.asarray(x))
    agree(y, values(theirs.eval()(torch.tensor(x))), values(exact.eval()(wide)))
    assert rt.tree.leaves(after) == rt.tree.leaves(state)


def test_embedding():
    ours, theirs = nn.Embedding(7, 4, padding_idx=-2), torch.nn.Embedding(7, 4, padding_idx=-2)
    params, _ = ours.load_state_dict(tensors(theirs))
    ids = np.array([[1, 5, 1], [0, 5, 6]], np.int32)
    theirs(torch.tensor(ids)).square().sum().backward()
    grads = rt.grad(lambda params: (ours(params, rnp.asarray(ids)) ** 2).sum())(params)
    table = theirs.weight.detach().numpy()
    np.testing.assert_array_equal(ours(params, rnp.asarray(ids)), table[ids])
    np.testing.assert_allclose(grads["weight"], theirs.weight.grad.numpy(), rtol=1e-6)
    assert not np.any(ours.init(rt.random.key(0))[0]["weight"][5])


CLASSES = {"row": (5,), "batch": (4, 5), "images": (2, 5, 3, 2)}


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("target", ["classes", "ignored", "probabilities"])
@pytest.mark.parametrize(
    ("case", "reduction"),
    [("row", "mean"), ("batch", "mean"), ("images", "mean"), ("images", "sum"), ("batch", "none")],
)
def test_cross_entropy(case, target, weighted, smoothing, reduction):
    shape = CLASSES[case]
    logits, draw = drawn(shape), np.random.default_rng(2)
    if target == "probabilities":
        goal = np.exp(drawn(shape, 3))
    else:
        goal = np.asarray(draw.integers(0, 5, () if case == "row" else (shape[0], *shape[2:])), np.int64)
    ignored = int(goal.ravel()[0]) if target == "ignored" and case != "row" else -100
    weight = draw.uniform(0.5, 2, 5).astype(np.float32) if weighted else None
    words = {"reduction": reduction, "label_smoothing": smoothing, "ignore_index": ignored}

    def theirs(dtype):
        x = torch.tensor(logits, dtype=dtype, requires_grad=True)
        weights = None if weight is None else torch.tensor(weight, dtype=dtype)
        y = torch.tensor(goal).to(dtype) if target == "probabilities" else torch.tensor(goal)
        loss = torch.nn.functional.cross_entropy(x, y, weights, **words)
        loss.sum().backward()
        return values((loss, x.grad))

    narrow = rnp.asarray(goal, dtype=goal.dtype if target == "probabilities" else np.int32)

    def ours(x):
        loss = nn.cross_entropy(x, narrow, weight, **words)
        return loss.sum(), loss

    ((_, loss), grad) = rt.value_and_grad(ours, has_aux=True)(rnp.asarray(logits))
    agree((loss, grad), theirs(torch.float32), theirs(torch.float64))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_mse_loss(reduction):
    x, y = drawn((3, 4)), drawn((3, 4), 1)
    ours = nn.mse_loss(rnp.asarray(x), rnp.asarray(y), reduction)
    peer, truth = (
        torch.nn.functional.mse_loss(torch.tensor(x, dtype=d), torch.tensor(y, dtype=d), reduction=reduction)
        for d in (torch.float32, torch.float64)
    )
    agree(ours, values(peer), values(truth))


@pytest.mark.parametrize(
    ("kind", "sizes", "more"),
    [
        ("Linear", (300, 200), {}),
        ("Conv2d", (40, 60, 3), {"groups": 2}),
        ("Embedding", (300, 100), {}),
        ("BatchNorm2d", (8,), {}),
    ],
)
def test_init_has_the_peers_distribution(kind, sizes, more):
    torch.manual_seed(0)
    drawn = nn.state_dict(*getattr(nn, kind)(*sizes, **more).init(rt.random.key(1)))
    peer = tensors(getattr(torch.nn, kind)(*sizes, **more))
    assert {name: value.shape for name, value in drawn.items()} == {n: t.shape for n, t in peer.items()}
    for name in set(drawn) - {"num_batches_tracked"}:
        mine, other = (np.asarray(t).ravel() for t in (drawn[name], peer[name]))
        if np.ptp(other) == 0:
            assert np.array_equal(mine, other)
        # two samples of one distribution are further apart once in a million times (Smirnov): sqrt(ln(2e6) / 2) = 2.7
        assert ks_2samp(mine, other).statistic < 2.7 * np.sqrt(2 / other.size)
