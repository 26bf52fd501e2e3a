"""vmap, as users call it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any, ParamSpec, TypeVar

from rustorch_fn import errors, tree
from rustorch_fn.boundary import boundary
from rustorch_fn.core.primitive import BatchAxis
from rustorch_fn.core.trace import aval_of
from rustorch_fn.transform.batch import batch, move_to
from rustorch_fn.transform.grad import Flat, function_of, lifted, name_of

P = ParamSpec("P")
R = TypeVar("R")


def vmap(
    fun: Callable[P, R],
    in_axes: Any = 0,
    out_axes: Any = 0,
    axis_name: Hashable | None = None,
    axis_size: int | None = None,
    spmd_axis_name: Hashable | None = None,
) -> Callable[P, R]:
    """Map a function over an axis of its arguments, without a loop.

    `in_axes`: an int or None (not mapped) for each argument, or trees of them; keyword arguments are mapped
    over axis 0. `out_axes` says where the axis is in the results. `axis_name` names it for collectives.
    `spmd_axis_name`, as in JAX, names the mesh axis over which arrays that are sharded inside are sharded along the new
    axis too: as no array is sharded here yet, it changes no result.

    >>> import rustorch_fn as rt
    >>> rt.vmap(lambda x, y: x * y, in_axes=(0, None))(rt.numpy.arange(3.0), 2.0)
    Array([0., 2., 4.], dtype=float32)
    """
    function_of("vmap", fun)
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Any:
        if isinstance(in_axes, tuple) and len(in_axes) != len(args):
            raise errors.BadArgument("vmap", "in_axes", in_axes, f"One entry for each of the {len(args)} arguments")
        leaves, treedef = tree.flatten((args, kwargs))
        leaves = lifted("vmap", fun, leaves)
        spec = (in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args), dict.fromkeys(kwargs, 0))
        dims = tree.prefix_leaves(spec, treedef, "vmap's in_axes")
        ds = [check_axis("in_axes", d, aval_of(x).ndim) for x, d in zip(leaves, dims, strict=True)]
        axis = BatchAxis(size_of(fun, leaves, ds, axis_size), axis_name)
        flat = Flat(lambda a, k: fun(*a, **k), treedef, name=name_of(fun))
        ys, out = batch(flat, axis, leaves, ds)
        wanted = tree.prefix_leaves(out_axes, flat.out_tree, "vmap's out_axes")
        moved = [place(y, d, to, axis) for y, d, to in zip(ys, out, wanted, strict=True)]
        return tree.unflatten(flat.out_tree, moved)

    return wrapped


def check_axis(what: str, d: Any, ndim: int) -> int | None:
    """An axis in range, counted from the front."""
    if d is None:
        return None
    if not isinstance(d, int):
        raise errors.BadType("vmap", what, d, "An int or None for each argument")
    if not -ndim <= d < ndim:
        raise errors.AxisError.out_of_range(f"vmap's {what}", d, ndim)
    return d % ndim


def size_of(fun: Any, leaves: list[Any], ds: list[int | None], given: int | None) -> int:
    """The size of the mapped axis, on which all mapped arguments must agree."""
    sizes = {aval_of(x).shape[d] for x, d in zip(leaves, ds, strict=True) if d is not None}
    if given is not None:
        sizes.add(given)
    if len(sizes) == 1:
        return int(next(iter(sizes)))
    if not sizes:
        raise errors.BadArgument("vmap", "in_axes", "nothing is mapped", "An axis for one argument, or axis_size=,")
    shown = " · ".join(f"{aval_of(x)} over axis {d}" for x, d in zip(leaves, ds, strict=True) if d is not None)
    raise errors.ShapeError(f"vmap({name_of(fun)}): the mapped axes differ in size", got=shown,
                            hint="Arguments that are not mapped have None in in_axes.")  # fmt: skip


def place(y: Any, d: int | None, to: Any, axis: BatchAxis) -> Any:
    """A result with the mapped axis where `out_axes` wants it."""
    if to is None:
        if d is not None:
            raise errors.BadArgument("vmap", "out_axes", None, "An axis, as this result differs between the lanes,")
        return y
    ndim = aval_of(y).ndim + (d is None)
    at = check_axis("out_axes", to, ndim)
    assert at is not None
    return move_to(y, d, at, axis)
