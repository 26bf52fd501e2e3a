"""Folds: sums and their kin along axes, running folds, and sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import Pair, composed
from rustorch_fn.core.primitive import BatchAxis, Primitive, primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import math as M
from rustorch_fn.lax import elementwise as E
from rustorch_fn.lax.families import ANY, BITWISE, FIELD, ORDERED, Linear, constant, filled, unbatched_to, wide
from rustorch_fn.lax.shaping import check_axes, iota, pad, reshape, slice_along, up, without


def widened(x: np.ndarray) -> np.ndarray:
    """Storage types as float32, in which they are accumulated."""
    return x.astype(np.float32) if x.dtype in dtypes.LOW else x


def weave(kept: tuple[K.Expr, ...], axes: Sequence[int], folded: Sequence[K.Expr]) -> tuple[K.Expr, ...]:
    """One index from those of the kept axes and those of the folded `axes`."""
    rest, by = iter(kept), dict(zip(axes, folded, strict=True))
    return tuple(by[a] if a in by else next(rest) for a in range(len(kept) + len(axes)))


class Reduce(Primitive):
    """Fold x over `axes` by a monoid."""

    accepts: frozenset[Any]
    monoid: K.Monoid
    ufunc: np.ufunc
    # the monoid's neutral element for a NumPy type
    neutral: Callable[[Any], Any]

    def shape(self, x: Aval, *, axes: tuple[int, ...], **attrs: Any) -> Aval:
        check_axes(self.name, axes, x)
        if x.dtype not in self.accepts:
            names = ", ".join(sorted(dtypes.SHORT[d] for d in self.accepts))
            raise errors.DtypeError(f"{self.name}: a type that it has no meaning for", got=x, hint=f"It takes {names}.")
        return x.like(shape=tuple(x.shape[a] for a in without(range(x.ndim), axes)))

    def ref(self, x: np.ndarray, *, axes: tuple[int, ...], **attrs: Any) -> Any:
        y = widened(x)
        if not axes:
            return y
        # float32 sums are NumPy's pairwise ones; integers keep their width and wrap
        return self.ufunc.reduce(y, axis=axes, dtype=y.dtype, initial=self.neutral(y.dtype))

    def at(self, i: tuple[K.Expr, ...], x: K.View, *, axes: tuple[int, ...], **attrs: Any) -> K.Expr:
        over = [K.Axis(x.shape[a], "r") for a in axes]
        read = wide(x[weave(i, axes, [K.axis(r) for r in over])])
        # a bool's max and min are its or and and
        monoid = {"max": K.OR, "min": K.AND}.get(self.monoid.name, self.monoid) if x.dtype == "bool" else self.monoid
        return K.convert(K.fold(monoid, over, [read]), x.dtype)

    def lin(self, active: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
        return self(x, axes=axes), lambda t: None

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, axes: tuple[int, ...], **attrs: Any) -> Any:
        over = up(axes, ds[0])
        return self(xs[0], axes=over, **attrs), ds[0] - sum(a < ds[0] for a in over)


class ReduceSum(Linear, Reduce):
    def transpose(self, ct: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
        return (roles.broadcast(ct, x.shape, without(range(x.ndim), axes)),)


def halved(combine: Callable[..., Any], rows: Any, neutral: Any) -> Any:
    """The fold of the last axis by halves."""
    last = aval_of(rows).ndim - 1
    while (n := aval_of(rows).shape[last]) > 1:
        left, right = (slice_along(rows, last, *cut) for cut in ((0, n // 2), (n // 2, n // 2 * 2)))
        rest = [slice_along(rows, last, n - 1, n)] if n % 2 else []
        rows = roles.concat([combine(left, right), *rest], last)
    shape = aval_of(rows).shape[:last]
    return reshape(rows, shape=shape) if n else roles.broadcast(neutral, shape, ())


class ReduceProd(Reduce):
    def parts(self, x: Any, *, axes: tuple[int, ...]) -> Any:
        return composed(lambda z: halved(E.mul, _rows(z, axes), constant(1, z.dtype)), x)

    def lin(self, active: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
        """By the products of all before and of all after an element, which need no division and so forgive zeros."""
        rows = _rows(x, axes)
        last = aval_of(rows).ndim - 1
        before = shifted(cumprod(rows, axis=last, reverse=False), last, 1, 1, False)
        after = shifted(cumprod(rows, axis=last, reverse=True), last, 1, 1, True)
        others = E.mul(before, after)
        return self(x, axes=axes), lambda t: reduce_sum(E.mul(others, _rows(t, axes)), axes=(last,))


class ReduceBest(Reduce):
    """max and min: equal winners share the gradient, or the `first` of them gets it all, as in pooling."""

    combine: Callable[..., Any]

    def parts(self, x: Any, *, axes: tuple[int, ...], **attrs: Any) -> Any:
        neutral = constant(self.neutral(dtypes.complex64), dtypes.complex64)
        return composed(lambda z: halved(self.combine, _rows(z, axes), roles.convert(neutral, z.dtype)), x)

    def lin(self, active: Any, x: Any, *, axes: tuple[int, ...], first: bool = False) -> Any:
        y = self(x, axes=axes, **({"first": True} if first else {}))
        aval = aval_of(x)
        if not active[0] or aval.dtype not in dtypes.INEXACT:
            return y, lambda t: None
        kept = without(range(aval.ndim), axes)
        best = E.eq(x, roles.broadcast(y, aval.shape, kept))
        if first:
            place = _places(aval.shape, axes)
            # a last place that is the same for all sizes, as those share a kernel
            found = reduce_min(E.select(best, place, filled(place, highest(aval_of(place).dtype))), axes=axes)
            best = E.eq(place, roles.broadcast(found, aval.shape, kept))
        scale = roles.convert(best, aval.dtype)
        if not first:
            scale = E.div(scale, roles.broadcast(reduce_sum(scale, axes=axes), aval.shape, kept))
        return y, lambda t: reduce_sum(E.mul(scale, t), axes=axes)


def _places(shape: Sequence[int], axes: Sequence[int]) -> Any:
    """The row-major number of each element along `axes`."""
    total, step = roles.broadcast(constant(0, dtypes.int32), tuple(shape), ()), 1
    for a in reversed(axes):
        place = iota(shape=tuple(shape), dtype=dtypes.int32, axis=a)
        total, step = E.add(total, E.mul(place, filled(place, step))), step * shape[a]
    return total


def _rows(x: Any, axes: Sequence[int]) -> Any:
    """x with `axes` last, as one axis."""
    aval = aval_of(x)
    kept = without(range(aval.ndim), axes)
    x = roles.permute(x, (*kept, *axes))
    return reshape(x, shape=(*(aval.shape[a] for a in kept), int(np.prod([aval.shape[a] for a in axes]))))


def lowest(dtype: Any) -> Any:
    """The least value of a NumPy type."""
    if dtype in dtypes.COMPLEX:
        return complex(-np.inf, -np.inf)
    if dtype == dtypes.float8_e4m3fn:
        # it has no infinity
        return float(dtypes.finfo(dtype).min)
    return False if dtype == np.bool_ else -np.inf if dtypes.is_float(dtype) else np.iinfo(dtype).min


def highest(dtype: Any) -> Any:
    """The greatest value of a NumPy type."""
    if dtype in dtypes.COMPLEX:
        return complex(np.inf, np.inf)
    if dtype == dtypes.float8_e4m3fn:
        return float(dtypes.finfo(dtype).max)
    return True if dtype == np.bool_ else np.inf if dtypes.is_float(dtype) else np.iinfo(dtype).max


def _reduce(
    name: str, family: type[Reduce], accepts: Any, monoid: K.Monoid, ufunc: Any, neutral: Any, combine: Any = None
) -> Any:
    body = dict(name=name, accepts=accepts, monoid=monoid, ufunc=ufunc, neutral=staticmethod(neutral), combine=combine)
    return register(type(name, (family,), body)())


reduce_sum = _reduce("reduce_sum", ReduceSum, FIELD, K.ADD, np.add, lambda d: 0)
reduce_prod = _reduce("reduce_prod", ReduceProd, FIELD, K.MUL, np.multiply, lambda d: 1)
reduce_max = _reduce("reduce_max", ReduceBest, ANY, K.MAX, np.maximum, lowest, E.max)
reduce_min = _reduce("reduce_min", ReduceBest, ANY, K.MIN, np.minimum, highest, E.min)
reduce_and = _reduce("reduce_and", Reduce, BITWISE, K.AND, np.bitwise_and, lambda d: ~d.type(0))
reduce_or = _reduce("reduce_or", Reduce, BITWISE, K.OR, np.bitwise_or, lambda d: d.type(0))
reduce_xor = _reduce("reduce_xor", Reduce, BITWISE, K.XOR, np.bitwise_xor, lambda d: d.type(0))


class ArgFold(Primitive):
    """The place of the best element along `axis`: the first of equals; NaN is better than all."""

    monoid: K.Monoid
    chooser: Callable[..., Any]

    def shape(self, x: Aval, *, axis: int, index_dtype: Any) -> Aval:
        check_axes(self.name, (axis,), x)
        if x.dtype not in ORDERED:
            raise errors.DtypeError(f"{self.name}: complex numbers have no order", got=x,
                                    hint="Take abs or real first.")  # fmt: skip
        if x.shape[axis] == 0:
            raise errors.ShapeError(f"{self.name}: the axis is empty", got=f"axis {axis} of {x}",
                                    hint="An axis with at least one element would work.")  # fmt: skip
        return Aval(x.shape[:axis] + x.shape[axis + 1 :], index_dtype, False, x.vary)

    def ref(self, x: np.ndarray, *, axis: int, index_dtype: Any) -> Any:
        return self.chooser(widened(x), axis=axis).astype(index_dtype)

    def at(self, i: tuple[K.Expr, ...], x: K.View, *, axis: int, index_dtype: Any) -> K.Expr:
        over = K.Axis(x.shape[axis], "r")
        place = K.axis(over)
        read = wide(x[weave(i, (axis,), [place])])
        if read.dtype == "bool":
            read = K.convert(read, "u8")
        if over.extent == 1:
            return K.const(0, dtypes.SHORT[index_dtype])
        return K.fold(self.monoid, [over], [read, K.convert(place, dtypes.SHORT[index_dtype])], 1)

    def lin(self, active: Any, x: Any, **attrs: Any) -> Any:
        return self(x, **attrs), lambda t: None

    def batch(self, axis_: BatchAxis, xs: Any, ds: Any, *, axis: int, index_dtype: Any) -> Any:
        d = ds[0]
        over = axis + (axis >= d)
        return self(xs[0], axis=over, index_dtype=index_dtype), d - (over < d)


argmax = register(type("argmax", (ArgFold,), dict(name="argmax", monoid=K.ARGMAX, chooser=staticmethod(np.argmax)))())
argmin = register(type("argmin", (ArgFold,), dict(name="argmin", monoid=K.ARGMIN, chooser=staticmethod(np.argmin)))())


# --- running folds ---

# an axis up to which each place of a running fold is computed for itself
SHORT = 32


class Cumulate(Primitive):
    """The fold of all elements up to each place along `axis`; from the end where `reverse`."""

    accepts: frozenset[Any] = FIELD
    ufunc: Any
    neutral: float = 0
    monoid: K.Monoid
    # combine(x, y), and its partial derivatives given (z, x, y)
    combine: Callable[..., Any]
    partials: tuple[Callable[..., Any], Callable[..., Any]]

    def shape(self, x: Aval, *, axis: int, reverse: bool = False) -> Aval:
        check_axes(self.name, (axis,), x)
        if x.dtype not in self.accepts:
            raise errors.DtypeError(f"{self.name}: a type that it has no meaning for", got=x)
        return x

    def ref(self, x: np.ndarray, *, axis: int, reverse: bool = False) -> Any:
        y = widened(x)
        y = np.flip(y, axis) if reverse else y
        y = self.ufunc.accumulate(y, axis=axis, dtype=y.dtype)
        return np.flip(y, axis) if reverse else y

    def at(self, i: tuple[K.Expr, ...], x: K.View, *, axis: int, reverse: bool = False) -> K.Expr:
        """Along a short axis each place folds all before it anew; along a longer one a loop carries the fold."""
        if x.shape[axis] > SHORT:
            if i[axis].op != "axis":
                raise errors.InternalError(f"{self.name}: a running fold was read at a computed place")
            return K.convert(K.running(self.monoid, i[axis].attr, wide(x[i]), None, reverse), x.dtype)
        over = K.Axis(x.shape[axis], "c")
        place = K.axis(over)
        read = wide(x[(*i[:axis], place, *i[axis + 1 :])])
        (neutral,) = self.monoid.init((read.dtype,))
        seen = K.compare("ge" if reverse else "le", place, i[axis])
        return K.convert(K.fold(self.monoid, [over], [K.select(seen, read, K.const(neutral, read.dtype))]), x.dtype)

    def lin(self, active: Any, x: Any, *, axis: int, reverse: bool = False) -> Any:
        """By doubling: after step k each place holds the fold of its last 2**k elements."""
        aval, levels, y, by = aval_of(x), [], x, 1
        while by < aval.shape[axis]:
            before = shifted(y, axis, by, self.neutral, reverse)
            z = self.combine(before, y)
            levels.append((by, self.partials[0](z, before, y), self.partials[1](z, before, y)))
            y, by = z, 2 * by

        def push(t: Any) -> Any:
            for by, outer, inner in levels:
                t = E.add(E.mul(outer, shifted(t, axis, by, 0, reverse)), E.mul(inner, t))
            return t

        return self(x, axis=axis, reverse=reverse), push

    def parts(self, x: Any, *, axis: int, reverse: bool = False) -> Any:
        def doubled(y: Any) -> Any:
            by = 1
            while by < y.shape[axis]:
                y, by = self.combine(shifted(y, axis, by, self.neutral, reverse), y), 2 * by
            return y

        return composed(doubled, x)

    def batch(self, axis_: BatchAxis, xs: Any, ds: Any, *, axis: int, reverse: bool = False) -> Any:
        return self(xs[0], axis=axis + (axis >= ds[0]), reverse=reverse), ds[0]


class CumulateSum(Linear, Cumulate):
    def transpose(self, ct: Any, x: Any, *, axis: int, reverse: bool = False) -> Any:
        return (self(ct, axis=axis, reverse=not reverse),)


def shifted(x: Any, axis: int, by: int, fill: float, reverse: bool) -> Any:
    """x moved `by` places to later ones (to earlier ones where `reverse`), with `fill` coming in."""
    rank = aval_of(x).ndim
    there = tuple(by if a == axis else 0 for a in range(rank))
    back = tuple(-n for n in there)
    lo, hi = (back, there) if reverse else (there, back)
    return pad(x, constant(neutral_of(fill, aval_of(x).dtype), aval_of(x).dtype), lo=lo, hi=hi, interior=(0,) * rank)


def neutral_of(value: float, dtype: Any) -> Any:
    """An infinity as the bound of a type."""
    if not dtypes.is_float(dtype) and np.isinf(value):
        return lowest(dtype) if value < 0 else highest(dtype)
    return value


def _cumulate(name: str, ufunc: Any, monoid: K.Monoid, family: type[Cumulate] = Cumulate, **more: Any) -> Any:
    fixed = {k: staticmethod(v) if callable(v) else v for k, v in more.items()}
    return register(type(name, (family,), dict(name=name, ufunc=ufunc, monoid=monoid, **fixed))())


LOGADDEXP = K.Monoid("logaddexp", lambda ds: (-np.inf,), lambda a, b: (M.logaddexp(a[0], b[0]),))

cumsum = _cumulate("cumsum", np.add, K.ADD, CumulateSum)
cumprod = _cumulate("cumprod", np.multiply, K.MUL, neutral=1, combine=lambda x, y: E.mul(x, y),
                    partials=(lambda z, x, y: y, lambda z, x, y: x))  # fmt: skip
cummax = _cumulate("cummax", np.maximum, K.MAX, neutral=-np.inf, combine=lambda x, y: E.max(x, y),
                   partials=E.max.partials)  # fmt: skip
cummin = _cumulate("cummin", np.minimum, K.MIN, neutral=np.inf, combine=lambda x, y: E.min(x, y),
                   partials=E.min.partials)  # fmt: skip
cumlogsumexp = _cumulate(
    "cumlogsumexp", np.logaddexp, LOGADDEXP, neutral=-np.inf, accepts=dtypes.FLOATS,
    combine=lambda x, y: E.logaddexp(x, y), partials=E.logaddexp.partials,
)  # fmt: skip


# --- sorting ---


def stable_order(x: np.ndarray, axis: int) -> np.ndarray:
    """The places of x's elements in sorted order, equal ones as they stand.

    Keys of up to 32 bits are sorted together with their places as one integer each, which is several times faster.
    """
    n = x.shape[axis]
    if x.dtype.itemsize > 4 or n >= 1 << 32:
        return np.argsort(x, axis, "stable")
    places = np.arange(n, dtype=np.uint64).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
    both = np.sort(rank(x).astype(np.uint64) << np.uint64(32) | places, axis)
    return (both & np.uint64(0xFFFFFFFF)).astype(np.int64)


def key_parts(x: np.ndarray) -> list[np.ndarray]:
    """What a key is ordered by, the most significant first: a complex one by its real, then its imaginary part."""
    return [x.real, x.imag] if x.dtype.kind == "c" else [x]


def rank(x: np.ndarray) -> np.ndarray:
    """Unsigned integers in the order of x: zeros are equal, NaN is last."""
    if x.dtype.kind == "f":
        # adding zero makes -0 a 0
        bits = (x + x.dtype.type(0)).view(f"u{x.dtype.itemsize}")
        top = bits.dtype.type(1 << (8 * x.dtype.itemsize - 1))
        return np.where(np.isnan(x), ~bits.dtype.type(0), np.where(bits & top, ~bits, bits | top))
    if x.dtype.kind == "i":
        bits = x.view(f"u{x.dtype.itemsize}")
        return bits ^ bits.dtype.type(1 << (8 * x.dtype.itemsize - 1))
    return x


@primitive
class sort(Primitive):
    """The operands in the order that the first `num_keys` of them give along `axis`; NaN is last."""

    step = "control"
    multiple = True

    def shape(*xs, axis, num_keys=1, stable=True):
        check_axes("sort", (axis,), xs[0])
        if any(x.shape != xs[0].shape for x in xs) or not 1 <= num_keys <= len(xs):
            raise errors.ShapeError(
                "sort: operands of one shape, the keys first",
                got=" · ".join(map(repr, xs)),
                hint=f"num_keys from 1 to {len(xs)} would work.",
            )
        return list(xs)

    def ref(*xs, axis, num_keys=1, stable=True):
        keys = [widened(part) for x in xs[:num_keys] for part in key_parts(x)]
        num_keys = len(keys)
        if len(xs) == len(keys) == 1 and not np.signbit(keys[0][keys[0] == 0]).any():
            # equal numbers cannot be told apart, so that the fastest sort is as good as a stable one
            return [np.sort(keys[0], axis=axis).astype(xs[0].dtype)]
        order = stable_order(keys[0], axis) if num_keys == 1 else np.lexsort(keys[::-1], axis)
        return [np.take_along_axis(x, order, axis) for x in xs]

    def lin(active, *xs, axis, num_keys=1, stable=True):
        aval = aval_of(xs[0])
        places = iota(shape=aval.shape, dtype=dtypes.int32, axis=axis)
        *ys, order = sort(*xs, places, axis=axis, num_keys=num_keys, stable=stable)

        def push(*ts):
            return [None if t is None else indexing.take_along(t, order, axis) for t in ts]

        return ys, push

    def parts(*xs, axis, num_keys=1, stable=True):
        flat = [part for x in xs for part in (x if type(x) is Pair else (x,))]
        keys = sum(2 if type(x) is Pair else 1 for x in xs[:num_keys])
        ys = iter(sort(*flat, axis=axis, num_keys=keys, stable=stable))
        return [Pair(next(ys), next(ys)) if type(x) is Pair else next(ys) for x in xs]

    def batch(axis_, xs, ds, *, axis, num_keys=1, stable=True):
        d = next(d for d in ds if d is not None)
        xs = [unbatched_to(axis_, x, k, d) for x, k in zip(xs, ds, strict=True)]
        return sort(*xs, axis=axis + (axis >= d), num_keys=num_keys, stable=stable), [d] * len(xs)


from rustorch_fn.lax import indexing  # noqa: E402  (sorting differentiates as a gather)
