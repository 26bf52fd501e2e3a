"""LAPACK's routines as ops: each does one factorisation or solve for every matrix of a batch.

They say what LAPACK says, `info` included; what users call is composed of them in `factorization` and `solving`.
Eager evaluation goes through SciPy's wrappers; compiled programs call the same library without Python.
Meanings and argument names are those of LAPACK's reference implementation (netlib.org/lapack).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import Pair, closed, held, opened, whole_aval
from rustorch_fn.core.primitive import BatchAxis, Primitive, register
from rustorch_fn.transform.batch import move_to

Shape = tuple[int, ...]
Outs = tuple[tuple[Shape, str], ...]
SINGLE = {d: dtypes.part(d) for d in (dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128)}


def real_of(dtype: Any) -> Any:
    """The type of absolute values."""
    return SINGLE[dtype]


def scipy_function(name: str, like: np.ndarray, library: str = "lapack") -> Any:
    """SciPy's wrapper of a routine for this element type."""
    try:
        from scipy.linalg import blas, lapack
    except ImportError as error:
        raise errors.MissingExtra("linear algebra", "scipy") from error
    letter = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}[like.dtype.name]
    if letter in "cz":
        name = {"orgqr": "ungqr", "ormqr": "unmqr", "syevd": "heevd", "sytrd": "hetrd"}.get(name, name)
    return getattr(blas if library == "blas" else lapack, letter + name)


class Routine(Primitive):
    """Operands have batch axes before those of one matrix (`ranks`), and so have the results.

    `outs(complex, *shapes, **attrs)` gives the shape and the kind of each result for one matrix: "x" is the operands'
    type, "r" its real type, "i" int32. `overwrites` names for each operand that the routine writes to the result that
    it becomes, or None where it is lost. The results of `zeroed` are zero when the routine begins.
    """

    step = "library"
    multiple = True
    library: ClassVar[str] = "lapack"
    routine: ClassVar[str]
    ranks: tuple[int, ...] = (2,)
    overwrites: ClassVar[dict[int, int | None]] = {0: 0}
    zeroed: tuple[int, ...] = ()
    outs: Callable[..., Outs]
    one: Callable[..., Sequence[Any]]

    def split(self, avals: Sequence[Aval]) -> tuple[Shape, list[Shape]]:
        """The batch's shape, and the operands' shapes without it."""
        batch = avals[0].shape[: avals[0].ndim - self.ranks[0]]
        return batch, [a.shape[len(batch) :] for a in avals]

    def whole(self, avals: Sequence[Aval], packed: tuple[bool, ...]) -> list[Aval]:
        """The operands' types, where some are `packed`: their last axis holds the parts of complex numbers."""
        pairs = zip(avals, packed or (False,) * len(avals), strict=True)
        return [a.like(shape=a.shape[:-1], dtype=dtypes.whole(a.dtype)) if on else a for a, on in pairs]

    def shape(self, *avals: Aval, packed: tuple[bool, ...] = (), **attrs: Any) -> list[Aval]:
        if packed:
            return [held(a) for a in self.shape(*self.whole(avals, packed), **attrs)]
        dtype, (batch, cores) = avals[0].dtype, self.split(avals)
        if dtype not in SINGLE:
            raise errors.DtypeError(f"{self.name}: a type that LAPACK does not know", got=avals[0],
                                    hint="Convert it: x.astype('float32').")  # fmt: skip
        for a, rank in zip(avals, self.ranks, strict=True):
            if a.ndim < rank or a.shape[: a.ndim - rank] != batch:
                raise errors.ShapeError(f"{self.name}: the operands' batches differ", got=" · ".join(map(repr, avals)))
        vary = frozenset[Any]().union(*(a.vary for a in avals))
        types = {"x": dtype, "r": real_of(dtype), "i": dtypes.int32}
        found = self.outs(dtype.kind == "c", *cores, **attrs)
        return [Aval((*batch, *core), types[kind], False, vary) for core, kind in found]

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        avals = list(map(whole_aval, xs))
        ys = self(*map(closed, xs), packed=tuple(type(x) is Pair for x in xs), **attrs)
        return [opened(y, a) for y, a in zip(ys, self.shape(*avals, **attrs), strict=True)]

    def ref(self, *xs: np.ndarray, packed: tuple[bool, ...] = (), **attrs: Any) -> list[np.ndarray]:
        if packed:
            kinds = self.whole([Aval(x.shape, x.dtype) for x in xs], packed)
            inner = [np.ascontiguousarray(x).view(a.dtype).reshape(a.shape) for x, a in zip(xs, kinds, strict=True)]
            found = self.ref(*inner, **attrs)
            return [np.stack([y.real, y.imag], -1) if y.dtype.kind == "c" else y for y in found]
        avals = [Aval(x.shape, x.dtype) for x in xs]
        outs = [np.empty(a.shape, a.dtype) for a in self.shape(*avals, **attrs)]
        batch, cores = self.split(avals)
        if 0 in (math.prod(c) for c in cores):
            return [np.zeros_like(y) for y in outs]
        for at in np.ndindex(batch):
            for out, y in zip(outs, self.one(*(x[at] for x in xs), **attrs), strict=True):
                out[at] = y
        return outs

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        outs = self(*(move_to(x, d, 0, axis) for x, d in zip(xs, ds, strict=True)), **attrs)
        return outs, [0] * len(outs)


