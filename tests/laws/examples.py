"""Small random operands and attributes for each op: what the laws are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rustorch_fn import dtypes
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import REGISTRY
from rustorch_fn.lax import basics, contraction  # noqa: F401  (the registry must be full)

FLOATS = (dtypes.float64, dtypes.float32, dtypes.bfloat16, dtypes.float16)
INTS = (dtypes.int32, dtypes.int8, dtypes.uint8, dtypes.int64, dtypes.uint32)


class Draw:
    """Small random operands. `exact` asks for float64 and for operands where derivatives exist."""

    def __init__(self, data: Any, exact: bool) -> None:
        self.data, self.exact = data, exact
        self.rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), label="seed"))
        self.kind: Any = None

    def of(self, *options: Any) -> Any:
        return self.data.draw(st.sampled_from(options))

    def int(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def size(self) -> int:
        return self.int(1, 4)

    def sizes(self, low: int = 0, high: int = 3) -> tuple[int, ...]:
        return tuple(self.size() for _ in range(self.int(low, high)))

    def dtype(self, *options: Any) -> Any:
        if self.kind is None:
            self.kind = dtypes.float64 if self.exact else self.of(*(options or FLOATS))
        return self.kind

    def floats(self, shape: Any, low: float = -2.0, high: float = 2.0) -> np.ndarray:
        return self.rng.uniform(low, high, shape).astype(self.dtype())

    def complexes(self, shape: Any) -> np.ndarray:
        dtype = dtypes.complex128 if self.exact else self.of(dtypes.complex64, dtypes.complex128)
        return (self.rng.uniform(-2, 2, shape) + 1j * self.rng.uniform(-2, 2, shape)).astype(dtype)

    def ints(self, shape: Any, low: int = -100, high: int = 100, dtype: Any = dtypes.int32) -> np.ndarray:
        info = np.iinfo(dtype)
        return self.rng.integers(max(low, info.min), min(high, info.max) + 1, shape).astype(dtype)

    def bools(self, shape: Any) -> np.ndarray:
        return self.rng.random(shape) < 0.5

    def numbers(self, shape: Any) -> np.ndarray:
        """Of any numeric type."""
        dtype = self.dtype(*FLOATS, *INTS)
        return self.floats(shape) if dtype in FLOATS else self.ints(shape, dtype=dtype)

    def bits(self, shape: Any) -> np.ndarray:
        dtype = self.of(*INTS) if self.kind is None else self.kind
        self.kind = dtype
        return self.ints(shape, -(2**31), 2**31 - 1, dtype)


@dataclass
class Case:
    """Operands and attributes."""

    args: tuple[np.ndarray, ...]
    attrs: dict[str, Any]


def case(*args: Any, **attrs: Any) -> Case:
    return Case(args, attrs)


# --- the examples ---


def parts(d: Draw) -> Case:
    shape = d.sizes()
    d.dtype(dtypes.float64, dtypes.float32)
    return case(d.floats(shape), d.floats(shape))


def unary(low: float = -2.0, high: float = 2.0) -> Any:
    return lambda d: case(d.floats(d.sizes(), low, high))


def binary(low: float = -2.0, high: float = 2.0) -> Any:
    def row(d: Draw) -> Case:
        shape = d.sizes()
        return case(d.floats(shape, low, high), d.floats(shape, low, high))

    return row


def numeric(count: int, zeros: bool = True) -> Any:
    def row(d: Draw) -> Case:
        shape = d.sizes()
        xs = [d.numbers(shape) for _ in range(count)]
        if zeros and not d.exact and d.kind not in FLOATS:
            xs = [np.where(d.rng.random(shape) < 0.2, x.dtype.type(0), x) for x in xs]
        return case(*xs)

    return row


def bitwise(count: int) -> Any:
    def row(d: Draw) -> Case:
        shape = d.sizes()
        return case(*(d.bits(shape) for _ in range(count)))

    return row


def logical(count: int) -> Any:
    def row(d: Draw) -> Case:
        shape, make = d.sizes(), d.of(d.bools, d.bits)
        return case(*(make(shape) for _ in range(count)))

    return row


def shift(d: Draw) -> Case:
    shape = d.sizes()
    x = d.bits(shape)
    return case(x, d.ints(shape, -2, 70, x.dtype))


def neighbours(d: Draw) -> Case:
    shape, dtype = d.sizes(), d.dtype()
    if d.exact:  # differences want finite numbers
        return case(d.floats(shape), d.floats(shape))
    edges = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-7], dtype)
    return case(d.rng.choice(edges, shape).astype(dtype), d.rng.choice(edges, shape).astype(dtype))


def integer_pow(d: Draw) -> Case:
    if d.exact or d.of(0, 1):
        return case(d.floats(d.sizes(), 0.5, 1.5), n=d.int(-3, 4))
    return case(d.ints(d.sizes(), -9, 9, d.of(*INTS)), n=d.int(0, 4))


def select(d: Draw) -> Case:
    shape = d.sizes()
    return case(d.bools(shape), d.numbers(shape), d.numbers(shape))


def convert(d: Draw) -> Case:
    to = dtypes.float64 if d.exact else d.of(*FLOATS, *INTS, dtypes.bool_)
    x = d.numbers(d.sizes())
    if x.dtype in FLOATS and not d.exact:
        x = np.where(d.rng.random(x.shape) < 0.3, x.dtype.type(d.of(np.nan, np.inf, -np.inf, 3e4, -200.5)), x)
    return case(x, dtype=to, weak_type=False)


def bitcast(d: Draw) -> Case:
    pair = d.of((dtypes.float32, dtypes.int32), (dtypes.bfloat16, dtypes.uint16), (dtypes.int64, dtypes.float64))
    return case(d.ints(d.sizes(), 0, 1000, dtypes.int64).astype(pair[0]), dtype=pair[1])


def iota(d: Draw) -> Case:
    shape = d.sizes(1)
    return case(shape=shape, dtype=d.of(*FLOATS, dtypes.int32, dtypes.uint8), axis=d.int(0, len(shape) - 1))


def broadcast(d: Draw) -> Case:
    shape = d.sizes(0, 4)
    dims = tuple(a for a in range(len(shape)) if d.of(0, 1))
    return case(d.numbers([shape[a] for a in dims]), shape=shape, dims=dims)


def reshape(d: Draw) -> Case:
    shape, to = d.of(((6, 4), (2, 3, 4)), ((6, 4), (4, 6)), ((2, 3, 4), (3, 1, 8)), ((), (1, 1)), ((1, 4), (4,)),
                     ((2, 6, 5), (4, 3, 5)), ((12,), (2, 1, 6)), ((0, 3), (0,)))  # fmt: skip
    return case(d.numbers(shape), shape=to)


def permute(d: Draw) -> Case:
    shape = d.sizes()
    return case(d.numbers(shape), perm=tuple(d.data.draw(st.permutations(range(len(shape))))))


def slice_(d: Draw) -> Case:
    shape = d.sizes(1)
    start = tuple(d.int(0, n) for n in shape)
    limit = tuple(d.int(lo, n) for lo, n in zip(start, shape, strict=True))
    return case(d.numbers(shape), start=start, limit=limit,
                strides=d.of(None, tuple(d.int(1, 3) for _ in shape)))  # fmt: skip


def pad(d: Draw) -> Case:
    shape = d.sizes(1)
    interior = tuple(d.int(0, 2) for _ in shape)
    lo = tuple(d.int(-1, 2) for _ in shape)
    hi = tuple(d.int(0 if low < 0 else -1, 2) for low in lo)
    return case(d.numbers(shape), d.numbers(()), lo=lo, hi=hi, interior=interior)


def concat(d: Draw) -> Case:
    shape = list(d.sizes(1))
    axis = d.int(0, len(shape) - 1)
    xs = []
    for _ in range(d.int(1, 3)):
        shape[axis] = d.int(0, 3)
        xs.append(d.numbers(shape))
    return case(*xs, axis=axis)


def axes(d: Draw, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a for a in range(len(shape)) if d.of(0, 1))


def flip(d: Draw) -> Case:
    shape = d.sizes()
    return case(d.numbers(shape), axes=axes(d, shape))


def geometry(d: Draw, rank: int) -> dict[str, Any]:
    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(d.int(low, high) for _ in range(rank))

    return dict(strides=each(1, 3), pads=tuple((d.int(-1, 2), d.int(-1, 2)) for _ in range(rank)),
                base_dilation=each(1, 2), window_dilation=each(1, 2))  # fmt: skip


def windows(d: Draw) -> Case:
    shape = tuple(d.int(2, 6) for _ in range(d.int(1, 2)))
    window = tuple(d.int(1, 3) for _ in shape)
    return case(d.floats(shape), window=window, fill=d.of(0, 1.5), **geometry(d, len(shape)))


def overlap(d: Draw) -> Case:
    of = windows(d)
    del of.attrs["fill"]
    x = of.args[0]
    y = REGISTRY["windows"].shape(Aval(x.shape, x.dtype), **of.attrs)
    del of.attrs["window"]
    return case(d.floats(y.shape), sizes=x.shape, **of.attrs)


def reduce(draw: Any, **attrs: Any) -> Any:
    def row(d: Draw) -> Case:
        shape = d.of(d.sizes(), (0, 3)) if not d.exact else d.sizes()
        return case(draw(d)(shape), axes=axes(d, shape), **d.of({}, attrs))

    return row


def distinct(d: Draw) -> Any:
    """Different numbers, so that extremes have derivatives; with ties and NaN where none are taken."""

    def make(shape: Any) -> np.ndarray:
        x = d.numbers(shape)
        if not d.exact:
            if d.kind in FLOATS and d.of(0, 1):
                x = np.where(d.rng.random(shape) < 0.2, x.dtype.type(np.nan), x)
            return np.asarray(d.bools(shape) if d.of(0, 0, 1) else x)
        return d.rng.permutation(int(np.prod(shape))).reshape(shape) / 7 - 1.0

    return make


def argfold(d: Draw) -> Case:
    shape = d.sizes(1)
    return case(distinct(d)(shape), axis=d.int(0, len(shape) - 1), index_dtype=d.of(dtypes.int32, dtypes.int64))


def cumulate(draw: Any) -> Any:
    def row(d: Draw) -> Case:
        shape = d.sizes(1)
        axis = d.int(0, len(shape) - 1)
        if not d.exact and d.of(False, True):
            # a loop carries what no element's expression would repeat
            shape = (*shape[:axis], d.int(33, 70), *shape[axis + 1 :])
        return case(draw(d)(shape), axis=axis, reverse=d.of(False, True))

    return row


def spaced(d: Draw) -> Any:
    return lambda shape: d.rng.permutation(int(np.prod(shape))).reshape(shape).astype(d.dtype()) / d.kind.type(8)


def sort(d: Draw) -> Case:
    shape = d.sizes(1)
    axis = d.int(0, len(shape) - 1)
    if not d.exact and d.of(False, True):
        # short rows and longer ones are sorted in different ways
        shape = (*shape[:axis], d.int(30, 60), *shape[axis + 1 :])
    first = spaced(d)(shape) if d.exact else d.numbers(shape)
    if not d.exact and first.dtype in FLOATS:
        # ties, zeros of both signs, and NaN
        first = np.round(first.astype(np.float32)).astype(first.dtype)
        first = np.where(d.rng.random(shape) < 0.2, first.dtype.type(np.nan), first)
    rest = [d.numbers(shape) for _ in range(d.int(0, 2))]
    return case(first, *rest, axis=axis, num_keys=1 if d.exact else d.int(1, 1 + len(rest)),
                stable=True)  # fmt: skip


# operand shape, indices shape, slice_sizes, offset, collapsed, map, operand batching, indices batching
PLACES = (
    ((5, 3), (4, 1), (1, 3), (1,), (0,), (0,), (), ()),
    ((5, 3), (2, 2, 2), (1, 1), (), (0, 1), (0, 1), (), ()),
    ((5, 3), (2, 1), (2, 3), (0, 1), (), (0,), (), ()),
    ((5, 3), (2, 2), (2, 2), (0, 2), (), (1, 0), (), ()),
    ((3, 5), (3, 2, 1), (1, 1), (), (1,), (1,), (0,), (0,)),
    ((4, 5, 2), (3, 4, 1), (1, 2, 2), (1, 3), (), (1,), (0,), (1,)),
)


def places(d: Draw) -> tuple[Any, np.ndarray, tuple[int, ...], dict[str, Any]]:
    shape, at, sizes, offset, collapsed, mapped, batching, at_batching = d.of(*PLACES)
    mode = d.of("clip", "fill", "promise")
    high = max(shape) + 1
    indices = d.ints(at, -2 if mode != "promise" else 0, high, d.of(dtypes.int32, dtypes.int64))
    if mode == "promise":
        indices = np.minimum(indices, [shape[a] - sizes[a] for a in mapped]).astype(indices.dtype)
    attrs = dict(offset_dims=offset, collapsed_slice_dims=collapsed, start_index_map=mapped, mode=mode,
                 operand_batching_dims=batching, start_indices_batching_dims=at_batching)  # fmt: skip
    return shape, indices, sizes, attrs


def gather(d: Draw) -> Case:
    shape, indices, sizes, attrs = places(d)
    # nan is no number that differences could be taken of
    return case(d.numbers(shape), indices, slice_sizes=sizes, fill_value=0 if d.exact else d.of(None, 1), **attrs)


def scatter(d: Draw) -> Case:
    shape, indices, sizes, attrs = places(d)
    op = d.of("set", "add", "mul", "min", "max")
    aval = REGISTRY["gather"].shape(Aval(shape, dtypes.float32), Aval(indices.shape, indices.dtype),
                                    slice_sizes=sizes, **attrs)  # fmt: skip
    count = int(np.prod(shape)) + int(np.prod(aval.shape))
    if op == "mul" and d.exact:
        # each place may be written once only
        every = tuple(range(len(shape)))
        attrs = dict(collapsed_slice_dims=every, offset_dims=(), start_index_map=every, mode="fill",
                     operand_batching_dims=(), start_indices_batching_dims=(), unique_indices=True)  # fmt: skip
        return case(d.floats(shape), np.eye(2, len(shape), dtype=np.int32), d.floats((2,)), op=op, **attrs)
    values = d.rng.permutation(count) / 11 - 1.0
    dtype = d.dtype(*FLOATS, dtypes.int32, dtypes.bool_)
    if dtype == dtypes.bool_:
        return case(d.bools(shape), indices, d.bools(aval.shape), op=op, **attrs)
    return case((values[: int(np.prod(shape))] * 9).reshape(shape).astype(dtype), indices,
                (values[int(np.prod(shape)) :] * 9).reshape(aval.shape).astype(dtype), op=op, **attrs)  # fmt: skip


def starts(d: Draw, rank: int) -> list[np.ndarray]:
    return [d.ints((), -1, 3, d.of(dtypes.int32, dtypes.int64)) for _ in range(rank)]


def dynamic_slice(d: Draw) -> Case:
    shape = d.sizes(1)
    return case(d.numbers(shape), *starts(d, len(shape)), sizes=tuple(d.int(0, n) for n in shape))


def dynamic_update(d: Draw) -> Case:
    shape = d.sizes(1)
    return case(d.numbers(shape), d.numbers(tuple(d.int(0, n) for n in shape)), *starts(d, len(shape)))


# shapes, contract, batch
DOTS = (
    ((3, 4), (4, 2), ((1,), (0,)), ((), ())),
    ((4, 3), (2, 4), ((0,), (1,)), ((), ())),
    ((2, 3, 4), (4, 2, 5), ((2,), (0,)), ((0,), (1,))),
    ((2, 3, 4), (4, 3), ((2, 1), (0, 1)), ((), ())),
    ((2, 3, 2, 4), (4, 2, 3, 2), ((1, 3), (2, 0)), ((2, 0), (1, 3))),
    ((3,), (2,), ((), ()), ((), ())),
    ((3,), (3,), ((0,), (0,)), ((), ())),
)


def dot(d: Draw) -> Case:
    a, b, contract, batching = d.of(*DOTS)
    out = None if d.exact else d.of(None, dtypes.float32, dtypes.float64)
    x = d.numbers(a)
    return case(x, d.numbers(b), contract=contract, batch=batching, out_dtype=out if x.dtype in FLOATS else None,
                precision=None)  # fmt: skip


def conv(d: Draw) -> Case:
    rank = d.int(0, 2)
    g, h = d.of((1, 1), (2, 1), (1, 2))
    x = [2 * h, 2 * g, *(d.int(1, 5) for _ in range(rank))]
    w = [2 * g * h, 2, *(d.int(1, 3) for _ in range(rank))]
    dims = tuple(tuple(d.data.draw(st.permutations(range(rank + 2)))) for _ in range(3))
    shape = geometry(d, rank)
    return case(d.numbers([x[dims[0].index(k)] for k in range(rank + 2)]),
                d.numbers([w[dims[1].index(k)] for k in range(rank + 2)]),
                strides=shape["strides"], pads=shape["pads"], lhs_dilation=shape["base_dilation"],
                rhs_dilation=shape["window_dilation"], reverse=tuple(d.of(False, True) for _ in range(rank)),
                dims=dims, feature_groups=g, batch_groups=h, out_dtype=None, precision=None)  # fmt: skip


EXAMPLES: dict[str, Any] = {
    **dict.fromkeys(("sin", "cos", "atan", "sinh", "cosh", "tanh", "asinh", "exp", "exp2", "expm1", "erf", "erfc",
                     "logistic", "floor", "ceil", "trunc", "round_even", "round_away"), unary()),
    **dict.fromkeys(("asin", "acos", "atanh", "erf_inv"), unary(-0.9, 0.9)),
    **dict.fromkeys(("log", "sqrt", "rsqrt", "cbrt", "lgamma", "digamma"), unary(0.5, 3.0)),
    "tan": unary(-1.2, 1.2), "log1p": unary(-0.8, 3.0), "acosh": unary(1.2, 4.0), "is_finite": unary(),
    **dict.fromkeys(("neg", "sign", "abs", "copy", "stop_gradient"), numeric(1)),
    **dict.fromkeys(("add", "sub", "mul", "max", "min", "eq", "ne", "lt", "le", "gt", "ge"), numeric(2)),
    **dict.fromkeys(("div", "rem"), numeric(2)),
    "name": lambda d: case(d.numbers((2, 3)), name="kept"),
    "fma": lambda d: case(*(d.floats((3,)) for _ in range(3))),
    "pow": binary(0.3, 2.0), "atan2": binary(), "logaddexp": binary(), "nextafter": neighbours,
    **dict.fromkeys(("popcount", "clz"), bitwise(1)), "not": logical(1),
    **dict.fromkeys(("and", "or", "xor"), logical(2)),
    **dict.fromkeys(("shift_left", "shift_right_logical", "shift_right_arithmetic"), shift),
    "integer_pow": integer_pow, "select": select, "convert": convert, "bitcast": bitcast,
    "iota": iota, "broadcast": broadcast, "reshape": reshape, "permute": permute, "slice": slice_, "pad": pad,
    "concat": concat, "flip": flip, "windows": windows, "overlap": overlap,
    **dict.fromkeys(("reduce_sum", "reduce_prod"), reduce(lambda d: d.numbers)),
    **dict.fromkeys(("reduce_max", "reduce_min"), reduce(distinct, first=True)),
    **dict.fromkeys(("reduce_and", "reduce_or", "reduce_xor"), reduce(lambda d: d.bools if d.of(0, 1) else d.bits)),
    **dict.fromkeys(("argmax", "argmin"), argfold),
    **dict.fromkeys(("cumsum", "cumprod"), cumulate(lambda d: d.numbers)),
    **dict.fromkeys(("cummax", "cummin"), cumulate(spaced)), "cumlogsumexp": cumulate(lambda d: d.floats),
    "sort": sort, "gather": gather, "scatter": scatter, "dynamic_slice": dynamic_slice,
    "dynamic_update": dynamic_update, "dot": dot, "conv": conv,
    **dict.fromkeys(("real", "imag", "conj"), lambda d: case(d.complexes(d.sizes()))), "complex": parts,
}  # fmt: skip


# --- tools of the laws ---


def lawful(count: int) -> Any:
    return settings(max_examples=count, deadline=None, derandomize=True, database=None,
                    suppress_health_check=list(HealthCheck))  # fmt: skip


def array(x: np.ndarray) -> Array:
    return Array.of(np.asarray(x), form(Aval(x.shape, x.dtype)))


def apply(op: Any, c: Case) -> Any:
    """A flat function of the operands, giving a list."""

    def f(*xs: Any) -> list[Any]:
        y = op(*xs, **c.attrs)
        return list(y) if op.multiple else [y]

    return f


def close(got: Any, want: Any, loose: float = 1.0) -> None:
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    if got.dtype in dtypes.COMPLEX:
        # a rounding error is small beside the number, not beside each part
        unit = loose * (2e-6 if got.dtype == dtypes.complex64 else 1e-13)
        np.testing.assert_allclose(got, want, rtol=unit, atol=unit)
        return
    if got.dtype not in FLOATS:
        np.testing.assert_array_equal(got, want)
        return
    unit = {dtypes.float64: 1e-13, dtypes.float32: 2e-6, dtypes.bfloat16: 2**-7, dtypes.float16: 2**-9}[got.dtype]
    np.testing.assert_allclose(got.astype(np.float64), want.astype(np.float64), rtol=loose * unit, atol=loose * unit)
