"""Products of vectors, matrices and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import arrange, contraction, folding, lift, quick
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax.contract import INNER
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.shapes import moveaxis, ravel
from rustorch_fn.typing import Array, ArrayLike, DTypeLike


def _pair(name: str, a: Any, b: Any, preferred: Any) -> tuple[Any, Any, Any]:
    """Both operands in their common type, and the type of the result where it is another."""
    x, y = lift.common(name, a, b)
    out = None if preferred is None else dtypes.asdtype(preferred)
    if x.dtype == dtypes.bool_:
        # a product of bools is an or of ands: the sum of 0 and 1 is not 0
        x, y, out = lift.convert(x, dtypes.int32), lift.convert(y, dtypes.int32), dtypes.bool_
    return x, y, out


def _contract(x: Any, y: Any, contract: Any, batch: Any, out: Any, precision: Any) -> Any:
    if out == dtypes.bool_:
        return u.truth("dot", contraction.dot(x, y, contract=contract, batch=batch))
    return contraction.dot(x, y, contract=contract, batch=batch, out_dtype=out if out != x.dtype else None,
                           precision=_precision(precision))  # fmt: skip


def _precision(precision: Any) -> Any:
    return None if precision is None else str(getattr(precision, "name", precision)).lower()


def matmul(
    a: ArrayLike, b: ArrayLike, *, precision: Any = None, preferred_element_type: DTypeLike | None = None
) -> Array:
    """The matrix product; leading axes broadcast, and vectors are rows or columns as needed.

    Raises ShapeError where the inner sizes differ.

    >>> rt.numpy.matmul(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([1, 10]))
    Array([21, 43], dtype=int32)
    >>> rt.numpy.matmul(rt.numpy.ones((5, 2, 3)), rt.numpy.ones((3, 4))).shape
    (5, 2, 4)
    """
    x, y, out = _pair("matmul", a, b, preferred_element_type)
    if x.ndim == 0 or y.ndim == 0:
        raise errors.ShapeError("matmul: a scalar is no matrix", got=f"{x.aval!r} @ {y.aval!r}", hint="Use a * b.")
    n, m = x.shape[-1], y.shape[max(0, y.ndim - 2)]
    if n != m:
        turned = y.ndim == 2 and y.shape[1] == n
        raise errors.ShapeError("matmul: inner sizes differ", got=f"{x.aval!r} @ {y.aval!r}",
                                hint="Did you mean the second operand's .T?" if turned else INNER)  # fmt: skip
    if x.ndim <= 2 and y.ndim <= 2:
        return _contract(x, y, ((x.ndim - 1,), (max(0, y.ndim - 2),)), ((), ()), out, precision)
    return _batched_matmul(x, y, out, precision)


def _batched_matmul(x: Any, y: Any, out: Any, precision: Any) -> Any:
    """Leading axes of equal size are batch axes; those of size 1 or missing stay free and are moved into place."""
    left, right = x.shape[:-2], y.shape[:-2] if y.ndim > 1 else ()
    shape = lift.broadcast_shapes(left, right, op="matmul", shown=(x, y))
    rank = len(shape)
    ab, bb, places, free_a, free_b = [], [], [], [], []
    x_lead, y_lead = max(0, x.ndim - 2), max(0, y.ndim - 2)
    drop_a, drop_b = [], []
    for d in range(rank):
        p, q = d - (rank - x_lead), d - (rank - y_lead)
        na, nb = (left[p] if p >= 0 else None), (right[q] if q >= 0 else None)
        if na == nb:
            ab.append(p)
            bb.append(q)
            places.append(d)
        elif nb in (None, 1):
            free_a.append(d)
            if nb == 1:
                drop_b.append(q)
        else:
            free_b.append(d)
            if na == 1:
                drop_a.append(p)
    x, ab = _dropped(x, drop_a, ab)
    y, bb = _dropped(y, drop_b, bb)
    z = _contract(x, y, ((x.ndim - 1,), (max(0, y.ndim - 2),)), (tuple(ab), tuple(bb)), out, precision)
    # the result has batch axes, then the free axes of x, then those of y
    rows, columns = ([rank] if x.ndim > 1 else []), ([rank + 1] if y.ndim > 1 else [])
    order = [*places, *free_a, *rows, *free_b, *columns]
    return arrange.transpose(z, sorted(range(len(order)), key=order.__getitem__))


def _dropped(x: Any, axes: Sequence[int], batch: Sequence[int]) -> tuple[Any, list[int]]:
    if not axes:
        return x, list(batch)
    return arrange.squeeze(x, tuple(axes)), [k - sum(a < k for a in axes) for k in batch]


def dot(a: ArrayLike, b: ArrayLike, *, precision: Any = None, preferred_element_type: DTypeLike | None = None) -> Array:
    """The sum over the last axis of a and the last but one of b. Raises ShapeError where the inner sizes differ.

    >>> rt.numpy.dot(rt.numpy.array([1, 2]), rt.numpy.array([3, 4]))
    Array(11, dtype=int32)
    """
    x, y, out = _pair("dot", a, b, preferred_element_type)
    if x.ndim == 0 or y.ndim == 0:
        return u.multiply(x, y)
    inner = ((x.ndim - 1,), (max(0, y.ndim - 2),))
    if x.shape[-1] != y.shape[inner[1][0]]:
        turned = y.ndim == 2 and y.shape[1] == x.shape[-1]
        raise errors.ShapeError("dot: inner sizes differ", got=f"{x.aval!r} · {y.aval!r}",
                                hint="Did you mean the second operand's .T?" if turned else INNER)  # fmt: skip
    return _contract(x, y, inner, ((), ()), out, precision)


def vdot(
    a: ArrayLike, b: ArrayLike, *, precision: Any = None, preferred_element_type: DTypeLike | None = None
) -> Array:
    """The sum of products of all elements, those of a conjugated.

    >>> rt.numpy.vdot(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([[1, 1], [1, 1]]))
    Array(10, dtype=int32)
    """
    return dot(u.conjugate(ravel(a)), ravel(b), precision=precision, preferred_element_type=preferred_element_type)


def vecdot(
    x1: ArrayLike,
    x2: ArrayLike,
    /,
    *,
    axis: int = -1,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The sum of products along an axis, those of x1 conjugated; other axes broadcast.

    >>> rt.numpy.vecdot(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([1, 10]))
    Array([21, 43], dtype=int32)
    """
    x, y, out = _pair("vecdot", x1, x2, preferred_element_type)
    x, y = moveaxis(u.conjugate(x), axis, -1), moveaxis(y, axis, -1)
    if x.shape[-1] != y.shape[-1]:
        raise errors.ShapeError(
            "vecdot: sizes differ along the axis", got=f"{x.aval!r} · {y.aval!r}", hint="Both have one size there."
        )
    x, y = lift.spread("vecdot", x, y)
    lead = tuple(range(x.ndim - 1))
    return _contract(x, y, ((x.ndim - 1,), (x.ndim - 1,)), (lead, lead), out, precision)


