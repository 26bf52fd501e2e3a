"""The rows of `peers.py`: what is computed, on which data, and how each library says it."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Data = Callable[[], dict[str, Any]]
Make = Callable[..., Callable[[], Any]]


@dataclass(frozen=True)
class Row:
    """One comparison. `make[library](module, **data)` gives a function of no arguments that computes the results."""

    name: str
    group: str
    data: Data
    make: dict[str, Make]
    tolerance: float = 1e-4
    flops: float = 0.0


ROWS: dict[str, Row] = {}


def row(name: str, group: str, data: Data, *, tolerance: float = 1e-4, flops: float = 0.0, **make: Make) -> None:
    """Registers a row; `both` is written once for ours and JAX, whose names are the same."""
    both = make.pop("both", None)
    ROWS[name] = Row(name, group, data, {"ours": both, "jax": both, **make} if both else make, tolerance, flops)


def normal(**shapes: tuple[int, ...]) -> Data:
    """The same float32 arrays in every process."""

    def data() -> dict[str, Any]:
        import numpy as np

        rng = np.random.default_rng(0)
        return {name: np.asarray(rng.standard_normal(shape), np.float32) for name, shape in shapes.items()}

    return data


def jitted(function: Callable[..., Any]) -> Make:
    """One compiled function: `function(lib, *arrays)`."""

    def make(lib: Any, **arrays: Any) -> Callable[[], Any]:
        values = [lib.numpy.asarray(x) for x in arrays.values()]
        compiled = lib.jit(lambda *xs: function(lib, *xs))
        return lambda: lib.ready(compiled(*values))

    return make


def called(function: Callable[..., Any]) -> Make:
    """One eager call: `function(lib, *arrays)`."""

    def make(lib: Any, **arrays: Any) -> Callable[[], Any]:
        values = [lib.of(x) for x in arrays.values()]
        return lambda: lib.ready(function(lib, *values))

    return make


def everywhere(function: Callable[..., Any]) -> dict[str, Make]:
    """The same words in every library."""
    return {"both": jitted(function), "torch": called(function), "numpy": called(function)}


# -- matrix products ------------------------------------------------------------------------------------------------

SQUARE = ((64, 64, 64), (256, 256, 256), (1024, 1024, 1024), (100, 300, 200), (128, 784, 512))
SKINNY = ((8, 1024, 1024), (1, 1024, 1024), (1024, 1024, 1), (20000, 3, 3))


def products() -> None:
    for group, shapes in (("gemm", SQUARE), ("gemm skinny", SKINNY)):
        for m, k, n in shapes:
            flops, data = 2.0 * m * k * n, normal(a=(m, k), b=(k, n))
            row(f"gemm {m}x{k}x{n}", group, data, flops=flops, kernel=kernel, **everywhere(lambda lib, a, b: a @ b))
    flops = 2.0 * 128 * 784 * 512
    data = normal(a=(784, 128), b=(784, 512))
    row("gemm A.T B 128x784x512", "gemm", data, flops=flops, **everywhere(lambda lib, a, b: a.T @ b))
    data = normal(a=(128, 784), b=(512, 784))
    row("gemm A B.T 128x784x512", "gemm", data, flops=flops, **everywhere(lambda lib, a, b: a @ b.T))
    data = normal(a=(16, 64, 64), b=(16, 64, 64))
    flops = 2.0 * 16 * 64**3
    row("gemm 16 of 64x64x64", "gemm", data, flops=flops, kernel=kernel, **everywhere(lambda lib, a, b: a @ b))


def kernel(lib: Any, a: Any, b: Any) -> Callable[[], Any]:
    """Our contraction kernel alone, without the runtime around it."""
    import numpy as np

    from rustorch_fn.kernel import contract
    from rustorch_fn.target.llvm import engine, gemm

    c = np.empty((*a.shape[:-1], b.shape[-1]), np.float32)
    sides = [(s[:-2], s[-2], s[-1]) for s in ([t // 4 for t in x.strides] for x in (a, b, c))]
    batch, m, n, k = a.shape[:-2], a.shape[-2], b.shape[-1], b.shape[-2]
    plan = contract.plan(engine.machine(), "f32", batch, m, n, k, *sides)
    key, text = gemm.text(plan.tile)
    signature = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2)
    function = signature(engine.kernels({key: text})[key])
    scratch = np.empty(plan.scratch_bytes + 64, np.uint8)
    bufs = (ctypes.c_void_p * 4)(*(x.ctypes.data for x in (a, b, c)), -(-scratch.ctypes.data // 64) * 64)
    ctx = (ctypes.c_int64 * len(plan.ctx))(*plan.ctx)
    places = ctypes.addressof(bufs), ctypes.addressof(ctx)

    def call(held: Any = (a, b, scratch, bufs, ctx)) -> Any:
        function(*places, 0, plan.extent)
        return c

    return call


# -- passes over arrays -----------------------------------------------------------------------------------------------


def arrays() -> None:
    for m, n in ((64, 1024), (4096, 1024)):
        size, x = f"{m}x{n}", normal(x=(m, n))
        gelu = called(lambda lib, x: lib.f.gelu(x, approximate="tanh"))
        row(f"gelu {size}", "elementwise", x, both=jitted(lambda lib, x: lib.nn.gelu(x)), torch=gelu)
        tanh = jitted(lambda lib, x: lib.numpy.tanh(x))
        row(f"tanh {size}", "elementwise", x, both=tanh, torch=called(lambda lib, x: x.tanh()))
        chain_data = normal(x=(m, n), y=(m, n))
        row(f"chain {size}", "elementwise", chain_data, both=jitted(chain), torch=called(chain_of_tensors))
        soft = called(lambda lib, x: lib.m.softmax(x, -1))
        row(f"softmax {size}", "rows", x, both=jitted(lambda lib, x: lib.nn.softmax(x)), torch=soft)
        norm = called(lambda lib, x, w, b: lib.f.layer_norm(x, x.shape[-1:], w, b))
        row(f"layer norm {size}", "rows", normal(x=(m, n), w=(n,), b=(n,)), both=jitted(layer_norm), torch=norm)
        row(f"row sum {size}", "rows", x, **everywhere(lambda lib, x: x.sum(1)))
        row(f"column sum {size}", "rows", x, tolerance=1e-3, **everywhere(lambda lib, x: x.sum(0)))


def chain(lib: Any, x: Any, y: Any) -> Any:
    return lib.numpy.tanh(x * 2 + y) * x - y / (1 + x * x)


def chain_of_tensors(lib: Any, x: Any, y: Any) -> Any:
    return (x * 2 + y).tanh() * x - y / (1 + x * x)


def layer_norm(lib: Any, x: Any, w: Any, b: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred * centred).mean(-1, keepdims=True)
    return centred / lib.numpy.sqrt(variance + 1e-5) * w + b


def convolutions() -> None:
    for name, channels, out, size, window, stride in (("3x3", 64, 64, 56, 3, 1), ("3x3 stride 2", 64, 128, 56, 3, 2)):
        data = normal(x=(4, channels, size, size), w=(out, channels, window, window))
        flops = 2.0 * 4 * channels * out * (size // stride) ** 2 * window**2
        pads = ((window // 2, window // 2),) * 2
        ours = jitted(lambda lib, x, w, s=stride, p=pads: lib.lax.conv_general_dilated(x, w, (s, s), p))
        torch = called(lambda lib, x, w, s=stride, p=pads: lib.f.conv2d(x, w, stride=s, padding=p[0][0]))
        row(f"conv {name} 4x{channels}x{size}x{size}", "conv", data, flops=flops, both=ours, torch=torch)


# -- whole steps and calls ------------------------------------------------------------------------------------------


def mlp_data() -> dict[str, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    data: dict[str, Any] = {
        "x": rng.standard_normal((128, 784)).astype(np.float32),
        "y": rng.integers(0, 10, 128).astype(np.int32),
    }
    for i, (a, b) in enumerate(((784, 512), (512, 512), (512, 10))):
        data[f"w{i}"] = (rng.standard_normal((a, b)) / math.sqrt(a)).astype(np.float32)
        data[f"b{i}"] = np.zeros(b, np.float32)
    return data


def mlp(lib: Any, x: Any, y: Any, **weights: Any) -> Callable[[], Any]:
    """Forward, backward and the step of SGD of a three-layer network at batch 128."""
    params = {name: lib.numpy.asarray(w) for name, w in weights.items()}
    x, y = lib.numpy.asarray(x), lib.numpy.asarray(y)

    def loss(p: dict[str, Any], x: Any, y: Any) -> Any:
        for i in range(3):
            x = x @ p[f"w{i}"] + p[f"b{i}"]
            x = lib.numpy.maximum(x, 0) if i < 2 else x
        return -(lib.nn.log_softmax(x) * lib.nn.one_hot(y, 10)).sum() / x.shape[0]

    @lib.jit  # type: ignore[untyped-decorator]
    def step(p: dict[str, Any], x: Any, y: Any) -> Any:
        value, slopes = lib.value_and_grad(loss)(p, x, y)
        return value, {name: w - 0.01 * slopes[name] for name, w in p.items()}

    return lambda: lib.ready(step(params, x, y))


def mlp_of_tensors(lib: Any, x: Any, y: Any, **weights: Any) -> Callable[[], Any]:
    x, y = lib.of(x), lib.of(y).long()
    params = {name: lib.of(w).requires_grad_() for name, w in weights.items()}

    def step() -> Any:
        h = x
        for i in range(3):
            h = lib.m.addmm(params[f"b{i}"], h, params[f"w{i}"])
            h = lib.m.relu(h) if i < 2 else h
        loss = lib.f.cross_entropy(h, y)
        slopes = lib.m.autograd.grad(loss, list(params.values()))
        with lib.m.no_grad():
            return loss, {name: w - 0.01 * g for (name, w), g in zip(params.items(), slopes, strict=True)}

    return step


def eager(lib: Any, a: Any, b: Any) -> Callable[[], Any]:
    x, y = lib.numpy.asarray(a), lib.numpy.asarray(b)
    return lambda: lib.ready(x + y)


def steps() -> None:
    flops = 6.0 * 128 * (784 * 512 + 512 * 512 + 512 * 10)
    row("mlp train step", "training", mlp_data, tolerance=1e-3, flops=flops, both=mlp, torch=mlp_of_tensors)
    add = called(lambda lib, a, b: a + b)
    scalars = normal(a=(), b=())
    row("call scalar add", "calls", scalars, both=jitted(lambda lib, a, b: a + b), torch=add)
    row("call scalar add, eager", "calls", scalars, both=eager, torch=add)


for register in (products, arrays, convolutions, steps):
    register()
