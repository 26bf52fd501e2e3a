"""Random bits: threefry2x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

A key is 64 opaque bits; `threefry` is one op, so that bits fuse into whatever reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.kernel import expr as K
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift, shaping
from rustorch_fn.lax.families import elementwise

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def _rounds(keys: tuple[Any, Any], x: tuple[Any, Any], number: Callable[[int], Any], rotate: Callable[..., Any]) -> Any:
    """The 20 rounds on any kind of 32-bit word."""
    k0, k1 = keys
    k2 = k0 ^ k1 ^ number(PARITY)
    schedule = (k0, k1, k2)
    x0, x1 = x[0] + k0, x[1] + k1
    for i in range(5):
        for r in ROTATIONS[i % 2]:
            x0 = x0 + x1
            x1 = rotate(x1, r) ^ x0
        x0 = x0 + schedule[(i + 1) % 3]
        x1 = x1 + schedule[(i + 2) % 3] + number(i + 1)
    return x0, x1


def _pick(x0: Any, x1: Any, out: int) -> Any:
    return (x0, x1, x0 ^ x1)[out]


def _threefry_ref(k0: Any, k1: Any, x0: Any, x1: Any, *, out: int) -> Any:
    # NumPy keeps scalars apart from arrays, and warns where a scalar wraps
    words, shape = [np.atleast_1d(w) for w in (k0, k1, x0, x1)], np.shape(x0)
    turned = lambda x, r: (x << np.uint32(r)) | (x >> np.uint32(32 - r))  # noqa: E731
    x0, x1 = _rounds((words[0], words[1]), (words[2], words[3]), np.uint32, turned)
    return _pick(x0, x1, out).reshape(shape)


def _threefry_scalar(k0: K.Expr, k1: K.Expr, x0: K.Expr, x1: K.Expr, *, out: int) -> K.Expr:
    def number(value: int) -> K.Expr:
        return K.const(value, "u32")

    def turned(x: K.Expr, r: int) -> K.Expr:
        return K.or_(K.shl(x, number(r)), K.shr(x, number(32 - r)))

    low, high = _rounds((k0, k1), (x0, x1), number, turned)
    word: K.Expr = _pick(low, high, out)
    return word


_WORDS = frozenset((dtypes.uint32,))

# threefry(k0, k1, x0, x1; out=0 | 1 | 2): the first word, the second, or both xored
threefry = elementwise("threefry", _threefry_ref, _threefry_scalar, 0, 0, 0, 0, accepts=_WORDS)

# the words of a key, and a key of two words; the first word is the low half of the 64 bits
key_word = elementwise(
    "key_word",
    lambda x, *, word: (x >> np.uint64(32 * word)).astype(np.uint32),
    lambda x, *, word: K.convert(K.shr(x, K.const(32 * word, "u64")), "u32"),
    0, accepts=frozenset((dtypes.key,)), result=dtypes.uint32,
)  # fmt: skip
make_key = elementwise(
    "make_key",
    lambda a, b: a.astype(np.uint64) | (b.astype(np.uint64) << np.uint64(32)),
    lambda a, b: K.or_(K.convert(a, "u64"), K.shl(K.convert(b, "u64"), K.const(32, "u64"))),
    0, 0, accepts=_WORDS, result=dtypes.key,
)  # fmt: skip


# --- what samplers are made of ---


def blocks(key: Any, high: Any, low: Any, outs: tuple[int, ...] = (0, 1)) -> list[Any]:
    """Words of the cipher for one key and arrays of counters."""
    words = [lift.broadcast_to(key_word(key, word=w), low.aval.shape) for w in (0, 1)]
    return [threefry(*words, high, low, out=out) for out in outs]


def counters(n: int) -> tuple[Any, Any]:
    """The numbers 0 … n - 1 as high and low words."""
    if n <= 1 << 32:
        return lift.full((n,), 0, dtypes.uint32), shaping.iota(shape=(n,), dtype=dtypes.uint32, axis=0)
    wide = shaping.iota(shape=(n,), dtype=dtypes.uint64, axis=0)
    high = ew.shift_right_logical(wide, lift.full((n,), 32, dtypes.uint64))
    return lift.convert(high, dtypes.uint32), lift.convert(wide, dtypes.uint32)


def _one_key(key: Any, op: str) -> None:
    if key.aval.shape:
        raise errors.ShapeError(f"{op}: one key is needed", got=key.aval, hint="rt.vmap maps over an array of keys.")


def split(key: Any, shape: tuple[int, ...]) -> Any:
    """New keys: number i is the cipher of i."""
    _one_key(key, "split")
    x0, x1 = blocks(key, *counters(lift.size_of(shape)))
    return shaping.reshape(make_key(x0, x1), shape=shape)


def fold_in(key: Any, data: Any) -> Any:
    """The cipher of one uint32."""
    _one_key(key, "fold_in")
    return make_key(*blocks(key, lift.full((), 0, dtypes.uint32), data))


def bits(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Random bits of an unsigned type: of 64, both words; of fewer, the low ones of their xor."""
    _one_key(key, "bits")
    count = counters(lift.size_of(shape))
    if dtype == dtypes.uint64:
        x0, x1 = blocks(key, *count)
        high = ew.shift_left(lift.convert(x0, dtype), lift.full(x0.aval.shape, 32, dtype))
        out = ew.or_(high, lift.convert(x1, dtype))
    else:
        (mixed,) = blocks(key, *count, outs=(2,))
        if dtype != dtypes.uint32:
            mixed = ew.and_(mixed, lift.full(mixed.aval.shape, (1 << 8 * dtype.itemsize) - 1, dtypes.uint32))
        out = lift.convert(mixed, dtype)
    return shaping.reshape(out, shape=shape)


def uniform(key: Any, shape: tuple[int, ...], dtype: Any, low: Any, high: Any) -> Any:
    """Floats from `low` up to, but without, `high`: a random mantissa in [1, 2), less 1, scaled by one fma."""
    info = dtypes.finfo(dtype)
    word = np.dtype(f"u{dtype.itemsize}")
    drawn = dtypes.uint8 if info.nmant < 8 else word
    mantissa = lift.convert(bits(key, shape, drawn), word)
    mantissa = ew.shift_right_logical(mantissa, lift.full(shape, 8 * drawn.itemsize - info.nmant, word))
    one = int(np.ones((), dtype).view(word))
    unit = ew.sub(ew.bitcast(ew.or_(mantissa, lift.full(shape, one, word)), dtype=dtype), lift.full(shape, 1, dtype))
    if low is None:
        return unit
    low, high = (lift.broadcast_to(b, shape) for b in (low, high))
    return ew.max(low, ew.fma(unit, ew.sub(high, low), low))
