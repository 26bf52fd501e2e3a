"""Small words for the last two axes of arrays, and the family of ops that are composed of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import BatchAxis, Primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import EVAL, aval_of, reference, result_forms, running
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import families, shaping
from rustorch_fn.lax.contraction import dot
from rustorch_fn.lax.lapack import SINGLE
from rustorch_fn.transform.batch import move_to
from rustorch_fn.transform.tidy import composed


class Composed(Primitive):
    """`body` says the op in others, which is what programs are made of; it may hold no arrays.

    Axes before those of one matrix are a batch, in all operands alike.
    """

    step = "composed"
    # elements of the largest operand from which a compiled program is faster, be it made for this call
    program_from = 1 << 12
    body: Callable[..., Any]

    def eager(self, *args: Any, **attrs: Any) -> Any:
        # it tells bad operands
        result_forms(self, args, attrs)
        with running(EVAL):
            if max(a.size for a in args) >= self.program_from:
                ys = roles.run(composed(self, tuple(a.aval for a in args), tuple(attrs.items())), args)
                return ys if self.multiple else ys[0]
            y = self.body(*args, **attrs)
            return list(y) if self.multiple else y

    def ref(self, *xs: Any, **attrs: Any) -> Any:
        ys = reference(composed(self, tuple(Aval(x.shape, x.dtype) for x in xs), tuple(attrs.items())), xs)
        return ys if self.multiple else ys[0]

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        y = self(*(move_to(x, d, 0, axis) for x, d in zip(xs, ds, strict=True)), **attrs)
        return (y, [0] * len(y)) if self.multiple else (y, 0)


def checked(op: str, x: Aval, square: bool = False, rank: int = 2) -> Aval:
    """x, if it holds matrices that LAPACK knows; else the error that says what is wrong."""
    if x.ndim < rank:
        what = "a matrix, or a batch of them," if rank == 2 else "a vector, or a batch of them,"
        raise errors.ShapeError(f"{op}: {what} is needed", got=x, hint="The last axes are those of one.")
    if square and x.shape[-1] != x.shape[-2]:
        raise errors.ShapeError(f"{op}: square matrices are needed", got=x, hint="The last two axes have one size.")
    if x.dtype not in SINGLE:
        raise errors.DtypeError(f"{op}: a type that LAPACK does not know", got=x,
                                hint="Convert it: x.astype('float32').")  # fmt: skip
    return x


def alike(op: str, *avals: Aval) -> None:
    """Raise unless the operands have one type."""
    if any(a.dtype != avals[0].dtype for a in avals):
        raise errors.DtypeError(f"{op}: the operands' types differ", got=" · ".join(map(repr, avals)),
                                hint="Convert one of them with x.astype(…).")  # fmt: skip


def transposed(x: Any) -> Any:
    """x with its last two axes exchanged."""
    rank = aval_of(x).ndim
    return roles.permute(x, (*range(rank - 2), rank - 1, rank - 2))


def conj(x: Any) -> Any:
    """The complex conjugate, of real numbers too."""
    return ew.conj(x) if aval_of(x).dtype in dtypes.COMPLEX else x


def real(x: Any) -> Any:
    """The real parts, of real numbers too."""
    return ew.real(x) if aval_of(x).dtype in dtypes.COMPLEX else x


def adjoint(x: Any) -> Any:
    """The conjugate of the transpose."""
    return conj(transposed(x))


def product(a: Any, b: Any) -> Any:
    """Matrix products over a common batch."""
    rank = aval_of(a).ndim
    batch = tuple(range(rank - 2))
    return dot(a, b, contract=((rank - 1,), (rank - 2,)), batch=(batch, batch), out_dtype=None, precision=None)


def _places(shape: Sequence[int]) -> tuple[Any, Any]:
    row, column = (shaping.iota(shape=tuple(shape), dtype=dtypes.int32, axis=len(shape) - k) for k in (2, 1))
    return row, column


def where(mask: Any, x: Any, y: Any) -> Any:
    """x where the mask, which has the leading axes of x, else y."""
    shape = aval_of(x).shape
    return ew.select(roles.broadcast(mask, shape, tuple(range(aval_of(mask).ndim))), x, y)


def zeros_like(x: Any) -> Any:
    """Zeros of x's type and shape."""
    return families.filled(x, 0)


def lower(x: Any, k: int = 0) -> Any:
    """x with zeros above diagonal k."""
    row, column = _places(aval_of(x).shape)
    return ew.select(ew.le(column, row + k if k else row), x, zeros_like(x))


def upper(x: Any, k: int = 0) -> Any:
    """x with zeros below diagonal k."""
    row, column = _places(aval_of(x).shape)
    return ew.select(ew.ge(column, row + k if k else row), x, zeros_like(x))


def eye(shape: Sequence[int], dtype: Any) -> Any:
    """Ones on the diagonals, in a whole batch."""
    row, column = _places(shape)
    return roles.convert(ew.eq(row, column), dtype)


def diagonal(x: Any) -> Any:
    """The diagonals."""
    *batch, m, n = aval_of(x).shape
    k = min(m, n)
    flat = roles.reshape(x, (*batch, m * n))
    start, limit = (0,) * len(batch), (*batch, (k - 1) * (n + 1) + 1 if k else 0)
    return shaping.slice_(flat, start=(*start, 0), limit=limit, strides=(*(1 for _ in batch), n + 1))
