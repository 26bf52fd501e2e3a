"""The one rule by which results are compared with a peer's (JAX, PyTorch, NumPy).

Float32 and narrower: the truth is what the peer gives in float64, and ours passes where in each leaf
`max|ours - truth| <= max(2 max|peer - truth|, 1e-5 max|truth|)`, with 1e-2 in place of 1e-5 for bfloat16 and float16.
Float64: `max|ours - peer| <= 1e-10 max|peer|`. Structures, shapes, dtypes, integers, bools, infinities and nans are
equal. Denormals are left out against a peer that flushes them to zero (`flushes=True`; JAX on CPUs does): there ours
only has to lie within the smallest normal number of the truth.

    agree(rt.grad(f)(x), *from_jax(jax.grad(g), x))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from rustorch_fn import tree

WIDE = (np.dtype(np.float64), np.dtype(np.complex128))
LOW = (np.dtype(ml_dtypes.bfloat16), np.dtype(np.float16))
FLOATS = (*WIDE, *LOW, np.dtype(np.float32), np.dtype(np.complex64))


def agree(ours: Any, peer: Any, truth: Any = None, *, flushes: bool = False) -> None:
    """Assert that each leaf of `ours` agrees with the peer's, by the rule at the top of this file."""
    mine, shape = tree.flatten_with_path(ours)
    theirs = tree.flatten_up_to(shape, peer, "agree: ours · peer")
    exact = [None] * len(mine) if truth is None else tree.flatten_up_to(shape, truth, "agree: ours · truth")
    for (path, a), b, t in zip(mine, theirs, exact, strict=True):
        problem = _leaf(array(a), array(b), None if t is None else array(t), flushes)
        assert not problem, f"{tree.keystr(path) or 'the result'}: {problem}"


def _leaf(ours: np.ndarray, peer: np.ndarray, truth: np.ndarray | None, flushes: bool) -> str:
    """What is wrong with one leaf, or an empty string."""
    if ours.dtype != peer.dtype or ours.shape != peer.shape:
        return f"ours is {ours.dtype}{list(ours.shape)}, the peer's {peer.dtype}{list(peer.shape)}"
    if ours.dtype not in FLOATS:
        return "" if np.array_equal(ours, peer) else f"{np.count_nonzero(ours != peer)} elements differ"
    if truth is None and ours.dtype not in WIDE:
        raise TypeError(f"agree: {ours.dtype} is judged by the peer's float64 result: give truth=")
    kind = ours.dtype
    widest = np.complex128 if kind.kind == "c" else np.float64
    a, b = ours.astype(widest), peer.astype(widest)
    t = b if truth is None or kind in WIDE else truth.astype(widest)
    if t.shape != a.shape:
        return f"the truth is {list(t.shape)}, ours {list(a.shape)}"
    counted = np.ones(a.shape, bool)
    if flushes:
        tiny = float((ml_dtypes if kind in LOW else np).finfo(kind).tiny)
        counted = ~(_denormal(a, tiny) | _denormal(b, tiny) | _denormal(t, tiny))
        if np.any(abs(a[~counted] - t[~counted]) > tiny):
            return f"further than {tiny:.3g} from a truth near zero"
    special = counted & ~(np.isfinite(a) & np.isfinite(b))
    if not np.array_equal(a[special], b[special], equal_nan=True):
        return f"infinities or nans differ: {_first(a, b, special)}"
    return _distance(a, b, t, counted & ~special & np.isfinite(t), kind)


def _distance(a: np.ndarray, b: np.ndarray, t: np.ndarray, counted: np.ndarray, kind: np.dtype) -> str:
    a, b, t = a[counted], b[counted], t[counted]
    if not a.size:
        return ""
    far, peers, size = (float(np.max(np.abs(d))) for d in (a - t, b - t, t))
    bound = 1e-10 * size if kind in WIDE else max(2 * peers, (1e-2 if kind in LOW else 1e-5) * size)
    return (
        "" if far <= bound else f"off by {far:.3g}, allowed {bound:.3g} (the peer is off by {peers:.3g} of {size:.3g})"
    )


def _denormal(x: np.ndarray, tiny: float) -> np.ndarray:
    return (abs(x) < tiny) & (x != 0)


def _first(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> str:
    different = where & ~((a == b) | (np.isnan(a) & np.isnan(b)))
    index = tuple(int(i) for i in np.argwhere(different)[0])
    return f"at {index} ours {a[index]}, the peer's {b[index]}"


def array(leaf: Any) -> np.ndarray:
    """A leaf of ours or of a peer's as a NumPy array of the same dtype."""
    if not hasattr(leaf, "detach"):
        return np.asarray(leaf)
    tensor = leaf.detach().resolve_conj().contiguous()
    if str(tensor.dtype) == "torch.bfloat16":
        import torch

        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def from_jax(f: Callable[..., Any], *args: Any) -> tuple[Any, Any]:
    """What a JAX function gives, and what it gives in float64: `peer` and `truth` of `agree`.

    Arguments are trees of NumPy arrays and numbers; floats of the second call are widened.
    """
    import jax

    peer = f(*tree.map(_as_is, args))
    with jax.enable_x64(True):
        truth = f(*tree.map(widened, args))
        return tree.map(np.asarray, peer), tree.map(np.asarray, truth)


def from_torch(f: Callable[..., Any], *args: Any) -> tuple[Any, Any]:
    """What a PyTorch function gives on tensors, and what it gives in float64: `peer` and `truth` of `agree`."""
    import torch

    def tensor(leaf: Any) -> Any:
        return torch.from_numpy(leaf.copy()) if isinstance(leaf, np.ndarray) else leaf

    peer = f(*tree.map(tensor, args))
    truth = f(*tree.map(lambda leaf: tensor(widened(leaf)), args))
    return tree.map(array, peer), tree.map(array, truth)


def _as_is(leaf: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(leaf) if isinstance(leaf, np.ndarray | np.generic) else leaf


def widened(leaf: Any) -> Any:
    """The same value in float64 or complex128, if it is of a floating type."""
    if not isinstance(leaf, np.ndarray | np.generic) or leaf.dtype not in FLOATS:
        return leaf
    return leaf.astype(np.complex128 if leaf.dtype.kind == "c" else np.float64)
