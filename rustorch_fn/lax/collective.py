"""Talking across a named axis: psum, pmean, pmax, all_gather, all_to_all, ppermute, axis_index."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, tree
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import BatchAxis, Primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of, axis_size
from rustorch_fn.core.typing import PyTree
from rustorch_fn.transform.batch import move_to


class Collective(Primitive):
    """Linear in its operand. Outside the axis it stays as it is; the axis itself resolves it."""

    def collective(self, axis: Any, *, axis_name: Any, **attrs: Any) -> bool:
        return bool(axis == axis_name)

    def ref(self, *args: Any, axis_name: Any, **attrs: Any) -> Any:
        raise errors.AxisError.unbound(self.name, axis_name)

    def lin(self, active: tuple[bool, ...], x: Any, **attrs: Any) -> Any:
        return self(x, **attrs), lambda t: self(t, **attrs)

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        return True


class Psum(Collective):
    """The sum over the axis, the same in every lane."""

    name = "psum"

    def shape(self, x: Aval, *, axis_name: Any) -> Aval:
        return x.strong()

    def transpose(self, ct: Any, x: Any, *, axis_name: Any) -> Any:
        return (psum_op(ct, axis_name=axis_name),)

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any) -> Any:
        return psum_op(xs[0], axis_name=axis_name), ds[0]

    def across(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any) -> Any:
        (x,), (d,) = xs, ds
        return (roles.operator("mul", x, axis.size) if d is None else roles.reduce_sum(x, (d,))), None


class AllGather(Collective):
    """Every lane gets all lanes' values along a new axis `at`."""

    name = "all_gather"

    def shape(self, x: Aval, *, axis_name: Any, size: int, at: int) -> Aval:
        return x.like(shape=(*x.shape[:at], size, *x.shape[at:]))

    def transpose(self, ct: Any, x: Any, *, axis_name: Any, size: int, at: int) -> Any:
        return (reduce_scatter_op(ct, axis_name=axis_name, size=size, at=at),)

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int, at: int) -> Any:
        x = move_to(xs[0], ds[0], 0, axis)
        return all_gather_op(x, axis_name=axis_name, size=size, at=at + 1), 0

    def across(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int, at: int) -> Any:
        return move_to(xs[0], ds[0], at, axis), None


class ReduceScatter(Collective):
    """Sum over lanes; lane k keeps part k of axis `at`."""

    name = "reduce_scatter"

    def shape(self, x: Aval, *, axis_name: Any, size: int, at: int) -> Aval:
        if x.shape[at] != size:
            raise errors.ShapeError("psum_scatter: the axis must be as long as the named axis", got=f"{x} and {size}")
        return x.like(shape=x.shape[:at] + x.shape[at + 1 :])

    def transpose(self, ct: Any, x: Any, *, axis_name: Any, size: int, at: int) -> Any:
        return (all_gather_op(ct, axis_name=axis_name, size=size, at=at),)

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int, at: int) -> Any:
        x = move_to(xs[0], ds[0], 0, axis)
        return reduce_scatter_op(x, axis_name=axis_name, size=size, at=at + 1), 0

    def across(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int, at: int) -> Any:
        (x,), (d,) = xs, ds
        return (roles.operator("mul", x, size) if d is None else roles.reduce_sum(x, (d,))), at


class Ppermute(Collective):
    """Lane j gets lane i's value for each (i, j) of `perm`, and zeros where nothing is sent."""

    name = "ppermute"

    def shape(self, x: Aval, *, axis_name: Any, perm: tuple[tuple[int, int], ...]) -> Aval:
        return x

    def transpose(self, ct: Any, x: Any, *, axis_name: Any, perm: tuple[tuple[int, int], ...]) -> Any:
        return (ppermute_op(ct, axis_name=axis_name, perm=tuple((j, i) for i, j in perm)),)

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        return ppermute_op(xs[0], **attrs), ds[0]

    def across(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, perm: tuple[tuple[int, int], ...]) -> Any:
        x = move_to(xs[0], ds[0], 0, axis)
        sender = dict((j, i) for i, j in perm)
        order = [sender.get(j, 0) for j in range(axis.size)]
        taken = x[roles.asarray(np.array(order, np.int32))]
        if len(sender) == axis.size:
            return taken, 0
        sent = roles.asarray(np.array([j in sender for j in range(axis.size)]))
        aval = aval_of(taken)
        return roles.select(roles.broadcast(sent, aval.shape, (0,)), taken, roles.zeros(aval)), 0


