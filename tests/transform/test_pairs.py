"""Every ordered pair of transforms on an MLP and a convnet equals JAX, eagerly and under jit."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from compare import agree
from transform.models import convnet, jax_library, loss, mlp

import rustorch_fn as rt
from rustorch_fn import errors

Function = Callable[[Any], Any]


def total(lib: Any, value: Any) -> Any:
    """One number that depends on every leaf."""
    parts = [lib.numpy.sum(lib.numpy.sin(leaf) * 0.5) for leaf in lib.tree.leaves(value)]
    return sum(parts[1:], parts[0])


def scaled(lib: Any, p: Any, s: Any) -> Any:
    return lib.tree.map(lambda x: x * s, p)


def direction(lib: Any, p: Any) -> Any:
    """A tangent of the parameters' own size: a larger one makes second derivatives sums that cancel."""
    return lib.tree.map(lambda x: 0.1 * lib.numpy.cos(x), p)


SCALES = np.array([0.5, 1.0, 1.5])


def scales(p: Any) -> np.ndarray:
    leaf = next(iter(p.values()))
    return SCALES.astype(np.dtype(leaf.dtype))


def over_custom(lib: Any, f: Function) -> Function:
    @lib.custom_vjp
    def g(p: Any) -> Any:
        return f(p)

    g.defvjp(lambda p: (f(p), p), lambda p, ct: (lib.vjp(f, p)[1](ct)[0],))
    return g


def some(lib: Any, p: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A few of the parameters as one vector, and the way back: what the jacobians run over."""
    name = sorted(p)[0]
    leaf = p[name]
    flat = lib.numpy.reshape(leaf, (-1,))
    count = 3

    def back(v: Any) -> Any:
        whole = lib.numpy.concatenate([v, flat[count:]])
        return {**p, name: lib.numpy.reshape(whole, leaf.shape)}

    return flat[:count], back


def jacobian(which: str) -> Callable[[Any, Function], Function]:
    def transform(lib: Any, f: Function) -> Function:
        def g(p: Any) -> Any:
            v, back = some(lib, p)
            return getattr(lib, which)(lambda v: f(back(v)))(v)

        return g

    return transform


TRANSFORMS: dict[str, Callable[[Any, Function], Function]] = {
    "jit": lambda lib, f: lib.jit(f),
    "grad": lambda lib, f: lambda p: lib.grad(lambda q: total(lib, f(q)))(p),
    "jvp": lambda lib, f: lambda p: lib.jvp(f, (p,), (direction(lib, p),)),
    "vmap": lambda lib, f: lambda p: lib.vmap(lambda s: f(scaled(lib, p, s)))(scales(p)),
    "linearize": lambda lib, f: lambda p: (lambda y, push: (y, push(direction(lib, p))))(*lib.linearize(f, p)),
    "checkpoint": lambda lib, f: lib.checkpoint(f),
    "jacfwd": jacobian("jacfwd"),
    "jacrev": jacobian("jacrev"),
    "custom_vjp": over_custom,
    "scan": lambda lib, f: lambda p: lib.lax.scan(lambda c, s: (c + s, f(scaled(lib, p, s))), scales(p)[0], scales(p)),
    "cond": lambda lib, f: (
        lambda p: lib.lax.cond(total(lib, p) > -1e3, f, lambda q: lib.tree.map(lambda y: y * 0, f(q)), p)
    ),
}
FORWARD = {"jvp", "linearize", "jacfwd"}
MODELS = {"mlp": mlp, "convnet": convnet}


def base(lib: Any, outputs: Any, data: Any) -> Function:
    """The loss and five outputs."""
    return lambda p: (loss(lib, outputs, p, data), outputs(lib, p, data).reshape(-1)[:5])


def composed(lib: Any, outer: str, inner: str, outputs: Any, data: Any) -> Function:
    f = base(lib, outputs, data)
    return TRANSFORMS[outer](lib, TRANSFORMS[inner](lib, f))


@lru_cache(None)
def peer(model: str, outer: str, inner: str) -> Any:
    """JAX's result and its float64 truth, or the exception that it raises."""
    import jax

    lib = jax_library()
    results = []
    for dtype in (np.float32, np.float64):
        with jax.enable_x64(dtype == np.float64):
            outputs, params, data = MODELS[model](dtype)
            params = jax.tree.map(jax.numpy.asarray, params)
            data = jax.tree.map(jax.numpy.asarray, data)
            try:
                out = jax.jit(composed(lib, outer, inner, outputs, data))(params)
            except TypeError as error:
                return error
            results.append(jax.tree.map(np.asarray, out))
    return tuple(results)


CELLS: dict[tuple[str, str], set[str]] = {}


@pytest.mark.parametrize("inner", TRANSFORMS)
@pytest.mark.parametrize("outer", TRANSFORMS)
@pytest.mark.parametrize("model", MODELS)
def test_pair_equals_jax(model: str, outer: str, inner: str) -> None:
    outputs, params, data = MODELS[model]()
    params, data = rt.tree.map(rt.numpy.asarray, params), rt.tree.map(rt.numpy.asarray, data)
    f = composed(rt, outer, inner, outputs, data)
    want = peer(model, outer, inner)
    if isinstance(want, TypeError):
        assert "custom_vjp" in str(want)
        for run in (f, rt.jit(f)):
            with pytest.raises(errors.ForwardOverCustomVjp, match="custom_jvp"):
                run(params)
        CELLS.setdefault((outer, inner), set()).add(f"{model}:raises as JAX")
        return
    for name, run in (("eager", f), ("jit", rt.jit(f))):
        agree(rt.tree.map(np.asarray, run(params)), *want, flushes=True)
        CELLS.setdefault((outer, inner), set()).add(f"{model}:{name}")


def test_no_cell_is_empty() -> None:
    """Prints the table; runs after the pairs, which fill it."""
    width = max(map(len, TRANSFORMS)) + 1
    print("\n" + "outer \\ inner".ljust(width + 4) + "".join(t.ljust(width) for t in TRANSFORMS))
    for outer in TRANSFORMS:
        row = ""
        for inner in TRANSFORMS:
            found = CELLS.get((outer, inner), set())
            raises = any("raises" in c for c in found)
            row += ("raises" if raises else f"{len(found)}/4").ljust(width)
            assert raises or len(found) == 4, f"{outer} of {inner}: {sorted(found)}"
        print(outer.ljust(width + 4) + row)
