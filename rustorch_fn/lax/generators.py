"""Random bits straight from a generator's state, as XLA's RngBitGenerator gives them."""

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.typing import Array, ArrayLike, DTypeLike, Shape
from rustorch_fn.lax import arrange, lift, pointwise, shaping
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax.random_bits import threefry

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)


class RandomAlgorithm(enum.IntEnum):
    """What makes the bits: Philox 4x32-10 (the default here, as on JAX's CPU), or Threefry 2x32.

    >>> int(rt.lax.RandomAlgorithm.RNG_PHILOX)
    2
    """

    RNG_DEFAULT = 0
    RNG_THREE_FRY = 1
    RNG_PHILOX = 2


def rng_bit_generator(
    key: ArrayLike, shape: int | Shape, dtype: DTypeLike = np.uint32, algorithm: Any = RandomAlgorithm.RNG_DEFAULT
) -> tuple[Array, Array]:
    """(the next state, random bits of an unsigned type), from a state of uint32[4] or uint64[2].

    The bits are those of JAX on a CPU (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Its
    state has nothing to do with rt.random's keys.

    >>> state, bits = rt.lax.rng_bit_generator(rt.numpy.array([1, 2, 3, 4], "uint32"), (2,))
    >>> state, bits
    (Array([1, 2, 4, 4], dtype=uint32), Array([ 512747620, 1298009047], dtype=uint32))
    """
    state, kind = lift.operand("rng_bit_generator", key), dtypes.asdtype(dtype)
    if (state.shape, state.dtype) not in (((4,), dtypes.uint32), ((2,), dtypes.uint64)):
        raise errors.BadArgument("rng_bit_generator", "key", state.aval, "uint32[4] or uint64[2]")
    if kind not in dtypes.UNSIGNED:
        raise errors.DtypeError(
            "rng_bit_generator: bits come as unsigned integers",
            got=kind,
            hint="uint8, uint16, uint32 and uint64 would work.",
        )
    if algorithm not in tuple(RandomAlgorithm):
        raise errors.BadArgument("rng_bit_generator", "algorithm", algorithm, "A member of rt.lax.RandomAlgorithm")
    size = lift.shape_of("rng_bit_generator", shape)
    wide = state if state.dtype == dtypes.uint64 else arrange.bitcast_convert_type(
        shaping.reshape(state, shape=(2, 2)), dtypes.uint64
    )  # fmt: skip
    make = _threefry if algorithm == RandomAlgorithm.RNG_THREE_FRY else _philox
    spent, out = make(wide, size, kind)
    after = arrange.concatenate([wide[:1], wide[1:] + lift.constant(spent, dtypes.uint64)], 0)
    if state.dtype != dtypes.uint64:
        after = shaping.reshape(arrange.bitcast_convert_type(after, dtypes.uint32), shape=(4,))
    return after, out


def _words(x: Any) -> tuple[Any, Any]:
    """The low and the high half of 64-bit numbers."""
    low = lift.convert(ew.and_(x, lift.full(x.shape, 0xFFFFFFFF, dtypes.uint64)), dtypes.uint32)
    return low, lift.convert(ew.shift_right_logical(x, lift.full(x.shape, 32, dtypes.uint64)), dtypes.uint32)


def _counted(state: Any, n: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The key's words, and those of n counters, all as vectors."""
    key = [lift.broadcast_to(w, (n,)) for w in _words(state[0])]
    numbers = shaping.iota(shape=(n,), dtype=dtypes.uint64, axis=0)
    return tuple(key), _words(ew.add(lift.broadcast_to(state[1], (n,)), numbers))


def _typed(words: list[Any], dtype: Any) -> Any:
    """Words as numbers of a type, in a last axis: pairs become 64 bits, and narrow types take the low bits."""
    if dtype == dtypes.uint64:
        pairs = zip(words[::2], words[1::2], strict=True)
        shift = lift.full(words[0].shape, 32, dtypes.uint64)
        words = [
            ew.or_(lift.convert(low, dtype), ew.shift_left(lift.convert(high, dtype), shift)) for low, high in pairs
        ]
    elif dtype != dtypes.uint32:
        mask = lift.full(words[0].shape, (1 << 8 * dtype.itemsize) - 1, dtypes.uint32)
        words = [lift.convert(ew.and_(w, mask), dtype) for w in words]
    return arrange.concatenate([arrange.expand_dims(w, (1,)) for w in words], 1)


def _philox(state: Any, shape: tuple[int, ...], dtype: Any) -> tuple[int, Any]:
    size = lift.size_of(shape)
    blocks = -(-size // (2 if dtype == dtypes.uint64 else 4))
    key, low = _counted(state, blocks)
    x = [*low, *key]
    for turn in range(10):
        k0, k1 = (
            ew.add(k, lift.full((blocks,), turn * w & 0xFFFFFFFF, dtypes.uint32))
            for k, w in zip(key, WEYL, strict=True)
        )
        m0, m1 = (lift.full((blocks,), m, dtypes.uint32) for m in MULTIPLIERS)
        x = [
            ew.xor(ew.xor(pointwise.mulhi(m1, x[2]), x[1]), k0), ew.mul(m1, x[2]),
            ew.xor(ew.xor(pointwise.mulhi(m0, x[0]), x[3]), k1), ew.mul(m0, x[0]),
        ]  # fmt: skip
    flat = shaping.reshape(_typed(x, dtype), shape=(blocks * (2 if dtype == dtypes.uint64 else 4),))
    return blocks, shaping.reshape(arrange.slice_in_dim(flat, 0, size), shape=shape)


def _threefry(state: Any, shape: tuple[int, ...], dtype: Any) -> tuple[int, Any]:
    size = lift.size_of(shape)
    if dtype == dtypes.uint64:
        words = _threefry_words(state, size)
        return size, shaping.reshape(_typed(words, dtype), shape=shape)
    dims = shape or (1,)
    # the two words of a block lie beside each other along the first even axis, or along the longest
    even = [k for k, n in enumerate(dims) if n % 2 == 0]
    axis = even[0] if even else max(range(len(dims)), key=lambda k: dims[k])
    half = -(-dims[axis] // 2)
    before, behind = dims[:axis], dims[axis + 1 :]
    blocks = math.prod(before) * half * math.prod(behind)
    words = _threefry_words(state, blocks)
    pairs = shaping.reshape(_typed(words, dtype), shape=(math.prod(before) * half, math.prod(behind), 2))
    whole = shaping.reshape(shaping.permute(pairs, perm=(0, 2, 1)), shape=(*before, 2 * half, *behind))
    return blocks, shaping.reshape(arrange.slice_in_dim(whole, 0, dims[axis], axis=axis), shape=shape)


def _threefry_words(state: Any, n: int) -> list[Any]:
    key, counter = _counted(state, n)
    return [threefry(*key, *counter, out=out) for out in (0, 1)]