class AllToAll(Collective):
    """Lane k sends part j of axis `split` to lane j; what a lane gets is stacked along a new axis `concat`."""

    name = "all_to_all"

    def shape(self, x: Aval, *, axis_name: Any, size: int, split: int, concat: int) -> Aval:
        if x.shape[split] != size:
            raise errors.ShapeError(
                "all_to_all: the split axis must be as long as the named axis", got=f"{x} and {size}"
            )
        rest = x.shape[:split] + x.shape[split + 1 :]
        return x.like(shape=(*rest[:concat], size, *rest[concat:]))

    def transpose(self, ct: Any, x: Any, *, axis_name: Any, size: int, split: int, concat: int) -> Any:
        return (all_to_all_op(ct, axis_name=axis_name, size=size, split=concat, concat=split),)

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int, split: int, concat: int) -> Any:
        x = move_to(xs[0], ds[0], 0, axis)
        return all_to_all_op(x, axis_name=axis_name, size=size, split=split + 1, concat=concat + 1), 0

    def across(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int, split: int, concat: int) -> Any:
        x = move_to(xs[0], ds[0], 0, axis)
        # lanes and parts change places; then the old lanes move to `concat`
        lanes = [k for k in range(aval_of(x).ndim) if k not in (0, split + 1)]
        lanes.insert(concat, 0)
        return roles.permute(x, (split + 1, *lanes)), 0


class AxisIndex(Collective):
    """The lane's own position."""

    name = "axis_index"

    def shape(self, *, axis_name: Any, size: int) -> Aval:
        return Aval((), dtypes.int32)

    def across(self, axis: BatchAxis, xs: Any, ds: Any, *, axis_name: Any, size: int) -> Any:
        return Array.of(np.arange(size, dtype=np.int32), form(Aval((size,), dtypes.int32))), 0


psum_op: Any = register(Psum())
all_gather_op: Any = register(AllGather())
reduce_scatter_op: Any = register(ReduceScatter())
ppermute_op: Any = register(Ppermute())
all_to_all_op: Any = register(AllToAll())
axis_index_op: Any = register(AxisIndex())


# --- the public functions: trees of arrays ---


def _names(axis_name: Any) -> Sequence[Any]:
    return axis_name if isinstance(axis_name, tuple | list) else (axis_name,)


def _each(f: Callable[[Any], Any], x: Any) -> Any:
    return tree.map(lambda leaf: f(roles.asarray(leaf)), x)


def psum(x: PyTree, axis_name: Hashable, *, axis_index_groups: Sequence[Sequence[int]] | None = None) -> Any:
    """The sum of x over a named axis (or several), in every lane; of bools it is how many hold.

    `psum(1, name)` is the axis's size, as an int.

    >>> rt.vmap(lambda x: x / rt.lax.psum(x, "i"), axis_name="i")(rt.numpy.array([1.0, 3.0]))
    Array([0.25, 0.75], dtype=float32)
    """
    _no_groups("psum", axis_index_groups)
    if isinstance(x, int | float):
        for name in _names(axis_name):
            x = x * axis_size(name)
        return x

    def one(leaf: Any) -> Any:
        leaf = leaf.astype(dtypes.int32) if leaf.dtype == dtypes.bool_ else leaf
        for name in _names(axis_name):
            axis_size(name)
            leaf = psum_op(leaf, axis_name=name)
        return leaf

    return _each(one, x)