def matvec(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Matrices times vectors; leading axes broadcast.

    >>> rt.numpy.matvec(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([1, 10]))
    Array([21, 43], dtype=int32)
    """
    x, y = lift.operand("matvec", x1), lift.operand("matvec", x2)
    if x.ndim < 2 or not y.ndim:
        raise errors.ShapeError("matvec: matrices and vectors are needed", got=f"{x.aval!r} · {y.aval!r}",
                                hint="The first has two axes at least, the second one.")  # fmt: skip
    z = matmul(x, arrange.expand_dims(y, (y.ndim,)))
    return arrange.squeeze(z, (z.ndim - 1,))


def vecmat(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Conjugated vectors times matrices; leading axes broadcast.

    >>> rt.numpy.vecmat(rt.numpy.array([1, 10]), rt.numpy.array([[1, 2], [3, 4]]))
    Array([31, 42], dtype=int32)
    """
    x, y = u.conjugate(lift.operand("vecmat", x1)), lift.operand("vecmat", x2)
    if not x.ndim or y.ndim < 2:
        raise errors.ShapeError("vecmat: vectors and matrices are needed", got=f"{x.aval!r} · {y.aval!r}",
                                hint="The first has one axis at least, the second two.")  # fmt: skip
    z = matmul(arrange.expand_dims(x, (x.ndim - 1,)), y)
    return arrange.squeeze(z, (z.ndim - 2,))


def inner(
    a: ArrayLike, b: ArrayLike, *, precision: Any = None, preferred_element_type: DTypeLike | None = None
) -> Array:
    """The sum over the last axes of both.

    >>> rt.numpy.inner(rt.numpy.array([1, 2]), rt.numpy.array([[3, 4], [5, 6]]))
    Array([11, 17], dtype=int32)
    """
    x, y, out = _pair("inner", a, b, preferred_element_type)
    if x.ndim == 0 or y.ndim == 0:
        return u.multiply(a, b)
    return _contract(x, y, ((x.ndim - 1,), (y.ndim - 1,)), ((), ()), out, precision)


def outer(a: ArrayLike, b: ArrayLike, out: None = None) -> Array:
    """All products of an element of a and one of b.

    >>> rt.numpy.outer(rt.numpy.array([1, 2]), rt.numpy.array([10, 20]))
    Array([[10, 20],
           [20, 40]], dtype=int32)
    """
    u.refuse_out("outer", out)
    x, y = lift.common("outer", ravel(a), ravel(b))
    return u.multiply(arrange.reshape(x, (x.size, 1)), arrange.reshape(y, (1, y.size)))


def tensordot(
    a: ArrayLike, b: ArrayLike, axes: Any = 2, *, precision: Any = None, preferred_element_type: DTypeLike | None = None
) -> Array:
    """The sum over pairs of axes: the last n of a with the first n of b, or those that two lists name.

    >>> rt.numpy.tensordot(rt.numpy.ones((2, 3)), rt.numpy.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    x, y, out = _pair("tensordot", a, b, preferred_element_type)
    if isinstance(axes, int):
        if not 0 <= axes <= min(x.ndim, y.ndim):
            raise errors.BadArgument("tensordot", "axes", axes, f"A number from 0 to {min(x.ndim, y.ndim)}")
        contract = tuple(range(x.ndim - axes, x.ndim)), tuple(range(axes))
    else:
        first, second = ([k] if isinstance(k, int) else k for k in axes)
        contract = (tuple(lift.axis_of("tensordot", k, x.ndim) for k in first),
                    tuple(lift.axis_of("tensordot", k, y.ndim) for k in second))  # fmt: skip
    return _contract(x, y, contract, ((), ()), out, precision)


def kron(a: ArrayLike, b: ArrayLike) -> Array:
    """Blocks of b, one times each element of a.

    >>> rt.numpy.kron(rt.numpy.array([1, 10]), rt.numpy.array([1, 2]))
    Array([ 1,  2, 10, 20], dtype=int32)
    """
    x, y = lift.common("kron", a, b)
    rank = max(x.ndim, y.ndim)
    x, y = arrange.broadcast_to_rank(x, rank), arrange.broadcast_to_rank(y, rank)
    wide = u.multiply(arrange.reshape(x, [k for n in x.shape for k in (n, 1)]),
                      arrange.reshape(y, [k for n in y.shape for k in (1, n)]))  # fmt: skip
    return arrange.reshape(wide, [n * m for n, m in zip(x.shape, y.shape, strict=True)])


def cross(
    a: ArrayLike, b: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    """The vector at right angles to both; of vectors in the plane, its height.

    >>> rt.numpy.cross(rt.numpy.array([1, 0, 0]), rt.numpy.array([0, 1, 0]))
    Array([0, 0, 1], dtype=int32)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = lift.common("cross", moveaxis(a, axisa, -1), moveaxis(b, axisb, -1))
    sizes = {x.shape[-1], y.shape[-1]}
    if not sizes <= {2, 3}:
        raise errors.ShapeError("cross: vectors have 2 or 3 elements", got=f"{x.aval!r} × {y.aval!r}",
                                hint="Axes of another length can be sliced first.")  # fmt: skip
    a0, a1, *a2 = arrange.unstack(x, -1)
    b0, b1, *b2 = arrange.unstack(y, -1)
    height = u.subtract(u.multiply(a0, b1), u.multiply(a1, b0))
    if sizes == {2}:
        return height
    third, fourth = (a2[0] if a2 else u.like(a0, 0)), (b2[0] if b2 else u.like(b0, 0))
    parts = lift.spread("cross", u.subtract(u.multiply(a1, fourth), u.multiply(third, b1)),
                        u.subtract(u.multiply(third, b0), u.multiply(a0, fourth)), height)  # fmt: skip
    return moveaxis(arrange.stack(parts, -1), -1, axisc)


# --- einsum ---


def einsum(
    subscripts: Any,
    /,
    *operands: Any,
    out: None = None,
    optimize: Any = "auto",
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Sums of products in Einstein's notation, pair by pair in a cheap order.

    Raises ShapeError where one letter stands for two sizes.

    >>> rt.numpy.einsum("ij,jk->ik", rt.numpy.array([[1, 2]]), rt.numpy.array([[3], [4]]))
    Array([[11]], dtype=int32)
    >>> rt.numpy.einsum("ii", rt.numpy.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    u.refuse_out("einsum", out)
    if not isinstance(subscripts, str) and not hasattr(subscripts, "shape"):
        raise errors.BadType("einsum", "subscripts", subscripts, "A string such as 'ij,jk->ik'")
    terms, result, values, steps = _einsum_plan(subscripts, operands, optimize)
    for places, summed in steps:
        taken = [(terms.pop(k), values.pop(k)) for k in places]
        names, value = _einsum_step(taken, summed, precision, preferred_element_type)
        terms.append(names)
        values.append(value)
    names, value = terms[0], values[0]
    names, value = _einsum_single(names, value, set(names) - set(result))
    return arrange.transpose(value, [names.index(n) for n in result])


def einsum_path(subscripts: Any, /, *operands: Any, optimize: Any = "auto") -> Any:
    """The order of pairs that einsum would take, and a report, as opt_einsum gives them.

    >>> path, text = rt.numpy.einsum_path("ij,jk,k->i", rt.numpy.ones((2, 3)), rt.numpy.ones((3, 4)), rt.numpy.ones(4))
    >>> path
    [(1, 2), (0, 1)]
    """
    import opt_einsum

    kind = "optimal" if optimize is True else optimize
    try:
        return opt_einsum.contract_path(subscripts, *(_Shaped(x) for x in operands), optimize=kind)
    except (KeyError, TypeError, ValueError) as error:
        works = f"Letters for the axes of {len(operands)} operands ({error})"
        raise errors.BadArgument("einsum_path", "subscripts", subscripts, works) from None


class _Shaped:
    """What opt_einsum has to know of an operand."""

    def __init__(self, x: Any) -> None:
        self.shape = lift.shape_of_value(x)


def _einsum_plan(
    subscripts: Any, operands: Sequence[Any], optimize: Any
) -> tuple[list[str], str, list[Any], list[Any]]:
    """The operands' axis names, the result's, the operands in one type, and the steps: which places, which names."""
    import opt_einsum
    from opt_einsum.parser import parse_einsum_input

    if isinstance(subscripts, str):
        given = [subscripts, *(lift.asarray(x) for x in operands)]
    else:
        flat = [subscripts, *operands]
        given = [lift.asarray(x) if k % 2 == 0 and k + 1 < len(flat) else x for k, x in enumerate(flat)]
    try:
        inputs, result, arrays = parse_einsum_input(given)
        path = "auto" if optimize is True else "auto" if optimize is False else optimize
        shown = [_Shaped(x) for x in arrays]
        _, report = opt_einsum.contract_path(f"{inputs}->{result}", *shown, einsum_call=True, optimize=path)
    except ValueError as error:
        hint = "Each operand has one letter for each axis, and a letter stands for one size."
        raise errors.ShapeError("einsum: the subscripts do not fit", got=str(error).rstrip("."), hint=hint) from None
    values = lift.common("einsum", *arrays)
    return inputs.split(","), result, values, [(sorted(c[0], reverse=True), set(c[1])) for c in report]


def _einsum_single(names: str, x: Any, summed: set[str]) -> tuple[str, Any]:
    """One operand: repeated names become diagonals, names nobody needs are summed."""
    for n in {n for n in names if names.count(n) > 1}:
        while names.count(n) > 1:
            p, q = names.index(n), names.rindex(n)
            size = x.shape[p]
            on = ew.eq(*(arrange.broadcasted_iota(dtypes.int32, x.shape, a) for a in (p, q)))
            kept = ew.select(on, x, u.like(x, 0))
            x = folding.reduce_sum(kept, axes=(q,)) if size else arrange.reshape(x, x.shape[:q] + x.shape[q + 1 :])
            names = names[:q] + names[q + 1 :]
    axes = tuple(a for a, n in enumerate(names) if n in summed)
    if axes:
        x = folding.reduce_or(x, axes=axes) if x.dtype == dtypes.bool_ else folding.reduce_sum(x, axes=axes)
    return "".join(n for n in names if n not in summed), x


def _einsum_step(taken: list[tuple[str, Any]], summed: set[str], precision: Any, preferred: Any) -> tuple[str, Any]:
    """One or two operands contracted over the names that nobody needs later."""
    if len(taken) == 1:
        return _einsum_single(*taken[0], summed)
    if len(taken) > 2:
        first = _einsum_step(taken[:2], summed - set("".join(n for n, _ in taken[2:])), precision, preferred)
        return _einsum_step([first, *taken[2:]], summed, precision, preferred)
    (na, a), (nb, b) = taken
    na, a = _einsum_single(na, a, summed - set(nb))
    nb, b = _einsum_single(nb, b, summed - set(na))
    # an axis of size 1 on one side only broadcasts: it goes before the product
    na, a, nb, b = _einsum_broadcast(na, a, nb, b)
    shared = [n for n in na if n in nb]
    inner = [n for n in shared if n in summed]
    batch = [n for n in shared if n not in summed]
    x, y, out = _pair("einsum", a, b, preferred)
    z = _contract(x, y, (tuple(na.index(n) for n in inner), tuple(nb.index(n) for n in inner)),
                  (tuple(na.index(n) for n in batch), tuple(nb.index(n) for n in batch)), out, precision)  # fmt: skip
    names = "".join([*batch, *(n for n in na if n not in shared), *(n for n in nb if n not in shared)])
    return _einsum_single(names, z, summed)


def _einsum_broadcast(na: str, a: Any, nb: str, b: Any) -> tuple[str, Any, str, Any]:
    for n in set(na) & set(nb):
        p, q = a.shape[na.index(n)], b.shape[nb.index(n)]
        if p == 1 != q:
            a, na = arrange.squeeze(a, (na.index(n),)), na.replace(n, "")
        elif q == 1 != p:
            b, nb = arrange.squeeze(b, (nb.index(n),)), nb.replace(n, "")
    return na, a, nb, b


matmul = quick.some(matmul)
