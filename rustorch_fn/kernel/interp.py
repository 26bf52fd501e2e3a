"""The slow truth: what every word of a scalar expression means, in numpy, over whole index grids."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np

from .expr import FLOATS, Axis, Buffer, Expr, Monoid, const, highest, load, lowest, table
from .nest import Nest, Store

Array = np.ndarray[Any, np.dtype[Any]]

DTYPES: dict[str, np.dtype[Any]] = {
    "bool": np.dtype(np.bool_), "bf16": np.dtype(ml_dtypes.bfloat16), "f16": np.dtype(np.float16),
    "f32": np.dtype(np.float32), "f64": np.dtype(np.float64),
    **{f"{k}{8 * n}": np.dtype(f"{k}{n}") for k in "iu" for n in (1, 2, 4, 8)},
}  # fmt: skip

# how many lifted elements of a fold are held at once
BLOCK = 1 << 20


def evaluate(expr: Expr, env: Mapping[Any, Any]) -> Array:
    """The value of `expr` where `env` gives each free Axis an index grid and each Buffer its flat memory.

    Grids broadcast against each other; so does the result, which has the type of `expr`.
    """
    grids = {k: np.asarray(v, np.int64) for k, v in env.items() if isinstance(k, Axis)}
    memory = {k: np.asarray(v) for k, v in env.items() if isinstance(k, Buffer)}
    with np.errstate(all="ignore"):
        return _Scope(grids, memory, None).value(expr)


def run_nest(nest: Nest, arrays: Mapping[Buffer, Array]) -> None:
    """Do a nest's stores on flat arrays, in place; all loads happen before the first store."""
    planned = []
    for s in nest.stores:
        axes = [a for a in nest.axes if a in s.axes]
        grids = np.ix_(*(np.arange(a.extent) for a in axes))
        env: dict[Any, Array] = {**dict(zip(axes, grids, strict=True)), **arrays}
        parts = np.broadcast_arrays(*(evaluate(e, env) for e in s.parts), *grids)
        planned.append((s, [p.reshape(-1) for p in parts[: len(s.parts)]]))
    for s, (at, value, *guard) in planned:
        wanted = guard[0] if guard else slice(None)
        if at[wanted].size and (at[wanted].min() < 0 or at[wanted].max() >= s.buffer.size):
            raise IndexError(f"store: an index leaves {s.buffer!r}; guard the store or fix the index")
        _write(arrays[s.buffer], at[wanted], value[wanted], s)


def _write(memory: Array, at: Array, value: Array, s: Store) -> None:
    """One store after another; each round takes the first that is left for each place."""
    if s.into is None:
        memory[at] = value
        return
    while at.size:
        places, first = np.unique(at, return_index=True)
        (memory[places],) = combine(s.into, [s.buffer.dtype], [memory[places]], [value[first]])
        at, value = np.delete(at, first), np.delete(value, first)


