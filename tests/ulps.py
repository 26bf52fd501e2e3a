"""Errors in units of the last place, and the table of elementary functions that are held to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import scipy.special
from mpmath import mp

from rustorch_fn.kernel import math as functions
from rustorch_fn.kernel.expr import Axis, Buffer, Expr, axis, load, table
from rustorch_fn.kernel.interp import DTYPES, evaluate
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store
from rustorch_fn.target.llvm.check import run

MANTISSA = {"f32": 24, "f64": 53}
LOWEST = {"f32": -149, "f64": -1074}
HIGHEST = {"f32": 128, "f64": 1024}


def ulp_error(got: np.ndarray, truth: np.ndarray, rest: Any = 0.0, least: Any = 0.0) -> np.ndarray:
    """|got - (truth + rest)| in units of truth's last place in got's type.

    Infinite where one is NaN and the other is not, or where a zero or an infinity has the wrong sign. A truth beyond
    the largest number counts as the power of two above it, and so does an infinite `got`. With `least`, the unit is
    not below that of `least`.
    """
    dtype = "f32" if got.dtype == np.float32 else "f64"
    top, mantissa = HIGHEST[dtype], MANTISSA[dtype]
    with np.errstate(all="ignore"):
        wide, truth, rest = got.astype(np.float64), np.asarray(truth, np.float64), np.asarray(rest, np.float64)
        exact = (wide == truth) & (rest == 0) | np.isnan(wide) & np.isnan(truth)
        beyond = np.isinf(truth) | (np.abs(truth) >= 2.0 ** (top - 1) * 2) if top < 1024 else np.isinf(truth)
        # halves, as 2 ** 1024 is no float; a half of the least f64 is not a float, but then nothing is infinite
        scale = np.where(np.isinf(wide) | (np.abs(truth) > 1), 0.5, 1.0)
        edge = 2.0 ** (top - 1)
        difference = np.where(np.isinf(wide), np.copysign(edge, wide), wide * scale)
        difference = difference - np.where(beyond, np.copysign(edge, truth), truth * scale)
        _, exponent = np.frexp(np.maximum(np.abs(truth), least))
        exponent = np.where(beyond, top, np.clip(exponent, LOWEST[dtype] + mantissa, top))
        error = np.abs(difference - np.where(beyond, 0, rest * scale)) / np.ldexp(scale, exponent - mantissa)
    error = np.where(exact, 0.0, error)
    error = np.where(np.isnan(wide) != np.isnan(truth), np.inf, error)
    zero = (truth == 0) & (rest == 0) | (wide == 0) | np.isinf(wide)
    return np.where(zero & (np.signbit(wide) != np.signbit(truth)) & ~np.isnan(truth), np.inf, error)


@dataclass(frozen=True)
class Function:
    """An elementary function, its truth in f64 by numpy (for f32) and in many bits by mpmath (for f64), its bounds."""

    name: str
    fast: Callable[[np.ndarray], np.ndarray]
    exact: Callable[[Any], Any]
    bound: float = 2.0
    bound64: float | None = None
    domain: tuple[float, float] = (-np.inf, np.inf)
    # f32 is held to these formulas instead of the truth
    model: Callable[[np.ndarray], np.ndarray] | None = None
    # errors are relative to at least this, for results that cancel
    least: Callable[[np.ndarray], np.ndarray] = np.zeros_like

    def __repr__(self) -> str:
        return self.name

    @property
    def build(self) -> Callable[..., Expr]:
        return getattr(functions, self.name)

    def truth(self, x: np.ndarray) -> np.ndarray:
        """What f32 numbers are held to."""
        with np.errstate(all="ignore"):
            return (self.model or self.fast)(x.astype(np.float64))

    def limit(self, dtype: str) -> float:
        return self.bound64 if dtype == "f64" and self.bound64 is not None else self.bound


def _logistic(x: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1 + e)


def _plain_erf_inv(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, x, scipy.special.erfinv(x))


def _digamma(x: np.ndarray) -> np.ndarray:
    """NaN at poles, as in XLA."""
    return np.where((x <= 0) & (x == np.floor(x)), np.nan, scipy.special.digamma(x))


def _lgamma(x: np.ndarray) -> np.ndarray:
    """Infinite at -inf, as in C, and right for denormals."""
    y = np.where(np.abs(x) < 1e-300, -np.log(np.abs(x)), scipy.special.gammaln(x))
    return np.where(x == -np.inf, np.inf, y)


def xla_erf_inv(x: np.ndarray) -> np.ndarray:
    """What XLA computes for f32: Giles' polynomials, which random normals inherit."""
    near = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
            -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
    far = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
           0.00943887047, 1.00167406, 2.83297682)  # fmt: skip
    one = np.float32
    x = x.astype(one)
    w = -np.log1p((-x * x).astype(np.float64)).astype(one)
    u = np.where(w < 5, w - one(2.5), np.sqrt(w) - one(3)).astype(one)
    p = np.zeros_like(x)
    for a, b in zip(near, far, strict=True):
        p = np.where(w < 5, one(a), one(b)) + p * u
    return np.where(np.abs(x) == 1, x * one(np.inf), p * x).astype(np.float64)


