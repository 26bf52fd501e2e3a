"""Activations and normalisations as plain functions, with jax.nn's names, arguments and edge cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rustorch_fn import dtypes, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike, DTypeLike

Axis = int | Sequence[int] | None


def _real(name: str, x: Any) -> Array:
    """x as an array of a floating type."""
    x = rnp.asarray(x)
    if x.dtype in dtypes.FLOATS:
        return x
    if x.dtype in dtypes.INTS or x.dtype == dtypes.bool_:
        return x.astype(dtypes.float32)
    raise errors.DtypeError(f"{name}: numbers are needed", got=x.aval)


def relu(x: ArrayLike) -> Array:
    """max(x, 0), whose derivative at 0 is 0.

    >>> rt.nn.relu(rt.numpy.array([-1.0, 2.0]))
    Array([0., 2.], dtype=float32)
    >>> rt.grad(rt.nn.relu)(0.0)
    Array(0., dtype=float32)
    """
    x = rnp.asarray(x)
    return rnp.where(x <= 0, rnp.zeros_like(x), x)


def relu6(x: ArrayLike) -> Array:
    """min(max(x, 0), 6), whose derivative is 0 at both ends.

    >>> rt.nn.relu6(rt.numpy.array([-1.0, 2.0, 9.0]))
    Array([0., 2., 6.], dtype=float32)
    """
    x = rnp.asarray(x)
    return rnp.where(x >= 6, rnp.full_like(x, 6), relu(x))


def sigmoid(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)).

    >>> rt.nn.sigmoid(rt.numpy.array([-200.0, 0.0, 200.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return lax.logistic(_real("sigmoid", x))


def softplus(x: ArrayLike) -> Array:
    """log(1 + exp(x)), without overflow.

    >>> rt.nn.softplus(rt.numpy.array([0.0, 200.0])).round(3)
    Array([  0.693, 200.   ], dtype=float32)
    """
    return rnp.logaddexp(_real("softplus", x), 0.0)


def soft_sign(x: ArrayLike) -> Array:
    """x / (1 + |x|).

    >>> rt.nn.soft_sign(rt.numpy.array([-1.0, 3.0]))
    Array([-0.5 ,  0.75], dtype=float32)
    """
    x = _real("soft_sign", x)
    return x / (rnp.abs(x) + 1)


def sparse_plus(x: ArrayLike) -> Array:
    """0 below -1, x above 1, (x + 1)² / 4 between.

    >>> rt.nn.sparse_plus(rt.numpy.array([-2.0, 0.0, 2.0]))
    Array([0.  , 0.25, 2.  ], dtype=float32)
    """
    x = _real("sparse_plus", x)
    return rnp.where(x <= -1, rnp.zeros_like(x), rnp.where(x >= 1, x, (x + 1) ** 2 / 4))


def sparse_sigmoid(x: ArrayLike) -> Array:
    """The derivative of sparse_plus: 0 below -1, 1 above 1, (x + 1) / 2 between.

    >>> rt.nn.sparse_sigmoid(rt.numpy.array([-2.0, 0.0, 2.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return 0.5 * rnp.clip(_real("sparse_sigmoid", x) + 1, 0.0, 2.0)


def silu(x: ArrayLike) -> Array:
    """x * sigmoid(x); also called swish.

    >>> rt.nn.silu(rt.numpy.array([-1.0, 0.0, 2.0])).round(3)
    Array([-0.269,  0.   ,  1.762], dtype=float32)
    """
    x = _real("silu", x)
    return x * sigmoid(x)


swish = silu


def mish(x: ArrayLike) -> Array:
    """x * tanh(softplus(x)).

    >>> rt.nn.mish(rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-0.303,  1.944], dtype=float32)
    """
    x = _real("mish", x)
    return x * rnp.tanh(softplus(x))


def log_sigmoid(x: ArrayLike) -> Array:
    """log(sigmoid(x)) without overflow.

    >>> rt.nn.log_sigmoid(rt.numpy.array([-200.0, 0.0])).round(3)
    Array([-200.   ,   -0.693], dtype=float32)
    """
    return -softplus(-_real("log_sigmoid", x))


def elu(x: ArrayLike, alpha: ArrayLike = 1.0) -> Array:
    """x where positive, else alpha * (exp(x) - 1).

    >>> rt.nn.elu(rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-0.632,  2.   ], dtype=float32)
    """
    x = _real("elu", x)
    # the branch that is not taken must not overflow, or its derivative would be nan
    safe = rnp.where(x > 0, rnp.zeros_like(x), x)
    return rnp.where(x > 0, x, alpha * rnp.expm1(safe))


def selu(x: ArrayLike) -> Array:
    """The self-normalising elu (Klambauer et al., 2017).

    >>> rt.nn.selu(rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-1.111,  2.101], dtype=float32)
    """
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def celu(x: ArrayLike, alpha: ArrayLike = 1.0) -> Array:
    """max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0).

    >>> rt.nn.celu(rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-0.632,  2.   ], dtype=float32)
    """
    x = _real("celu", x)
    safe = rnp.where(x > 0, rnp.zeros_like(x), x)
    return rnp.maximum(x, 0.0) + alpha * rnp.expm1(safe / alpha)


def leaky_relu(x: ArrayLike, negative_slope: ArrayLike = 1e-2) -> Array:
    """x where not negative, else negative_slope * x.

    >>> rt.nn.leaky_relu(rt.numpy.array([-1.0, 2.0]))
    Array([-0.01,  2.  ], dtype=float32)
    """
    x = _real("leaky_relu", x)
    return rnp.where(x >= 0, x, negative_slope * x)


def hard_tanh(x: ArrayLike) -> Array:
    """x brought into [-1, 1].

    >>> rt.nn.hard_tanh(rt.numpy.array([-4.0, 0.5, 4.0]))
    Array([-1. ,  0.5,  1. ], dtype=float32)
    """
    x = rnp.asarray(x)
    return rnp.where(x > 1, rnp.ones_like(x), rnp.where(x < -1, -rnp.ones_like(x), x))


def hard_sigmoid(x: ArrayLike) -> Array:
    """relu6(x + 3) / 6.

    >>> rt.nn.hard_sigmoid(rt.numpy.array([-4.0, 0.0, 4.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return relu6(_real("hard_sigmoid", x) + 3.0) / 6.0


def hard_silu(x: ArrayLike) -> Array:
    """x * hard_sigmoid(x); also called hard_swish.

    >>> rt.nn.hard_silu(rt.numpy.array([-1.5, 0.0, 4.0]))
    Array([-0.375,  0.   ,  4.   ], dtype=float32)
    """
    x = _real("hard_silu", x)
    return x * hard_sigmoid(x)


hard_swish = hard_silu
tanh = rnp.tanh


def gelu(x: ArrayLike, approximate: bool = True) -> Array:
    """x * P(X <= x) for a standard normal X (Hendrycks & Gimpel, 2016): by tanh, or exactly by erfc.

    >>> rt.nn.gelu(rt.numpy.array([-1.0, 0.0, 2.0])).round(3)
    Array([-0.159,  0.   ,  1.955], dtype=float32)
    """
    x = _real("gelu", x)
    if approximate:
        return 0.5 * x * (1.0 + rnp.tanh(0.7978845608028654 * (x + 0.044715 * (x * x * x))))
    return 0.5 * x * lax.erfc(-x * 0.7071067811865476)


def glu(x: ArrayLike, axis: int = -1) -> Array:
    """a * sigmoid(b) for the two halves of x along an axis of even length.

    >>> rt.nn.glu(rt.numpy.array([1.0, 2.0, 0.0, 0.0]))
    Array([0.5, 1. ], dtype=float32)
    """
    x = _real("glu", x)
    if x.shape[axis] % 2:
        raise errors.ShapeError("glu: the axis has to be of even length", got=f"axis {axis} of {x.aval}")
    a, b = rnp.split(x, 2, axis)
    return a * sigmoid(b)


def squareplus(x: ArrayLike, b: ArrayLike = 4) -> Array:
    """(x + sqrt(x² + b)) / 2.

    >>> rt.nn.squareplus(rt.numpy.array([0.0]))
    Array([1.], dtype=float32)
    """
    x = _real("squareplus", x)
    return 0.5 * (x + rnp.sqrt(x * x + b))


def identity(x: ArrayLike) -> Array:
    """x.

    >>> rt.nn.identity(rt.numpy.array([1.0, 2.0]))
    Array([1., 2.], dtype=float32)
    """
    return rnp.asarray(x)


def _masked(x: Any, where: Any) -> Any:
    """x with the lowest value where a mask is false."""
    return x if where is None else rnp.where(where, x, -rnp.inf)


def _peak(x: Any, axis: Axis) -> Any:
    """The greatest value along an axis, as a constant; 0 where it is not finite."""
    top = rnp.max(x, axis=axis, keepdims=True, initial=-rnp.inf)
    return lax.stop_gradient(rnp.where(rnp.isfinite(top), top, rnp.zeros_like(top)))


def softmax(x: ArrayLike, axis: Axis = -1, where: ArrayLike | None = None) -> Array:
    """exp(x) / sum(exp(x)) along an axis; where the mask `where` is false, 0.

    >>> rt.nn.softmax(rt.numpy.array([[0.0, 0.0], [1000.0, 0.0]]))
    Array([[0.5, 0.5],
           [1. , 0. ]], dtype=float32)
    """
    x = _real("softmax", x)
    kept = _masked(x, where)
    top = lax.stop_gradient(rnp.max(kept, axis=axis, keepdims=True, initial=-rnp.inf))
    parts = rnp.exp(kept - top)
    out = parts / rnp.sum(parts, axis=axis, keepdims=True)
    return out if where is None else rnp.where(where, out, rnp.zeros_like(out))


def log_softmax(x: ArrayLike, axis: Axis = -1, where: ArrayLike | None = None) -> Array:
    """log(softmax(x)) without loss of precision; where the mask is false, -inf.

    >>> rt.nn.log_softmax(rt.numpy.array([0.0, 0.0])).round(3)
    Array([-0.693, -0.693], dtype=float32)
    """
    x = _real("log_softmax", x)
    kept = _masked(x, where)
    moved = kept - lax.stop_gradient(rnp.max(kept, axis=axis, keepdims=True, initial=-rnp.inf))
    out = moved - rnp.log(rnp.sum(rnp.exp(moved), axis=axis, keepdims=True))
    return out if where is None else rnp.where(where, out, -rnp.inf)


def logsumexp(
    a: ArrayLike,
    axis: Axis = None,
    b: ArrayLike | None = None,
    keepdims: bool = False,
    return_sign: bool = False,
    where: ArrayLike | None = None,
) -> Array:
    """log(sum(b * exp(a))) without overflow; with `return_sign`, (log of the absolute value, sign).

    Of complex numbers the logarithm is the one with an angle between -pi and pi, and the sign has length 1.

    >>> rt.nn.logsumexp(rt.numpy.array([1000.0, 1000.0])).round(3)
    Array(1000.693, dtype=float32)
    """
    a = rnp.asarray(a)
    turns = a.dtype in dtypes.COMPLEX
    a = _masked(a if turns else _real("logsumexp", a), where)
    if b is not None:
        b = rnp.asarray(b)
        a = rnp.where(b != 0, a, -rnp.inf)
    top = _peak(a.real, axis)
    parts = rnp.exp(a - top)
    total = rnp.sum(parts if b is None else parts * b, axis=axis, keepdims=True)
    sign = rnp.sign(total)
    if return_sign:
        total = rnp.abs(total)
    elif b is not None and not turns:
        total = rnp.where(sign < 0, rnp.nan, total)
    out = rnp.log(total) + top
    if not keepdims:
        out, sign = (rnp.squeeze(y, _axes(axis, y.ndim)) for y in (out, sign))
    both: Any = (out, sign)
    return both if return_sign else out


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(d % ndim for d in ((axis,) if isinstance(axis, int) else axis))


def logmeanexp(x: ArrayLike, axis: Axis = None, where: ArrayLike | None = None, keepdims: bool = False) -> Array:
    """log(mean(exp(x))) without overflow.

    >>> rt.nn.logmeanexp(rt.numpy.array([1000.0, 1000.0]))
    Array(1000., dtype=float32)
    """
    x = _real("logmeanexp", x)
    kept = rnp.ones_like(x) if where is None else rnp.broadcast_to(where, x.shape).astype(x.dtype)
    count = rnp.sum(kept, axis=axis, keepdims=keepdims)
    return logsumexp(x, axis=axis, where=where, keepdims=keepdims) - rnp.log(count)


def log1mexp(x: ArrayLike) -> Array:
    """log(1 - exp(-x)) without loss of precision (Mächler, 2012).

    >>> rt.nn.log1mexp(rt.numpy.array([1.0])).round(3)
    Array([-0.459], dtype=float32)
    """
    x = _real("log1mexp", x)
    near = x < 0.6931471805599453
    return rnp.where(near, rnp.log(-rnp.expm1(-x)), rnp.log1p(-rnp.exp(-rnp.where(near, rnp.ones_like(x), x))))


def standardize(
    x: ArrayLike,
    axis: Axis = -1,
    mean: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    epsilon: ArrayLike = 1e-5,
    where: ArrayLike | None = None,
    *,
    algorithm: str = "fast",
) -> Array:
    """(x - mean) / sqrt(variance + epsilon) along an axis.

    Where it is not given, the variance is mean(x²) - mean² ("fast"), or the mean of (x - mean)² ("stable").

    >>> rt.nn.standardize(rt.numpy.array([1.0, 3.0]), epsilon=0.0).round(3)
    Array([-1.,  1.], dtype=float32)
    """
    x = _real("standardize", x)
    if algorithm not in ("fast", "stable"):
        raise errors.BadArgument("standardize", "algorithm", algorithm, "'fast' or 'stable'")
    if mean is None:
        mean = rnp.mean(x, axis, keepdims=True, where=where)
    if variance is None and algorithm == "fast":
        # rounding may leave less than nothing
        variance = rnp.maximum(rnp.mean(rnp.square(x), axis, keepdims=True, where=where) - rnp.square(mean), 0)
    elif variance is None:
        variance = rnp.mean(rnp.square(x - mean), axis, keepdims=True, where=where)
    return (x - mean) * lax.rsqrt(variance + epsilon)


def one_hot(x: ArrayLike, num_classes: int, *, dtype: DTypeLike | None = None, axis: int = -1) -> Array:
    """For each integer of x a new axis with 1 at its place and 0 elsewhere; all 0 where x is out of range.

    >>> rt.nn.one_hot(rt.numpy.array([0, 2]), 3)
    Array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    x = rnp.asarray(x)
    at = axis % (x.ndim + 1)
    shape = [1] * (x.ndim + 1)
    shape[at] = num_classes
    classes = rnp.arange(num_classes, dtype=x.dtype).reshape(shape)
    return (rnp.expand_dims(x, at) == classes).astype(dtypes.asdtype(dtype or dtypes.float32))
