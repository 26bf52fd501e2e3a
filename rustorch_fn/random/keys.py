"""Random keys: making, splitting, looking inside."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from operator import index as as_index
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, flags
from rustorch_fn.lax import arrange, lift, random_bits
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax.programs import program
from rustorch_fn.typing import Array, ArrayLike, Shape


def key(seed: ArrayLike, *, impl: str | None = None, dtype: Any = None) -> Array:
    """A random key from an integer. The generator may be named by `impl` or by `dtype`; there is one.

    >>> rt.random.key(0).shape, rt.random.key(0).dtype
    ((), key<fry>)
    >>> rt.random.key(0, dtype=rt.random.key_dtype()) == rt.random.key(0)
    Array(True, dtype=bool)
    """
    _check_impl("key", impl, dtype)
    high, low = _seed_words(seed)
    return random_bits.make_key(high, low)


def PRNGKey(seed: ArrayLike, *, impl: str | None = None) -> Array:
    """A key as its two words, uint32[2]: the older form, which every function here takes too.

    >>> rt.random.PRNGKey(0)
    Array([0, 0], dtype=uint32)
    """
    return key_data(key(seed, impl=impl))


def _check_impl(op: str, impl: Any, dtype: Any = None) -> None:
    if impl is not None and dtype is not None:
        raise errors.BadArgument(op, "dtype", dtype, "None beside impl: both name the generator")
    impl = dtype if impl is None else impl
    if impl is not None and str(getattr(impl, "name", impl)) not in ("threefry2x32", "fry", "key<fry>"):
        raise errors.BadArgument(op, "impl", impl, "None or 'threefry2x32'")


def _seed_words(seed: Any) -> tuple[Any, Any]:
    """A seed's high and low words. Those of 32-bit seeds are 0 and their bits."""
    if not isinstance(seed, lift.Value):
        try:
            value = as_index(seed)
        except TypeError:
            seed = lift.asarray(seed)
        else:
            if not -(2**63) <= value < 2**64:
                raise errors.OverflowingLiteral(value, "a seed of 64 bits", "uint64")
            wide = value if not -(2**31) <= value < 0 else value & 0xFFFFFFFF
            words = wide >> 32 & 0xFFFFFFFF, wide & 0xFFFFFFFF
            return lift.constant(words[0], dtypes.uint32), lift.constant(words[1], dtypes.uint32)
    if seed.dtype not in dtypes.INTS:
        raise errors.DtypeError("key: a seed is an integer", got=seed.aval, hint="rt.random.key(0) would work.")
    if seed.dtype.itemsize < 8:
        bits = lift.convert(seed, dtypes.int32 if seed.dtype in dtypes.SIGNED else dtypes.uint32)
        return lift.full(seed.shape, 0, dtypes.uint32), ew.bitcast(bits, dtype=dtypes.uint32)
    wide = ew.bitcast(seed, dtype=dtypes.uint64)
    mask = lift.full(seed.shape, 0xFFFFFFFF, dtypes.uint64)
    high = ew.shift_right_logical(wide, lift.full(seed.shape, 32, dtypes.uint64))
    return lift.convert(high, dtypes.uint32), lift.convert(ew.and_(wide, mask), dtypes.uint32)


def key_data(keys: Any) -> Array:
    """The two words of each key, along a new last axis.

    >>> rt.random.key_data(rt.random.key(7))
    Array([0, 7], dtype=uint32)
    """
    x, raw = taken("key_data", keys)
    if raw:
        return lift.asarray(keys)
    words = [arrange.expand_dims(random_bits.key_word(x, word=w), (x.ndim,)) for w in (0, 1)]
    return arrange.concatenate(words, x.ndim)