def _erf_inv(x: Any) -> Any:
    """Newton's steps on the complement, which tells numbers near 1 apart."""
    if x == 0 or abs(x) == 1:
        return x * mpmath.inf if x else x
    rest = 1 - abs(x)
    y = mp.mpf(float(scipy.special.erfcinv(float(rest)) if abs(x) > 0.5 else scipy.special.erfinv(float(abs(x)))))
    for _ in range(4):
        y += (mp.erfc(y) - rest) * mp.exp(y * y) * mp.sqrt(mp.pi) / 2
    return mp.sign(x) * y


def _below_zero(x: np.ndarray) -> np.ndarray:
    """Between its poles below 0, the function has roots that no formula of few bits finds."""
    return np.where(x < 0, 1.0, 0.0)


def _terms_of_digamma(x: np.ndarray) -> np.ndarray:
    """Below 0 it is digamma(|x|) + 1 / |x| + pi cot(pi |x|): beside the roots the last places of the largest count."""
    with np.errstate(all="ignore"):
        a = np.abs(x.astype(np.float64))
        terms = np.abs([_digamma(a), 1 / a, np.pi / np.tan(np.pi * (a % 1))])
    terms[~(terms < 2.0**60)] = 0.0  # beside a pole the sum is as large as its largest term
    return np.where(x < 0, terms.max(0), 0.0)


FUNCTIONS = (
    Function("exp", np.exp, mp.exp, 1.0),
    Function("exp2", np.exp2, lambda x: mp.mpf(2) ** x),
    Function("expm1", np.expm1, mp.expm1),
    Function("log", np.log, mp.log, 1.0, domain=(0, np.inf)),
    Function("log1p", np.log1p, mp.log1p, domain=(-1, np.inf)),
    Function("log2", np.log2, lambda x: mp.log(x) / mp.ln2, domain=(0, np.inf)),
    Function("log10", np.log10, mp.log10, domain=(0, np.inf)),
    Function("logistic", _logistic, lambda x: 1 / (1 + mp.exp(-x))),
    Function("sin", np.sin, mp.sin),
    Function("cos", np.cos, mp.cos),
    Function("tan", np.tan, mp.tan),
    Function("asin", np.arcsin, mp.asin, domain=(-1, 1)),
    Function("acos", np.arccos, mp.acos, domain=(-1, 1)),
    Function("atan", np.arctan, mp.atan),
    Function("sinh", np.sinh, mp.sinh),
    Function("cosh", np.cosh, mp.cosh),
    Function("tanh", np.tanh, mp.tanh),
    Function("asinh", np.arcsinh, mp.asinh),
    Function("acosh", np.arccosh, mp.acosh, domain=(1, np.inf)),
    Function("atanh", np.arctanh, mp.atanh, domain=(-1, 1)),
    Function("cbrt", np.cbrt, lambda x: mp.sign(x) * mp.cbrt(abs(x))),
    Function("rsqrt", lambda x: 1 / np.sqrt(x), lambda x: 1 / mp.sqrt(x), domain=(0, np.inf)),
    Function("erf", scipy.special.erf, mp.erf),
    Function("erfc", scipy.special.erfc, lambda x: mp.erfc(min(x, 100))),
    Function("erf_inv", _plain_erf_inv, _erf_inv, 4.0, domain=(-1, 1), model=xla_erf_inv),
    Function("lgamma", _lgamma, lambda x: mp.re(mp.loggamma(x)), 1.0, 4.0, least=_below_zero),
    Function("digamma", _digamma, mp.digamma, 1.0, 4.0, least=_terms_of_digamma),
)


