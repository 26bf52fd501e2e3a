"""The table of special functions: their truth in many bits, and the arguments on which they are held to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import scipy.special
from mpmath import mp

BITS = 320


@dataclass(frozen=True)
class Row:
    """A function of rt.scipy.special: `truth` by mpmath, and for each set of arguments how its numbers are drawn."""

    name: str
    truth: Callable[..., Any]
    draws: tuple[tuple[Callable[..., np.ndarray], ...], ...]
    # which result, of functions that have several
    part: int | None = None
    # operands that are integers
    whole: tuple[int, ...] = ()
    # the size of the largest term, beside roots
    least: Callable[..., Any] | None = None
    # scipy's function, where its name or its order of results is another
    peer: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return self.name if self.part is None else f"{self.name}{self.part}"

    def ours(self, function: Any, *xs: Any) -> Any:
        out = function(*xs)
        return out if self.part is None else out[self.part]

    def scipys(self, *xs: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            out = (self.peer or getattr(scipy.special, self.name))(*xs)
        return np.asarray(out if self.part is None else out[self.part])

    def arguments(self, count: int, seed: int = 0) -> list[list[np.ndarray]]:
        """One list of float64 operands for each set."""
        rng = np.random.default_rng(sum(self.name.encode()) + seed)
        return [[draw(rng, count) for draw in draws] for draws in self.draws]

    def exact(self, *xs: float) -> Any:
        """The truth at float64 numbers, in many bits."""
        with mp.workprec(BITS):
            return mp.re(self.truth(*(mp.mpf(float(x)) for x in xs)))


def logs(low: float, high: float) -> Callable[..., np.ndarray]:
    """Spread evenly by their logarithm."""
    return lambda rng, count: np.exp(rng.uniform(np.log(low), np.log(high), count))


def minus(draw: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda rng, count: -draw(rng, count)


def both(low: float, high: float) -> Callable[..., np.ndarray]:
    """The same with either sign."""
    return lambda rng, count: logs(low, high)(rng, count) * rng.choice([-1.0, 1.0], count)


def evenly(low: float, high: float) -> Callable[..., np.ndarray]:
    return lambda rng, count: rng.uniform(low, high, count)


def whole(low: int, high: int) -> Callable[..., np.ndarray]:
    return lambda rng, count: rng.integers(low, high + 1, count).astype(np.float64)


def around(place: float, low: float, high: float) -> Callable[..., np.ndarray]:
    """Near a root or an end."""
    return lambda rng, count: place + both(low, high)(rng, count)


def _newton(start: Callable[..., Any], value: Callable[..., Any], slope: Callable[..., Any]) -> Callable[..., Any]:
    def solved(p: Any) -> Any:
        x = mp.mpf(float(start(float(p))))
        if not mp.isfinite(x):
            return x
        for _ in range(8):
            x -= (value(x) - p) / slope(x)
        return x

    return solved


def _log_gamma(x: Any) -> Any:
    return mp.re(mp.loggamma(x))


def _log_ndtr(x: Any) -> Any:
    return mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2) if x > 0 else mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def _owens(h: Any, a: Any) -> Any:
    places = mp.linspace(0, a, 5)
    return mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), places) / (2 * mp.pi)


def _bessels(order: int) -> Callable[..., Any]:
    return lambda z: mp.besselj(order, z)


_BETA = (logs(1e-3, 50), logs(1e-3, 50))
_HALF = (logs(1e-3, 1e3), logs(1e-3, 1e3))
_NEAR_ONE = (around(1, 1e-9, 0.5), around(1, 1e-9, 0.5))

ROWS = (
    Row("beta", lambda a, b: mp.exp(_log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)),
        (_BETA, (logs(100, 1e6), logs(1e-2, 20)))),
    Row("betaln", lambda a, b: _log_gamma(a) + _log_gamma(b) - _log_gamma(a + b),
        (_BETA, (logs(100, 1e12), logs(1e-2, 1e3)))),
    Row("boxcox", lambda x, k: (x**k - 1) / k,
        ((logs(1e-3, 1e3), both(1e-3, 3)), (around(1, 1e-9, 0.1), both(0.1, 3)))),
    Row("boxcox1p", lambda x, k: ((1 + x) ** k - 1) / k, ((logs(1e-9, 1e3), both(1e-3, 3)),)),
    Row("comb", mp.binomial, ((whole(20, 500), whole(1, 20)), (logs(20, 30), logs(0.1, 20)))),
    Row("dawsn", lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), ((both(1e-9, 40),),)),
    Row("digamma", mp.digamma, ((logs(1e-9, 1e9),), (around(1.4616321449683622, 1e-9, 0.3),))),
    Row("entr", lambda x: -x * mp.log(x), ((logs(1e-30, 1e3),), (around(1, 1e-9, 0.5),))),
    Row("erf", mp.erf, ((both(1e-9, 6),),)),
    Row("erfc", lambda x: mp.erfc(x), ((both(1e-3, 25),),)),
    Row("erfcx", lambda x: mp.exp(x * x) * mp.erfc(x), ((logs(1e-5, 1e4),), (minus(logs(1e-3, 26)),))),
    Row("erfinv", _newton(scipy.special.erfinv, mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
        ((both(1e-9, 0.999),),)),
    Row("exp1", lambda x: mp.gammainc(0, x), ((logs(1e-9, 600),),)),
    Row("expi", mp.ei, ((both(1e-5, 600),), (around(0.37250741078136663, 1e-9, 0.1),)), least=lambda x: 1.0),
    Row("expit", lambda x: 1 / (1 + mp.exp(-x)), ((both(1e-5, 600),),)),
    Row("expn", lambda n, x: mp.expint(int(n), x), ((whole(0, 20), logs(1e-3, 100)),), whole=(0,)),
    Row("factorial", mp.factorial, ((whole(0, 170),), (logs(0.01, 150),))),
    Row("fresnel", mp.fresnels, ((both(1e-3, 50),),), part=0),
    Row("fresnel", mp.fresnelc, ((both(1e-3, 50),),), part=1),
    Row("gamma", mp.gamma, ((logs(1e-10, 171),), (minus(logs(1e-3, 160)),))),
    Row("gammaln", _log_gamma, ((logs(1e-9, 1e9),), (around(1, 1e-9, 0.5),), (around(2, 1e-9, 0.5),))),
    Row("i0", lambda x: mp.besseli(0, x), ((both(1e-3, 700),),)),
    Row("i0e", lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), ((both(1e-3, 1e4),),)),
    Row("i1", lambda x: mp.besseli(1, x), ((both(1e-3, 700),),)),
    Row("i1e", lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), ((both(1e-3, 1e4),),)),
    Row("log_ndtr", _log_ndtr, ((both(1e-3, 8),), (minus(logs(1, 1e4)),))),
    Row("logit", lambda x: mp.log(x / (1 - x)), ((evenly(0, 1),), (logs(1e-30, 1),), (around(0.5, 1e-9, 0.1),))),
    Row("ndtr", mp.ncdf, ((both(1e-3, 8),), (minus(logs(1, 37)),))),
    Row("ndtri", _newton(scipy.special.ndtri, mp.ncdf, mp.npdf), ((logs(1e-300, 0.5),), (evenly(0, 1),))),
    Row("owens_t", _owens, ((logs(1e-3, 8), both(1e-3, 20)),)),
    Row("poch", mp.rf, ((logs(0.01, 100), logs(0.01, 30)),)),
    Row("polygamma", lambda k, x: mp.polygamma(int(k), x), ((whole(1, 12), logs(0.01, 100)),), whole=(0,)),
    Row("sici", mp.si, ((both(1e-3, 1e3),),), part=0),
    Row("sici", mp.ci, ((logs(1e-3, 1e3),),), part=1, least=lambda x: min(1.0, 1 / x)),
    Row("spence", lambda x: mp.polylog(2, 1 - x), ((logs(1e-6, 1e6),), (around(1, 1e-9, 0.9),))),
    Row("xlog1py", lambda x, y: x * mp.log1p(y), (_HALF,)),
    Row("xlogy", lambda x, y: x * mp.log(y), (_HALF, _NEAR_ONE)),
    Row("zeta", mp.zeta, ((around(20, 0.1, 18.9), logs(0.01, 100)),)),
    Row("rel_entr", lambda p, q: p * mp.log(p / q), (_HALF, _NEAR_ONE)),
    Row("kl_div", lambda p, q: p * mp.log(p / q) - p + q, (_HALF, _NEAR_ONE), least=lambda p, q: 0.1 * q),
)  # fmt: skip


def units(got: float, truth: Any, mantissa: int, least: Any = 0) -> float:
    """|got - truth| in units of the last place of truth, or of `least` where that is larger."""
    if not mp.isfinite(truth):
        return 0.0 if float(truth) == float(got) else np.inf
    low, high = (-125, 128) if mantissa == 24 else (-1021, 1024)
    with mp.workprec(BITS):
        size = max(abs(truth), least)
        if size == 0:
            return 0.0 if got == 0 else np.inf
        _, exponent = mpmath.frexp(size)
        if exponent > high:
            return 0.0 if np.isinf(got) else np.inf
        if not np.isfinite(got):
            return np.inf
        return float(abs(mp.mpf(float(got)) - truth) / mp.mpf(2) ** (max(exponent, low) - mantissa))


def errors(row: Row, function: Any, dtype: Any, count: int, seed: int = 0) -> list[tuple[float, float, list[float]]]:
    """At each point: our error and scipy's in units of the last place, and the operands."""
    mantissa = 24 if dtype == np.float32 else 53
    found = []
    for operands in row.arguments(count, seed):
        rounded = [x.astype(np.int32 if i in row.whole else dtype) for i, x in enumerate(operands)]
        ours = np.asarray(row.ours(function, *rounded))
        assert ours.dtype == dtype
        theirs = row.scipys(*(x.astype(dtype) for x in rounded)).astype(dtype)
        for i in range(count):
            point = [float(x[i]) for x in rounded]
            truth, least = row.exact(*point), row.least(*point) if row.least else 0
            found.append((units(ours[i], truth, mantissa, least), units(theirs[i], truth, mantissa, least), point))
    return found