def pmean(x: PyTree, axis_name: Hashable, *, axis_index_groups: Sequence[Sequence[int]] | None = None) -> Any:
    """The mean of x over a named axis, in every lane.

    >>> rt.vmap(lambda x: x - rt.lax.pmean(x, "i"), axis_name="i")(rt.numpy.array([1.0, 5.0]))
    Array([-2.,  2.], dtype=float32)
    """
    count = psum(1, axis_name)
    return tree.map(
        lambda y: roles.operator("truediv", y, count), psum(x, axis_name, axis_index_groups=axis_index_groups)
    )


def pmax(x: PyTree, axis_name: Hashable, *, axis_index_groups: Sequence[Sequence[int]] | None = None) -> Any:
    """The greatest value over a named axis, in every lane.

    >>> rt.vmap(lambda x: rt.lax.pmax(x, "i"), axis_name="i")(rt.numpy.array([1, 5, 3]))
    Array([5, 5, 5], dtype=int32)
    """
    _no_groups("pmax", axis_index_groups)
    return _gathered(x, axis_name, roles.reduce_max)


def pmin(x: PyTree, axis_name: Hashable, *, axis_index_groups: Sequence[Sequence[int]] | None = None) -> Any:
    """The least value over a named axis, in every lane.

    >>> rt.vmap(lambda x: rt.lax.pmin(x, "i"), axis_name="i")(rt.numpy.array([1, 5, 3]))
    Array([1, 1, 1], dtype=int32)
    """
    _no_groups("pmin", axis_index_groups)
    return _gathered(x, axis_name, roles.reduce_min)


def _gathered_along(name: Any, fold: Callable[..., Any], leaf: Any) -> Any:
    return fold(all_gather(leaf, name), (0,))


def _gathered(x: Any, axis_name: Any, fold: Callable[..., Any]) -> Any:
    for name in _names(axis_name):
        x = _each(functools.partial(_gathered_along, name, fold), x)
    return x