def wrap_key_data(key_bits_array: ArrayLike | Sequence[Any], *, impl: str | None = None, dtype: Any = None) -> Array:
    """Keys from their words, which are the last axis. The generator may be named by `impl` or by `dtype`.

    >>> rt.random.key_data(rt.random.wrap_key_data(rt.numpy.array([0, 7]).astype("uint32")))
    Array([0, 7], dtype=uint32)
    """
    _check_impl("wrap_key_data", impl, dtype)
    words = lift.asarray(key_bits_array)
    if words.dtype != dtypes.uint32 or not words.ndim or words.shape[-1] != 2:
        raise errors.RandomKey("wrap_key_data", words.aval)
    k = words.ndim - 1
    return random_bits.make_key(*(arrange.index_in_dim(words, w, k, keepdims=False) for w in (0, 1)))


def taken(op: str, keys: Any) -> tuple[Any, bool]:
    """Keys as an array of keys, and whether they came as words."""
    if isinstance(keys, lift.Value) and keys.dtype is dtypes.key:
        return keys, False
    if isinstance(keys, lift.Value | np.ndarray) and keys.dtype == np.uint32 and keys.ndim and keys.shape[-1] == 2:
        return wrap_key_data(keys), True
    raise errors.RandomKey(op, keys)


# keys that were spent and where, the latest last: only under RT_KEYS=1
_spent: OrderedDict[int, tuple[Any, errors.Place]] = OrderedDict()
_REMEMBERED = 4096


def spend(op: str, key: Any) -> None:
    """Note that a key is used up, or raise where it was before. Keys are told apart as objects, not by value."""
    if not (flags.get("RT_KEYS") or lift.checks_keys()):
        return
    # the key itself is remembered, so that no other object takes its id
    known = _spent.get(id(key))
    if known is not None:
        raise errors.KeyReuse(op, first=known[1])
    _spent[id(key)] = key, errors.user_frame()
    if len(_spent) > _REMEMBERED:
        _spent.popitem(last=False)


def split(key: Array, num: int | Shape = 2) -> Array:
    """New keys: `num` of them, or an array of them where `num` is a shape.

    >>> first, second = rt.random.split(rt.random.key(0))
    >>> rt.random.split(first, (2, 3)).shape
    (2, 3)
    """
    shape = lift.shape_of("split", num)
    spend("split", key)
    k, raw = taken("split", key)
    out = _split(k, shape)
    return key_data(out) if raw else out


def fold_in(key: Array, data: ArrayLike) -> Array:
    """A new key from a key and an integer, for loops and names.

    >>> keys = [rt.random.fold_in(rt.random.key(0), k) for k in range(3)]
    >>> rt.random.normal(keys[0]) == rt.random.normal(keys[1])
    Array(False, dtype=bool)
    """
    k, raw = taken("fold_in", key)
    known: Any = data
    if isinstance(data, lift.Value | np.ndarray | np.generic):
        word = lift.asarray(data)
        if word.ndim or word.dtype not in dtypes.INTS:
            raise errors.DtypeError("fold_in: the data is an integer scalar", got=word.aval)
        word = lift.convert(word, dtypes.uint32)
    else:
        word = lift.constant(as_index(known) & 0xFFFFFFFF, dtypes.uint32)
    out = _fold_in(k, word)
    return key_data(out) if raw else out


@program("shape")
def _split(key: Any, shape: tuple[int, ...]) -> Any:
    return random_bits.split(key, shape)


@program()
def _fold_in(key: Any, data: Any) -> Any:
    return random_bits.fold_in(key, data)


def clone(key: Array) -> Array:
    """The same key once more, for those who really mean to use it twice.

    >>> rt.random.key_data(rt.random.clone(rt.random.key(7)))
    Array([0, 7], dtype=uint32)
    """
    k, raw = taken("clone", key)
    again = ew.copy(key_data(k))
    return again if raw else wrap_key_data(again)


def key_impl(keys: Any) -> str:
    """The name of the keys' generator.

    >>> rt.random.key_impl(rt.random.key(0))
    'threefry2x32'
    """
    taken("key_impl", keys)
    return "threefry2x32"


def key_dtype(impl_spec: Any = None) -> Any:
    """The element type of keys.

    >>> rt.random.key_dtype()
    key<fry>
    """
    _check_impl("key_dtype", impl_spec)
    return dtypes.key