class _Scope:
    """Index grids of some axes, and the values known under them; folds open inner scopes."""

    def __init__(self, grids: dict[Axis, Array], memory: dict[Buffer, Array], outer: _Scope | None) -> None:
        self.grids, self.memory, self.outer = grids, memory, outer
        self.rank = max((g.ndim for g in grids.values()), default=0)
        if outer is not None:
            self.rank = max(self.rank, outer.rank)
        self.known: dict[Expr, Array] = {}

    def home(self, e: Expr) -> _Scope:
        """The outermost scope that knows all axes that `e` varies over."""
        scope = self
        while scope.outer is not None and e.axes.isdisjoint(scope.grids):
            scope = scope.outer
        return scope

    def value(self, root: Expr) -> Array:
        # an explicit stack, as expressions may nest deeper than Python may
        stack = [root]
        while stack:
            e = stack[-1]
            known = self.home(e).known
            if e in known:
                stack.pop()
                continue
            inner = () if e.op == "fold" else e.args
            missing = [a for a in inner if a not in self.home(a).known]
            if missing:
                stack.extend(missing)
                continue
            known[e] = self.home(e).compute(e, [self.home(a).known[a] for a in inner])
            stack.pop()
        return self.home(root).known[root]

    def compute(self, e: Expr, args: list[Array]) -> Array:
        match e.op:
            case "const" | "param":
                return np.asarray(e.attr, DTYPES[e.dtype])
            case "axis":
                if e.attr not in self.grids:
                    raise KeyError(f"evaluate: axis {e.attr!r} has no index grid in env")
                return self.grids[e.attr]
            case "load":
                return _load(self.memory[e.attr], e.attr, *args)
            case "fold":
                return self.fold(e)
            case "running":
                return self.running(e, *args)
            case "convert":
                return convert(args[0], e.args[0].dtype, e.dtype)
            case "bitcast":
                return np.ascontiguousarray(args[0]).view(DTYPES[e.dtype]).reshape(args[0].shape)
            case "idiv":
                return np.asarray(args[0] // e.attr)
            case "imod":
                return np.asarray(args[0] % e.attr)
            case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
                return np.asarray(_COMPARE[e.op](*args))
        return np.asarray(WORDS[e.op](*args)).astype(DTYPES[e.dtype], copy=False)

    def fold(self, e: Expr) -> Array:
        """One field of a fold: blocks of lifted values, each halved until one row is left."""
        monoid, axes, field = e.attr
        total = math.prod(a.extent for a in axes)
        size = math.prod(np.broadcast_shapes(*(g.shape for a, g in self._all_grids() if a in e.axes)))
        step = max(1, BLOCK // max(1, size))
        dtypes = [x.dtype for x in e.args]
        held: list[Array] | None = None
        for start in range(0, total, step):
            count = min(step, total - start)
            parts = np.unravel_index(np.arange(start, start + count), [a.extent for a in axes])
            shape = (count, *(1,) * self.rank)
            inner = _Scope(
                {a: p.astype(np.int64).reshape(shape) for a, p in zip(axes, parts, strict=True)}, self.memory, self
            )
            lifted = [inner.value(x) for x in e.args]
            # a value that varies over no fold axis is the same in each row
            rows = np.broadcast_arrays(*lifted, np.empty(shape))[:-1]
            block = _halve(monoid, dtypes, list(rows))
            held = block if held is None else combine(monoid, dtypes, held, block)
        assert held is not None
        value: Array = held[field]
        return value

    def running(self, e: Expr, x: Array, start: Array | None = None) -> Array:
        """A running fold, by doubling: after each step a place holds the sum of twice as many elements."""
        monoid, along, reverse = e.attr
        grid = self.grids[along]
        (d,) = (k for k, n in enumerate(grid.shape) if n > 1)
        rows = np.moveaxis(np.broadcast_to(x, np.broadcast_shapes(x.shape, grid.shape)), d, 0)
        y, by = rows[::-1] if reverse else rows, 1
        while by < len(y):
            (more,) = combine(monoid, [e.dtype], [y[:-by]], [y[by:]])
            y, by = np.concatenate([y[:by], more]), 2 * by
        y = np.moveaxis(y[::-1] if reverse else y, 0, d)
        return y if start is None else combine(monoid, [e.dtype], [start], [y])[0]

    def _all_grids(self) -> list[tuple[Axis, Array]]:
        return [*self.grids.items(), *(self.outer._all_grids() if self.outer else ())]


def combine(monoid: Monoid, dtypes: list[str], left: list[Array], right: list[Array]) -> list[Array]:
    """The monoid's sum of two tuples of arrays."""
    with table():
        sides = [[Buffer(side, d, 1) for d in dtypes] for side in ("left", "right")]
        a, b = (tuple(load(buffer, const(0, "i64")) for buffer in side) for side in sides)
        merged = monoid.combine(a, b)
        scope = _Scope({}, {}, None)
        scope.known.update(zip((*a, *b), (*left, *right), strict=True))
        return [scope.value(m) for m in merged]


def _halve(monoid: Monoid, dtypes: list[str], rows: list[Array]) -> list[Array]:
    """The sum over the first dimension, neighbours first, so that the order of elements is kept."""
    while (n := len(rows[0])) > 1:
        even = n - n % 2
        merged = combine(monoid, dtypes, [r[0:even:2] for r in rows], [r[1:even:2] for r in rows])
        rows = [np.concatenate([m, r[even:]]) for m, r in zip(merged, rows, strict=True)] if n % 2 else merged
    return [r[0] for r in rows]


def _load(memory: Array, buffer: Buffer, at: Array, guard: Array | None = None) -> Array:
    dtype = DTYPES[buffer.dtype]
    if guard is not None:
        at = np.where(guard, at, 0)
        if not guard.any():
            return np.zeros(at.shape, dtype)
    if at.size and (at.min() < 0 or at.max() >= memory.size):
        raise IndexError(
            f"load: index range [{at.min()}, {at.max()}] leaves {buffer!r}; guard the load or fix the index"
        )
    value = memory.reshape(-1)[at].astype(dtype, copy=False)
    return value if guard is None else np.where(guard, value, np.zeros((), dtype))


# --- words ---


def _is_float(x: Array) -> bool:
    return x.dtype.kind == "f" or x.dtype == DTYPES["bf16"]


def _guarded(x: Array, y: Array) -> tuple[Array, Array]:
    """The divisors with 1 in place of 0 and of what overflows, and where they were 0."""
    zero = y == 0
    over = (x == np.iinfo(x.dtype).min) & (y == -1) if x.dtype.kind == "i" else np.False_
    return np.where(zero | over, y.dtype.type(1), y), zero


def div(x: Array, y: Array) -> Array:
    if _is_float(x):
        return x / y
    safe, zero = _guarded(x, y)
    floor = x // safe
    toward = floor + ((floor * safe != x) & ((x < 0) != (safe < 0))).astype(x.dtype)
    return np.where(zero, np.array(-1, np.int64).astype(x.dtype), toward)


def rem(x: Array, y: Array) -> Array:
    if _is_float(x):
        return np.fmod(x, y)
    safe, zero = _guarded(x, y)
    return np.where(zero, x, np.fmod(x, safe))


def shl(x: Array, y: Array) -> Array:
    bits = x.dtype.itemsize * 8
    wide = y.astype(f"u{y.dtype.itemsize}") >= bits
    return np.where(wide, x.dtype.type(0), x << np.where(wide, y.dtype.type(0), y))


def shr(x: Array, y: Array) -> Array:
    bits = x.dtype.itemsize * 8
    wide = y.astype(f"u{y.dtype.itemsize}") >= bits
    last = x >> x.dtype.type(bits - 1)
    return np.where(wide, last if x.dtype.kind == "i" else x.dtype.type(0), x >> np.where(wide, y.dtype.type(0), y))


def popcount(x: Array) -> Any:
    return np.bitwise_count(x.view(f"u{x.dtype.itemsize}"))


def clz(x: Array) -> Array:
    bits = x.dtype.itemsize * 8
    left, zeros = x.astype(f"u{x.dtype.itemsize}"), np.full(x.shape, bits)
    for _ in range(bits):
        zeros = zeros - (left != 0)
        left = left >> left.dtype.type(1)
    return zeros


def fma(x: Array, y: Array, z: Array) -> Array:
    """x * y + z, rounded once."""
    if not _is_float(x):
        return x * y + z
    if x.dtype == np.float64:
        return _fma_double(x, y, z)
    # the product is exact in f64; the sum is rounded to odd, which a second rounding cannot spoil
    product, addend = x.astype(np.float64) * y.astype(np.float64), z.astype(np.float64)
    return _narrow(_add_to_odd(product, addend), x.dtype)


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _two_product(a: Array, b: Array) -> tuple[Array, Array]:
    p = a * b
    (ah, al), (bh, bl) = _split(a), _split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def _split(a: Array) -> tuple[Array, Array]:
    c = a * 134217729.0
    high = c - (c - a)
    return high, a - high


def _odd(s: Array, error: Array) -> Array:
    """The sum s + error rounded to odd: exact, or the neighbour whose last bit is 1."""
    bits = np.asarray(s).view(np.int64)
    step = np.where((error > 0) == (s > 0), 1, -1)
    change = (error != 0) & np.isfinite(s) & (bits & 1 == 0)
    return np.where(change, bits + step, bits).view(np.float64)


def _add_to_odd(a: Array, b: Array) -> Array:
    return _odd(*_two_sum(np.asarray(a), np.asarray(b)))


def _fma_double(x: Array, y: Array, z: Array) -> Array:
    x, y, z = np.broadcast_arrays(x, y, z)
    (mx, ex), (my, ey), (mz, ez) = np.frexp(x), np.frexp(y), np.frexp(z)
    scale = ex.astype(np.int64) + ey
    # far apart, only the sign of the smaller one counts: 200 bits are as good as more
    near = np.clip(ez - scale, -200, 200)
    high, low = _two_product(mx, my)
    t, t_error = _two_sum(np.ldexp(mz, near.astype(np.int32)), low)
    v, v_error = _two_sum(high, t)
    result = v + _add_to_odd(t_error, v_error)
    unscale = np.where((z != 0) & (ez - scale > near), ez - near, scale)
    plain = np.ldexp(result, np.clip(unscale, -3000, 3000).astype(np.int32))
    finite = np.isfinite(x) & np.isfinite(y)
    special = ~(finite & np.isfinite(z)) | (x == 0) | (y == 0)
    out: Array = np.where(special, np.where(finite & ~np.isfinite(z), z, x * y + z), plain)
    # a subnormal result would be rounded twice
    for i in np.argwhere(~special & (np.abs(plain) < 2.0**-1021) & (result != 0)):
        at = tuple(i)
        exact = Fraction(float(x[at])) * Fraction(float(y[at])) + Fraction(float(z[at]))
        out[at] = float(exact) if exact else plain[at]
        if exact and out[at] == 0:
            out[at] = math.copysign(0.0, exact)
    return out


def _narrow(x: Array, dtype: np.dtype[Any]) -> Array:
    """f64 values in a narrower float type, rounded once."""
    if dtype != DTYPES["bf16"]:
        return x.astype(dtype)
    single = x.astype(np.float32)
    error = x - single.astype(np.float64)
    bits = single.view(np.int32)
    step = np.where((error > 0) == (single > 0), np.int32(1), np.int32(-1))
    change = (error != 0) & np.isfinite(single) & (bits & 1 == 0)
    return np.where(change, bits + step, bits).view(np.float32).astype(dtype)


def convert(x: Array, source: str, dtype: str) -> Array:
    """x's value in another type: see `expr.convert`."""
    to = DTYPES[dtype]
    if dtype == "bool":
        return np.asarray(x != 0)
    if source in FLOATS and dtype not in FLOATS:
        return _saturate(x.astype(np.float64), dtype)
    if dtype == "bf16" and source == "f64":
        return _narrow(x, to)
    if dtype == "bf16" and source in ("i32", "u32", "i64", "u64"):
        # two exact halves, as the whole may not fit the 53 bits of an f64
        low = x & x.dtype.type(0xFFFF)
        return _narrow(_add_to_odd((x - low).astype(np.float64), low.astype(np.float64)), to)
    return x.astype(to)


def _saturate(x: Array, dtype: str) -> Array:
    low, high, to = lowest(dtype), highest(dtype), DTYPES[dtype]
    inside = (x > float(low) - (dtype not in ("i64", "u64"))) & (x < float(high) + (dtype not in ("i64", "u64")))
    value = np.where(inside, x, 0.0).astype(to)
    value = np.where(inside | np.isnan(x), value, np.where(x > 0, to.type(high), to.type(low)))
    return value


def _in_f32(word: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The word for bf16 too, which numpy has not."""

    def wide(x: Array) -> Array:
        return word(x.astype(np.float32)).astype(x.dtype) if x.dtype == DTYPES["bf16"] else word(x)

    return wide


def _negative(x: Array) -> Array:
    return ~x if x.dtype == np.bool_ else -x


_COMPARE: dict[str, Callable[..., Any]] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}  # fmt: skip

WORDS: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": div, "rem": rem, "neg": _negative, "abs": np.abs,
    "fma": fma, "min": np.minimum, "max": np.maximum, "sqrt": _in_f32(np.sqrt), "floor": _in_f32(np.floor),
    "ceil": _in_f32(np.ceil), "rint": _in_f32(np.rint), "trunc": _in_f32(np.trunc), "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.invert, "shl": shl, "shr": shr, "popcount": popcount,
    "clz": clz, "select": np.where,
}  # fmt: skip