def all_gather(
    x: PyTree,
    axis_name: Hashable,
    *,
    axis_index_groups: Sequence[Sequence[int]] | None = None,
    axis: int = 0,
    tiled: bool = False,
) -> Any:
    """All lanes' values along a new axis (or, `tiled`, joined along an old one), in every lane.

    >>> rt.vmap(lambda x: rt.lax.all_gather(x, "i"), axis_name="i")(rt.numpy.array([1, 2]))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    _no_groups("all_gather", axis_index_groups)
    size = axis_size(axis_name)

    def one(leaf: Any) -> Any:
        at = axis % (leaf.ndim + (not tiled))
        out = all_gather_op(leaf, axis_name=axis_name, size=size, at=at)
        if not tiled:
            return out
        shape = leaf.shape
        return roles.reshape(out, (*shape[:at], size * shape[at], *shape[at + 1 :]))

    return _each(one, x)


def psum_scatter(
    x: PyTree,
    axis_name: Hashable,
    *,
    scatter_dimension: int = 0,
    axis_index_groups: Sequence[Sequence[int]] | None = None,
    tiled: bool = False,
) -> Any:
    """The sum over a named axis, of which each lane keeps its own part.

    >>> rt.vmap(lambda x: rt.lax.psum_scatter(x, "i"), axis_name="i")(rt.numpy.array([[1, 2], [3, 4]]))
    Array([4, 6], dtype=int32)
    """
    _no_groups("psum_scatter", axis_index_groups)
    size = axis_size(axis_name)

    def one(leaf: Any) -> Any:
        at = scatter_dimension % leaf.ndim
        if not tiled:
            return reduce_scatter_op(leaf, axis_name=axis_name, size=size, at=at)
        shape = leaf.shape
        _divides("psum_scatter", shape[at], size)
        cut = roles.reshape(leaf, (*shape[:at], size, shape[at] // size, *shape[at + 1 :]))
        return reduce_scatter_op(cut, axis_name=axis_name, size=size, at=at)

    return _each(one, x)


def ppermute(x: PyTree, axis_name: Hashable, perm: Sequence[tuple[int, int]]) -> Any:
    """Send x from lane i to lane j for each (i, j); lanes that get nothing have zeros.

    >>> rt.vmap(lambda x: rt.lax.ppermute(x, "i", [(0, 1), (1, 2)]), axis_name="i")(rt.numpy.array([1, 2, 3]))
    Array([0, 1, 2], dtype=int32)
    """
    size = axis_size(axis_name)
    pairs = tuple((int(i), int(j)) for i, j in perm)
    for side, ends in (("sources", [i for i, _ in pairs]), ("destinations", [j for _, j in pairs])):
        if len(set(ends)) != len(ends) or any(not 0 <= k < size for k in ends):
            raise errors.BadArgument("ppermute", "perm", perm, f"Distinct {side} from 0 to {size - 1}")
    return _each(lambda leaf: ppermute_op(leaf, axis_name=axis_name, perm=pairs), x)


def pshuffle(x: PyTree, axis_name: Hashable, perm: Sequence[int]) -> Any:
    """Lane j gets the value of lane perm[j].

    >>> rt.vmap(lambda x: rt.lax.pshuffle(x, "i", [2, 0, 1]), axis_name="i")(rt.numpy.array([1, 2, 3]))
    Array([3, 1, 2], dtype=int32)
    """
    return ppermute(x, axis_name, [(i, j) for j, i in enumerate(perm)])


def pswapaxes(
    x: PyTree, axis_name: Hashable, axis: int, *, axis_index_groups: Sequence[Sequence[int]] | None = None
) -> Any:
    """Exchange the mapped axis and an axis of the same size: lane k gets what all lanes have at k of it.

    >>> rt.vmap(lambda x: rt.lax.pswapaxes(x, "i", 0), axis_name="i")(rt.numpy.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return all_to_all(x, axis_name, axis, axis, axis_index_groups=axis_index_groups)


def all_to_all(
    x: PyTree,
    axis_name: Hashable,
    split_axis: int,
    concat_axis: int,
    *,
    axis_index_groups: Sequence[Sequence[int]] | None = None,
    tiled: bool = False,
) -> Any:
    """Exchange parts: lane k's part j of `split_axis` goes to lane j, which stacks what it gets along `concat_axis`.

    >>> rt.vmap(lambda x: rt.lax.all_to_all(x, "i", 0, 0), axis_name="i")(rt.numpy.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    _no_groups("all_to_all", axis_index_groups)
    size = axis_size(axis_name)

    def one(leaf: Any) -> Any:
        split, concat = split_axis % leaf.ndim, concat_axis % leaf.ndim
        if not tiled:
            return all_to_all_op(leaf, axis_name=axis_name, size=size, split=split, concat=concat)
        shape = leaf.shape
        _divides("all_to_all", shape[split], size)
        cut = roles.reshape(leaf, (*shape[:split], size, shape[split] // size, *shape[split + 1 :]))
        out = all_to_all_op(cut, axis_name=axis_name, size=size, split=split, concat=concat)
        kept = list(shape)
        kept[split] //= size
        kept[concat] *= size
        return roles.reshape(out, tuple(kept))

    return _each(one, x)


def axis_index(axis_name: Hashable) -> Array:
    """The lane's position on a named axis, as an int32 scalar.

    >>> rt.vmap(lambda x: x + rt.lax.axis_index("i"), axis_name="i")(rt.numpy.array([10, 20]))
    Array([10, 21], dtype=int32)
    """
    index: Any = None
    for name in _names(axis_name):
        size = axis_size(name)
        here = axis_index_op(axis_name=name, size=size)
        index = here if index is None else roles.operator("add", roles.operator("mul", index, size), here)
    return index


def _divides(what: str, n: int, size: int) -> None:
    if n % size:
        raise errors.ShapeError(
            f"{what}: the axis's length must be a multiple of the named axis's", got=f"{n} and {size}"
        )


def _no_groups(what: str, groups: Any) -> None:
    if groups is not None:
        raise errors.BadArgument(what, "axis_index_groups", groups, "None: the whole axis")