def specials(dtype: str) -> np.ndarray:
    """Numbers where functions break: zeros, denormals, the ends of the range, 1 and its neighbours, halves."""
    info = np.finfo(DTYPES[dtype])
    tiny = info.smallest_subnormal
    one = DTYPES[dtype].type(1)
    positive = [0, tiny, 3 * tiny, info.tiny / 2, info.tiny, 1.5 * info.tiny, info.eps / 4, info.eps / 2, info.eps]
    positive += [0.25, 0.5, np.nextafter(one, 0 * one), 1, np.nextafter(one, 2 * one), 1.5, 2, 2.5, 3, 4, 10, 100]
    positive += [1000, 1e5, np.pi / 4, np.pi / 2, np.pi, 2.0**60, info.max / 2, info.max, np.inf, np.nan]
    half = np.array(positive, DTYPES[dtype])
    return np.concatenate([half, -half])


def patterns(count: int) -> np.ndarray:
    """f32 numbers spread evenly over all bit patterns, specials first."""
    step = (1 << 32) // count
    spread = (np.arange(count, dtype=np.uint64) * step + step // 3).astype(np.uint32).view(np.float32)
    return np.concatenate([specials("f32"), spread])


def points(f: Function, count: int) -> np.ndarray:
    """f64 numbers: specials, all sizes, near 1, near multiples of pi / 2, and the usual ones."""
    rng = np.random.default_rng(sum(f.name.encode()))
    signs = rng.choice([-1.0, 1.0], count)
    sets = [
        specials("f64"),
        np.exp(rng.uniform(-730, 700, count)) * signs,
        1 + np.exp(rng.uniform(-36, -1, count)) * signs,
        -1 + np.exp(rng.uniform(-36, -1, count)),
        np.floor(np.exp(rng.uniform(0, 12, count // 2))) * (np.pi / 2),
        rng.uniform(-4, 4, 2 * count),
        rng.uniform(-40, 40, count),
        rng.uniform(-750, 750, count // 2),
    ]
    x = np.concatenate(sets)
    low, high = f.domain
    # beyond the domain, specials are enough
    return np.concatenate([x[: len(sets[0])], x[(x > low) & (x < high)]])


def exact_pair(f: Function, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The truth for f64 numbers as a float and what is missing to it; numpy's answer where it is not a real number."""
    with np.errstate(all="ignore"):
        truth, rest = f.fast(x).copy(), np.zeros_like(x)
    low, high = f.domain
    with mp.workprec(160):
        for i in np.flatnonzero(np.isfinite(x) & np.isfinite(truth) & (x != 0) & (x > low) & (x < high)):
            t = f.exact(mp.mpf(float(x[i])))
            truth[i] = float(t)
            rest[i] = float(t - truth[i]) if np.isfinite(truth[i]) else 0.0
    return truth, rest


def interpreted(build: Callable[..., Expr], *xs: np.ndarray) -> np.ndarray:
    """A scalar function over flat arrays, by numpy."""
    with table():
        i = Axis(xs[0].size)
        buffers = [Buffer("x", {4: "f32", 8: "f64"}[x.itemsize], x.size) for x in xs]
        value = build(*(load(b, axis(i)) for b in buffers))
    return evaluate(value, {i: np.arange(xs[0].size), **dict(zip(buffers, xs, strict=True))})


def compiled(build: Callable[..., Expr], *xs: np.ndarray, machine: Machine | None = None) -> np.ndarray:
    """A scalar function over flat arrays, by LLVM."""
    with table():
        i = Axis(xs[0].size)
        buffers = [Buffer("x", {4: "f32", 8: "f64"}[x.itemsize], x.size) for x in xs]
        value = build(*(load(b, axis(i)) for b in buffers))
        out = Buffer("y", value.dtype, xs[0].size)
        y = np.empty(out.size, DTYPES[value.dtype])
        run(Nest((i,), (Store(out, axis(i), value),)), {**dict(zip(buffers, xs, strict=True)), out: y}, machine)
    return y
