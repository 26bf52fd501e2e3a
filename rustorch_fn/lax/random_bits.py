"""Random keys and the block cipher behind all random numbers: threefry2x32, 20 rounds.

A key is one element of 64 opaque bits: its first word in the low half.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.kernel import expr as K
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift, shaping
from rustorch_fn.lax.families import elementwise

_WORDS = frozenset((dtypes.uint32,))


def _join(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(first.astype(np.uint64) | second.astype(np.uint64) << np.uint64(32))


def _word(key: np.ndarray, *, word: int) -> np.ndarray:
    return np.asarray(key >> np.uint64(32 * word)).astype(np.uint32)


make_key = elementwise(
    "make_key", _join,
    lambda a, b: K.or_(K.convert(a, "u64"), K.shl(K.convert(b, "u64"), K.const(32, "u64"))), 0, 0,
    accepts=_WORDS, result=dtypes.key,
)  # fmt: skip
key_word = elementwise(
    "key_word", _word,
    lambda key, *, word: K.convert(key if word == 0 else K.shr(key, K.const(32, "u64")), "u32"), 0,
    accepts=frozenset((dtypes.key,)), result=dtypes.uint32,
)  # fmt: skip


# --- the cipher ---

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def _rotate(x: Any, by: int) -> Any:
    left = ew.shift_left(x, lift.full(x.aval.shape, by, dtypes.uint32))
    return ew.or_(left, ew.shift_right_logical(x, lift.full(x.aval.shape, 32 - by, dtypes.uint32)))


def threefry(key: Any, x0: Any, x1: Any) -> tuple[Any, Any]:
    """Two words enciphered by a key; all of one shape."""
    shape = x0.aval.shape
    first, second = key_word(key, word=0), key_word(key, word=1)
    third = ew.xor(ew.xor(first, second), lift.full(first.aval.shape, _PARITY, dtypes.uint32))
    words = [lift.broadcast_to(w, shape) for w in (first, second, third)]
    x0, x1 = ew.add(x0, words[0]), ew.add(x1, words[1])
    for i in range(5):
        for by in _ROTATIONS[i % 2]:
            x0 = ew.add(x0, x1)
            x1 = ew.xor(_rotate(x1, by), x0)
        x0 = ew.add(x0, words[(i + 1) % 3])
        x1 = ew.add(x1, ew.add(words[(i + 2) % 3], lift.full(shape, i + 1, dtypes.uint32)))
    return x0, x1


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
    x0, x1 = threefry(key, *counters(lift.size_of(shape)))
    return shaping.reshape(make_key(x0, x1), shape=shape)


def fold_in(key: Any, data: Any) -> Any:
    """The cipher of one uint32."""
    _one_key(key, "fold_in")
    return make_key(*threefry(key, lift.full((), 0, dtypes.uint32), data))


def bits(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Random bits of an unsigned type: of 64, both words; of fewer, the low ones of their xor."""
    _one_key(key, "bits")
    x0, x1 = threefry(key, *counters(lift.size_of(shape)))
    if dtype == dtypes.uint64:
        high = ew.shift_left(lift.convert(x0, dtype), lift.full(x0.aval.shape, 32, dtype))
        out = ew.or_(high, lift.convert(x1, dtype))
    else:
        mixed = ew.xor(x0, x1)
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