def routine(name: str, one: Callable[..., Any], outs: Callable[..., Outs], **answers: Any) -> Any:
    """One row: what it does to a single matrix, by SciPy's wrapper, and the shapes and kinds of its results."""
    fixed = {"name": f"lapack_{name}", "routine": name, "one": staticmethod(one), "outs": staticmethod(outs), **answers}
    return register(type(name, (Routine,), fixed)())


def _with_info(*outs: tuple[Shape, str]) -> Outs:
    return (*outs, ((), "i"))


# --- factorisations ---


def _potrf(a: Any, *, lower: bool) -> Any:
    return scipy_function("potrf", a)(a, lower=lower, clean=False)


def _getrf(a: Any) -> Any:
    lu, pivots, info = scipy_function("getrf", a)(a)
    return lu, pivots + 1, info


def _geqrf(a: Any) -> Any:
    qr, tau, _, info = scipy_function("geqrf", a)(a)
    return qr, tau, info


def _geqp3(a: Any) -> Any:
    qr, order, tau, _, info = scipy_function("geqp3", a)(a)
    return qr, order, tau, info


def _orgqr(a: Any, tau: Any) -> Any:
    if not tau.size:
        return np.eye(*a.shape, dtype=a.dtype), 0
    q, _, info = scipy_function("orgqr", a)(a, tau)
    return q, info


def _ormqr(a: Any, tau: Any, c: Any, *, left: bool, transpose: bool) -> Any:
    turned = ("C" if a.dtype.kind == "c" else "T") if transpose else "N"
    room = 64 * (c.shape[1] if left else c.shape[0]) + 65 * 64
    y, _, info = scipy_function("ormqr", a)("L" if left else "R", turned, a[:, : tau.size], tau, c, lwork=room)
    return y, info


def _gehrd(a: Any) -> Any:
    return scipy_function("gehrd", a)(a)


def _sytrd(a: Any, *, lower: bool) -> Any:
    return scipy_function("sytrd", a)(a, lower=lower)


def _triangle(complex: bool, a: Shape, **_: Any) -> Outs:
    return _with_info((a, "x"))


def _reflectors(complex: bool, a: Shape, **_: Any) -> Outs:
    return _with_info((a, "x"), ((min(a),), "x"))


