"""lax's public contractions: dot products and convolutions."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.typing import Array, ArrayLike, DTypeLike
from rustorch_fn.lax import arrange, contraction, fold, lift, pointwise
from rustorch_fn.lax.fold import padtype_to_pads

INNER = "The last axis of the first operand meets the last but one of the second, or its only one."
DotDimensionNumbers = tuple[tuple[Sequence[int], Sequence[int]], tuple[Sequence[int], Sequence[int]]]


class Precision(enum.Enum):
    """How exact products are: on this CPU float32 always is; other targets may have faster, coarser ways.

    >>> rt.lax.dot(rt.numpy.ones((2, 2)), rt.numpy.ones(2), precision=rt.lax.Precision.HIGHEST)
    Array([2., 2.], dtype=float32)
    """

    DEFAULT = 0
    HIGH = 1
    HIGHEST = 2


def precision_of(precision: Any) -> str | None:
    """A precision as the primitives take it."""
    if precision is None:
        return None
    if isinstance(precision, tuple):
        return precision_of(precision[0])
    name = str(getattr(precision, "name", precision)).lower()
    known = {
        "default": None,
        "fastest": None,
        "bfloat16": None,
        "high": "high",
        "highest": "highest",
        "float32": "highest",
    }
    if name not in known:
        raise errors.BadArgument("dot", "precision", precision, "None, 'default', 'high' or 'highest'")
    return known[name]


def _operands(name: str, lhs: Any, rhs: Any, preferred: Any) -> tuple[Any, Any, Any]:
    x, y = lift.common(name, lhs, rhs)
    out = None if preferred is None else dtypes.asdtype(preferred)
    return x, y, None if out == x.dtype else out


# --- dot ---


def dot_general(
    lhs: ArrayLike,
    rhs: ArrayLike,
    dimension_numbers: Any,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The sum of products over pairs of axes: ((lhs contract, rhs contract), (lhs batch, rhs batch)).

    The result's axes are the batch axes, lhs's others and rhs's others.

    Raises ShapeError where paired axes differ in size.

    >>> rt.lax.dot_general(rt.numpy.ones((5, 2, 3)), rt.numpy.ones((5, 3, 4)), (((2,), (1,)), ((0,), (0,)))).shape
    (5, 2, 4)
    """
    x, y, out = _operands("dot_general", lhs, rhs, preferred_element_type)
    (xc, yc), (xb, yb) = dimension_numbers
    contract, batch = (tuple(map(int, xc)), tuple(map(int, yc))), (tuple(map(int, xb)), tuple(map(int, yb)))
    return contraction.dot(x, y, contract=contract, batch=batch, out_dtype=out, precision=precision_of(precision))


