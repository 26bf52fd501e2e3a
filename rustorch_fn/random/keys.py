"""Keys: explicit, split, and never reused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.core.array import Array, Value, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.lax import random_bits

IMPLEMENTATIONS = (None, "threefry2x32")


def _checked(impl: Any) -> None:
    if impl not in IMPLEMENTATIONS:
        raise errors.BadArgument("key", "impl", impl, "'threefry2x32'")


def _words(seed: Any) -> tuple[Any, Any]:
    """The two words of a seed: its high and its low 32 bits."""
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool):
        value = int(seed)
        if not -(1 << 63) <= value < 1 << 64:
            raise errors.OverflowingLiteral(value, "a seed of 64 bits")
        # as in JAX, a negative seed of 32 bits fills the low word only
        high = 0 if -(1 << 31) <= value < 0 else (value >> 32) & 0xFFFFFFFF
        return tuple(rnp.asarray(np.uint32(w)) for w in (high, value & 0xFFFFFFFF))  # type: ignore[return-value]
    seed = rnp.asarray(seed)
    if seed.shape or seed.dtype not in dtypes.INTS:
        raise errors.BadArgument("key", "seed", seed.aval, "An integer scalar")
    low = lax.convert_element_type(seed, dtypes.uint32)
    if seed.dtype.itemsize < 8:
        return rnp.zeros((), dtypes.uint32), low
    high = lax.convert_element_type(lax.shift_right_logical(seed, rnp.asarray(32, seed.dtype)), dtypes.uint32)
    return high, low


def key(seed: Any, *, impl: str | None = None) -> Any:
    """A random key, of dtype key<fry>, from an integer seed.

    >>> key(0).shape
    ()
    """
    _checked(impl)
    return random_bits.make_key(*_words(seed))


def PRNGKey(seed: Any, *, impl: str | None = None) -> Any:
    """A key as a raw array of two uint32 words; `key` is the better way."""
    return key_data(key(seed, impl=impl))


def key_data(keys: Any) -> Any:
    """The words of keys: uint32, with one more axis of length 2."""
    keys = rnp.asarray(keys)
    if keys.dtype is not dtypes.key:
        return _raw("key_data", keys)
    return rnp.stack([random_bits.key_word(keys, word=0), random_bits.key_word(keys, word=1)], axis=-1)


def wrap_key_data(key_bits_array: Any, *, impl: str | None = None) -> Any:
    """Keys from their words: uint32 with a last axis of length 2."""
    _checked(impl)
    raw = _raw("wrap_key_data", key_bits_array)
    return random_bits.make_key(raw[..., 0], raw[..., 1])


def _raw(what: str, words: Any) -> Any:
    words = rnp.asarray(words)
    if words.dtype != dtypes.uint32 or words.shape[-1:] != (2,):
        raise errors.RandomKey(what, words.aval)
    return words


def key_impl(keys: Any) -> str:
    """The name of the generator."""
    return "threefry2x32"


def checked(what: str, keys: Any) -> tuple[Any, bool]:
    """(one typed key, whether it came as raw words)."""
    if not isinstance(keys, Value | np.ndarray):
        raise errors.RandomKey(what, keys)
    keys = rnp.asarray(keys)
    raw = keys.dtype is not dtypes.key
    if raw:
        keys = wrap_key_data(_raw(what, keys))
    if keys.shape:
        raise errors.RandomKey(f"{what} takes one key (rt.vmap maps over many)", keys.aval)
    return keys, raw


def counters(shape: Sequence[int]) -> tuple[Any, Any]:
    """The high and low words of 0, 1, 2, … in row-major order."""
    size = math.prod(shape)
    if size <= 0xFFFFFFFF:
        low = lax.reshape(lax.iota(dtypes.uint32, size), tuple(shape))
        return rnp.zeros(tuple(shape), dtypes.uint32), low
    count = lax.reshape(lax.iota(dtypes.uint64, size), tuple(shape))
    high = lax.shift_right_logical(count, rnp.full(tuple(shape), 32, dtypes.uint64))
    return lax.convert_element_type(high, dtypes.uint32), lax.convert_element_type(count, dtypes.uint32)


def block(keys: Any, high: Any, low: Any, *outs: int) -> list[Any]:
    """Words of threefry for one key and arrays of counters."""
    shape = high.shape
    k0, k1 = (rnp.broadcast_to(random_bits.key_word(keys, word=w), shape) for w in (0, 1))
    return [random_bits.threefry(k0, k1, high, low, out=out) for out in outs]


def split(key: Any, num: int | Sequence[int] = 2) -> Any:
    """New keys, independent of each other: `num` of them, or an array of that shape.

    >>> first, second = split(PRNGKey(0))
    """
    keys, raw = checked("split", key)
    shape = (num,) if isinstance(num, int) else tuple(num)
    if any(n < 0 for n in shape):
        raise errors.BadArgument("split", "num", num, "A count that is not negative")
    out = random_bits.make_key(*block(keys, *counters(shape), 0, 1))
    return key_data(out) if raw else out


def fold_in(key: Any, data: Any) -> Any:
    """A new key from a key and an integer: the same for the same two."""
    keys, raw = checked("fold_in", key)
    if isinstance(data, int) and not isinstance(data, bool):
        # as in JAX: 32 bits of the integer
        data = np.uint32(data & 0xFFFFFFFF)
    data = rnp.asarray(data)
    if data.shape or data.dtype not in dtypes.INTS:
        raise errors.BadArgument("fold_in", "data", data.aval, "An integer scalar")
    low = lax.convert_element_type(data, dtypes.uint32)
    out = random_bits.make_key(*block(keys, rnp.zeros((), dtypes.uint32), low, 0, 1))
    return key_data(out) if raw else out


def clone(key: Any) -> Any:
    """The same key, for use where reuse is meant."""
    return key


def words_of(keys: Array) -> np.ndarray:
    """Concrete keys as NumPy words, for readers and tests."""
    return np.asarray(key_data(keys))


def stored(words: np.ndarray) -> Array:
    """A concrete array of keys over NumPy words (uint32, last axis 2)."""
    flat = np.ascontiguousarray(words, np.uint32).view(np.uint64)[..., 0]
    return Array.of(flat, form(Aval(flat.shape, dtypes.key)))