potrf = routine("potrf", _potrf, _triangle)
getrf = routine("getrf", _getrf, lambda _, a: _with_info((a, "x"), ((min(a),), "i")))
geqrf = routine("geqrf", _geqrf, _reflectors)
geqp3 = routine("geqp3", _geqp3, lambda _, a: _with_info((a, "x"), (a[1:], "i"), ((min(a),), "x")), zeroed=(1,))
orgqr = routine("orgqr", _orgqr, lambda _, a, tau: _with_info((a, "x")), ranks=(2, 1))
ormqr = routine("ormqr", _ormqr, lambda _, a, tau, c, **__: _with_info((c, "x")), ranks=(2, 1, 2), overwrites={2: 0})
gehrd = routine("gehrd", _gehrd, lambda _, a: _with_info((a, "x"), ((max(a[0] - 1, 0),), "x")))
sytrd = routine("sytrd", _sytrd, lambda _, a, lower: _with_info(
    (a, "x"), (a[1:], "r"), ((max(a[0] - 1, 0),), "r"), ((max(a[0] - 1, 0),), "x")))  # fmt: skip


# --- spectra ---


def _svd(name: str) -> Callable[..., Any]:
    def one(a: Any, *, job: str) -> Any:
        u, s, vt, info = scipy_function(name, a)(a, compute_uv=job != "N", full_matrices=job == "A")
        return (s, info) if job == "N" else (s, u, vt, info)

    return one


def _svd_outs(complex: bool, a: Shape, *, job: str) -> Outs:
    (m, n), k = a, min(a)
    vectors = () if job == "N" else (((m, m if job == "A" else k), "x"), ((n if job == "A" else k, n), "x"))
    return _with_info(((k,), "r"), *vectors)


def _syevd(a: Any, *, lower: bool) -> Any:
    w, v, info = scipy_function("syevd", a)(a, compute_v=1, lower=lower)
    return v, w, info


def _geev(a: Any, *, left: bool, right: bool) -> Any:
    *w, vl, vr, info = scipy_function("geev", a)(a, compute_vl=left, compute_vr=right)
    return (*w, *([vl] if left else []), *([vr] if right else []), info)


def _geev_outs(complex: bool, a: Shape, *, left: bool, right: bool) -> Outs:
    values = ((a[1:], "x"),) * (1 if complex else 2)
    return _with_info(*values, *((a, "x"),) * (left + right))


def _gees(a: Any, *, vectors: bool) -> Any:
    t, _, *_, vs, _, info = scipy_function("gees", a)(lambda *_: False, a, compute_v=vectors)
    return (t, vs, info) if vectors else (t, info)


gesdd = routine("gesdd", _svd("gesdd"), _svd_outs, overwrites={0: None})
gesvd = routine("gesvd", _svd("gesvd"), _svd_outs, overwrites={0: None})
syevd = routine("syevd", _syevd, lambda _, a, **__: _with_info((a, "x"), (a[1:], "r")))
geev = routine("geev", _geev, _geev_outs, overwrites={0: None})
gees = routine("gees", _gees, lambda _, a, vectors: _with_info(*((a, "x"),) * (1 + vectors)))


# --- solves ---


def _gtsv(dl: Any, d: Any, du: Any, b: Any) -> Any:
    *_, x, info = scipy_function("gtsv", b)(dl[1:], d, du[:-1], b)
    return x, info


def _trsm(a: Any, b: Any, *, left: bool, lower: bool, transpose: str, unit: bool) -> Any:
    solve = scipy_function("trsm", a, "blas")
    return (solve(1.0, a, b, side=not left, lower=lower, trans_a="NTC".index(transpose), diag=unit),)


def _laswp(a: Any, pivots: Any) -> Any:
    return (scipy_function("laswp", a)(a, pivots - 1),)


laswp = routine("laswp", _laswp, lambda _, a, pivots: ((a, "x"),), ranks=(2, 1))
gtsv = routine("gtsv", _gtsv, lambda _, dl, d, du, b: _with_info((b, "x")), ranks=(1, 1, 1, 2),
               overwrites={0: None, 1: None, 2: None, 3: 0})  # fmt: skip
trsm = routine("trsm", _trsm, lambda _, a, b, **__: ((b, "x"),), ranks=(2, 2), overwrites={1: 0}, library="blas")