def dot(
    lhs: ArrayLike,
    rhs: ArrayLike,
    *,
    dimension_numbers: Any = None,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The product of vectors and matrices.

    >>> rt.lax.dot(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([1, 10]))
    Array([21, 43], dtype=int32)
    """
    x, y = lift.operand("dot", lhs), lift.operand("dot", rhs)
    if dimension_numbers is None:
        fits = 1 <= x.ndim <= 2 and 1 <= y.ndim <= 2 and x.shape[-1] == y.shape[0]
        if not fits:
            turned = x.ndim and y.ndim == 2 and x.shape[-1] == y.shape[1]
            raise errors.ShapeError("dot: inner sizes differ", got=f"{x.aval!r} · {y.aval!r}",
                                    hint="Did you mean the second operand's .T?" if turned else INNER)  # fmt: skip
        dimension_numbers = (((x.ndim - 1,), (0,)), ((), ()))
    return dot_general(x, y, dimension_numbers, precision, preferred_element_type)


# --- convolution ---


class ConvDimensionNumbers(NamedTuple):
    """Axes of (batch, feature, *space), (out feature, in feature, *space) and (batch, feature, *space).

    >>> rt.lax.conv_dimension_numbers((1, 9, 3), (5, 3, 8), ("NWC", "WIO", "NWC"))
    ConvDimensionNumbers(lhs_spec=(0, 2, 1), rhs_spec=(2, 1, 0), out_spec=(0, 2, 1))
    """

    lhs_spec: Sequence[int]
    rhs_spec: Sequence[int]
    out_spec: Sequence[int]


ConvGeneralDilatedDimensionNumbers = ConvDimensionNumbers | tuple[str, str, str] | None


def conv_dimension_numbers(
    lhs_shape: Sequence[int], rhs_shape: Sequence[int], dimension_numbers: Any
) -> ConvDimensionNumbers:
    """Axis numbers from letters as in ("NHWC", "HWIO", "NHWC").

    >>> rt.lax.conv_dimension_numbers((1, 9, 3), (5, 3, 8), ("NWC", "WIO", "NWC")).rhs_spec
    (2, 1, 0)
    """
    if isinstance(dimension_numbers, ConvDimensionNumbers):
        return dimension_numbers
    rank = len(lhs_shape)
    if len(rhs_shape) != rank:
        raise errors.ShapeError(
            "conv: the ranks differ",
            got=f"{tuple(lhs_shape)} and {tuple(rhs_shape)}",
            hint="Both have a batch or feature axis, channels and space.",
        )
    if dimension_numbers is None:
        return ConvDimensionNumbers(*([tuple(range(rank))] * 3))
    letters = [str(spec) for spec in dimension_numbers]
    if len(letters) != 3 or any(len(s) != rank or len(set(s)) != rank for s in letters):
        raise errors.BadArgument("conv", "dimension_numbers", dimension_numbers, f"Three strings of {rank} letters")
    lhs, rhs, out = letters
    space = [c for c in rhs if c not in "OI"]

    def axes(spec: str, first: str, second: str) -> tuple[int, ...]:
        if set(spec) != {first, second, *space}:
            raise errors.BadArgument("conv", "dimension_numbers", dimension_numbers,
                                     "N and C with lhs and out, O and I with rhs, equal letters of space")  # fmt: skip
        return (spec.index(first), spec.index(second), *(spec.index(c) for c in space))

    return ConvDimensionNumbers(axes(lhs, "N", "C"), axes(rhs, "O", "I"), axes(out, "N", "C"))


def conv_general_dilated(
    lhs: ArrayLike,
    rhs: ArrayLike,
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Windows of lhs times rhs, with strides, padding, dilations and groups.

    >>> rt.lax.conv_general_dilated(rt.numpy.ones((1, 2, 9)), rt.numpy.ones((4, 2, 3)), (2,), "SAME").shape
    (1, 4, 5)
    """
    x, w, out = _operands("conv_general_dilated", lhs, rhs, preferred_element_type)
    dims = conv_dimension_numbers(x.shape, w.shape, dimension_numbers)
    rank = x.ndim - 2
    ones = (1,) * rank
    strides, spread, gaps = (tuple(map(int, v or ones)) for v in (window_strides, lhs_dilation, rhs_dilation))
    if isinstance(padding, str):
        space = [(x.shape[d] - 1) * g + 1 for d, g in zip(dims.lhs_spec[2:], spread, strict=True)]
        window = [(w.shape[d] - 1) * g + 1 for d, g in zip(dims.rhs_spec[2:], gaps, strict=True)]
        padding = padtype_to_pads(space, window, strides, padding)
    pads = tuple((int(lo), int(hi)) for lo, hi in padding)
    return contraction.conv(x, w, strides=strides, pads=pads, lhs_dilation=spread, rhs_dilation=gaps,
                            reverse=(False,) * rank, dims=tuple(map(tuple, dims)), feature_groups=feature_group_count,
                            batch_groups=batch_group_count, out_dtype=out,
                            precision=precision_of(precision))  # fmt: skip


def conv(
    lhs: ArrayLike,
    rhs: ArrayLike,
    window_strides: Sequence[int],
    padding: str,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """A convolution of (batch, feature, *space) with (out, in, *space).

    >>> rt.lax.conv(rt.numpy.ones((1, 2, 8, 8)), rt.numpy.ones((4, 2, 3, 3)), (1, 1), "VALID").shape
    (1, 4, 6, 6)
    """
    return conv_general_dilated(lhs, rhs, window_strides, padding, precision=precision,
                                preferred_element_type=preferred_element_type)  # fmt: skip


def conv_with_general_padding(
    lhs: ArrayLike,
    rhs: ArrayLike,
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Sequence[int] | None,
    rhs_dilation: Sequence[int] | None,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """A convolution of (batch, feature, *space) with (out, in, *space), with pairs of padding and dilations.

    >>> ones = rt.numpy.ones((1, 1, 4))
    >>> rt.lax.conv_with_general_padding(ones, rt.numpy.ones((1, 1, 2)), (1,), [(1, 0)], None, None)
    Array([[[1., 2., 2., 2.]]], dtype=float32)
    """
    return conv_general_dilated(lhs, rhs, window_strides, padding, lhs_dilation, rhs_dilation, precision=precision,
                                preferred_element_type=preferred_element_type)  # fmt: skip


def conv_transpose(
    lhs: ArrayLike,
    rhs: ArrayLike,
    strides: Sequence[int],
    padding: Any,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    transpose_kernel: bool = False,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
    use_consistent_padding: bool = False,
) -> Array:
    """A convolution with fractional strides: the shape that a convolution with these strides would come from.

    >>> rt.lax.conv_transpose(rt.numpy.ones((1, 8, 2)), rt.numpy.ones((3, 2, 4)), (2,), "SAME").shape
    (1, 16, 4)
    """
    x, w, _ = _operands("conv_transpose", lhs, rhs, None)
    rank = x.ndim
    if dimension_numbers is None:
        if rank not in (3, 4, 5):
            raise errors.BadArgument("conv_transpose", "dimension_numbers", None, "Three strings")
        letters = "HWD"[: rank - 2]
        dimension_numbers = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    dims = conv_dimension_numbers(x.shape, w.shape, dimension_numbers)
    gaps = tuple(rhs_dilation or (1,) * (rank - 2))
    window = [(w.shape[d] - 1) * g + 1 for d, g in zip(dims.rhs_spec[2:], gaps, strict=True)]
    if isinstance(padding, str) and padding in ("SAME", "VALID"):
        pads = [_transposed_padding(k, s, padding) for k, s in zip(window, strides, strict=True)]
    elif use_consistent_padding and not isinstance(padding, str):
        pads = [(k - 1 - lo, k - 1 - hi) for k, (lo, hi) in zip(window, padding, strict=True)]
    else:
        pads = padding
    if transpose_kernel:
        w = arrange.rev(w, dims.rhs_spec[2:])
        order = list(range(rank))
        a, b = dims.rhs_spec[:2]
        order[a], order[b] = b, a
        w = arrange.transpose(w, order)
    return conv_general_dilated(x, w, (1,) * (rank - 2), pads, strides, gaps, dims, precision=precision,
                                preferred_element_type=preferred_element_type)  # fmt: skip


def _transposed_padding(k: int, s: int, padding: str) -> tuple[int, int]:
    if padding == "SAME":
        total = k + s - 2
        low = k - 1 if s > k - 1 else math.ceil(total / 2)
    else:
        total = k + s - 2 + max(k - s, 0)
        low = k - 1
    return low, total - low


def conv_general_dilated_patches(
    lhs: ArrayLike,
    filter_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: Any = None,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The windows of lhs themselves, with feature and offset as the result's feature axis.

    >>> rt.lax.conv_general_dilated_patches(rt.numpy.array([[[1, 2, 3]]]), (2,), (1,), "VALID")
    Array([[[1, 2],
            [2, 3]]], dtype=int32)
    """
    x = lift.operand("conv_general_dilated_patches", lhs)
    shape = tuple(filter_shape)
    given = dimension_numbers
    if isinstance(given, tuple) and not isinstance(given, ConvDimensionNumbers):
        letters = [c for c in given[1] if c not in "OI"]
        probe = [1] * x.ndim
        for c, k in zip(letters, shape, strict=True):
            probe[given[1].index(c)] = k
        dims = conv_dimension_numbers(x.shape, probe, given)
    else:
        dims = conv_dimension_numbers(x.shape, (1, 1, *shape), given)
    size, features = math.prod(shape), x.shape[dims.lhs_spec[1]]
    picks = np.eye(size, dtype=np.float32).reshape(size, 1, *shape)
    picks = np.tile(picks, (features,) + (1,) * (len(shape) + 1))
    # axis k of (out, in, *space) goes to place rhs_spec[k]
    w = arrange.transpose(lift.constant(picks, x.dtype), np.argsort(dims.rhs_spec).tolist())
    return conv_general_dilated(x, w, window_strides, padding, lhs_dilation, rhs_dilation, dims, features,
                                precision=precision, preferred_element_type=preferred_element_type)  # fmt: skip


def ragged_dot(
    lhs: ArrayLike,
    rhs: ArrayLike,
    group_sizes: ArrayLike,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
    group_offset: ArrayLike | None = None,
) -> Array:
    """Rows of lhs `[m, k]` times the matrix of their group in rhs `[g, k, n]`; rows beyond all groups give 0.

    `group_sizes` says how many of the rows, which are in the order of the groups, belong to each. A `group_offset`
    is refused. The work is that of g products.

    >>> x, w = rt.numpy.ones((3, 2)), rt.numpy.array([[[1.0], [1.0]], [[5.0], [5.0]]])
    >>> rt.lax.ragged_dot(x, w, rt.numpy.array([1, 2]))
    Array([[ 2.],
           [10.],
           [10.]], dtype=float32)
    """
    x, w, sizes = (lift.operand("ragged_dot", v) for v in (lhs, rhs, group_sizes))
    fits = x.ndim == 2 and w.ndim == 3 and w.shape[1] == x.shape[1] and sizes.shape == w.shape[:1]
    if not fits or sizes.dtype not in dtypes.INTS:
        raise errors.ShapeError("ragged_dot: the operands do not fit", got=f"{x.aval} · {w.aval} · {sizes.aval}",
                                hint="They are [m, k], [groups, k, n] and integers [groups].")  # fmt: skip
    if group_offset is not None:
        raise errors.BadArgument("ragged_dot", "group_offset", group_offset, "None")
    groups, (rows, inner) = w.shape[0], x.shape
    ends = fold.cumsum(sizes, 0)
    starts = pointwise.sub(ends, sizes)
    place = arrange.broadcasted_iota(sizes.dtype, (groups, rows), 1)
    wide = [arrange.broadcast_in_dim(v, (groups, rows), (0,)) for v in (starts, ends)]
    mine = pointwise.bitwise_and(pointwise.ge(place, wide[0]), pointwise.lt(place, wide[1]))
    shape = (groups, rows, inner)
    masked = pointwise.select(
        arrange.broadcast_in_dim(mine, shape, (0, 1)), arrange.broadcast_in_dim(x, shape, (1, 2)),
        lift.full(shape, 0, x.dtype),
    )  # fmt: skip
    return dot_general(masked, w, (((0, 2), (0, 1)), ((), ())), precision, preferred_element_type)
