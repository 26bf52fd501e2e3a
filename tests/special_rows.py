"""The table of special functions: their truth in many bits, and the arguments on which they are held to it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import scipy.special
from mpmath import mp

import rustorch_fn as rt

BITS = 320


@dataclass(frozen=True)
class Miss:
    """Where a function stays beyond the rule, how far at most in units of the last place, and why."""

    where: Callable[..., bool]
    bound: float
    region: str
    reason: str


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
    # how a library's function is called, where not by the operands alone
    call: Callable[..., Any] | None = None
    # a word for the row, where a name has several
    label: str = ""
    # operands whose derivatives are looked at: all that are no integers, where it is None
    slopes: tuple[int, ...] | None = None
    miss: Miss | None = None
    # whether JAX's function ends on these arguments
    beside_jax: bool = True

    def __repr__(self) -> str:
        return self.name + ("" if self.part is None else str(self.part)) + self.label

    @property
    def smooth(self) -> tuple[int, ...]:
        """The operands in which the derivatives are looked at."""
        if self.slopes is not None:
            return self.slopes
        return tuple(i for i in range(len(self.draws[0])) if i not in self.whole)

    def ours(self, room: Any, *xs: Any) -> Any:
        """The result of a room of special functions, ours or JAX's."""
        function = getattr(room, self.name)
        out = self.call(function, *xs) if self.call else function(*xs)
        return out if self.part is None else out[self.part]

    def scipys(self, *xs: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            out = (self.peer or getattr(scipy.special, self.name))(*xs)
        return np.asarray(out if self.part is None or self.peer else out[self.part])

    def limit(self, theirs: float, point: list[float]) -> float:
        """How many units of the last place we may be off where the better peer is off by `theirs`."""
        rule = max(4, 2 * theirs)
        return max(rule, self.miss.bound) if self.miss and self.miss.where(*point) else rule

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


def below(place: float, low: float, high: float) -> Callable[..., np.ndarray]:
    """Near an end from the left."""
    return lambda rng, count: place - logs(low, high)(rng, count)


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


def _incomplete_beta(a: Any, b: Any, x: Any) -> Any:
    """By the continued fraction, which mpmath's series replaces too slowly for large parameters."""
    if x <= 0 or x >= 1:
        return mp.mpf(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    c, d = mp.mpf(1), 1 / (1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 100_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c, d = 1 + term / c, 1 / (1 + term * d)
            total *= c * d
        if abs(c * d - 1) < mp.mpf(2) ** -200:
            break
    norm = _log_gamma(a + b) - _log_gamma(a) - _log_gamma(b)
    return mp.exp(norm + a * mp.log(x) + b * mp.log1p(-x)) * total / a


def _faddeeva(x: Any, y: Any) -> Any:
    z = mp.mpc(x, y)
    return mp.exp(-z * z) * mp.erfc(-1j * z)


def _bessel(order: int) -> Row:
    """Bessel's function of one order; between its roots it is as large as the first term of Hankel's series."""
    return Row(
        "bessel_jn", lambda z: mp.besselj(order, z), ((both(1e-1, 60),), (logs(1e-6, 1e4),)), part=order,
        call=lambda f, z: f(z, v=9), peer=lambda z: scipy.special.jv(order, z),
        least=lambda z: np.sqrt(2 / (np.pi * abs(z))) if abs(z) > order + 1 else 0,
    )  # fmt: skip


_FEW = Miss(
    lambda *_: True,
    7,
    "about two numbers in a thousand",
    "the sum of the trapezoidal rule runs in float64 (5.8 units seen)",
)


def _harmonic(part: Callable[..., Any]) -> Callable[..., Any]:
    return lambda n, m, theta, phi: part(mp.spherharm(int(n), int(m), theta, phi))


def _scipys_harmonic(n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """By Legendre's functions: scipy has the name itself only from 1.15 on."""
    k = abs(m)
    scale = np.sqrt((2 * n + 1) / (4 * np.pi) * scipy.special.factorial(n - k) / scipy.special.factorial(n + k))
    sign = np.where(m < 0, (-1.0) ** k, 1.0)
    return sign * scale * scipy.special.lpmv(k, n, np.cos(theta)) * np.cos(k * phi)


def _stacked(function: Callable[..., Any], *xs: Any) -> Any:
    """A function of an array whose first axis is the operands."""
    return function(xs[0].__array_namespace__().stack(xs), axis=0)


def _poles(k: float, x: Any) -> tuple[Any, Any]:
    """What the poles of polygamma of order k add: those from x upwards, and those between x and 0."""
    t = x - mp.floor(x)
    if not t:
        return mp.inf, 0
    above, below, rest = (abs(mp.polygamma(k, place)) for place in (t, 1 - t, 1 - x))
    return above, below - rest


def _polygamma_below(k: Any, x: Any) -> Any:
    above, below = _poles(int(k), x)
    return (-1) ** (int(k) + 1) * above + below


_BETA = (logs(1e-3, 50), logs(1e-3, 50))
_BELOW = evenly(-9, 0)
_SHAPES = (
    (logs(0.1, 100), logs(0.1, 200)), (logs(1e-10, 1), logs(1e-10, 10)), (evenly(1e3, 1.1e3), evenly(800, 1300)),
    (evenly(1e5, 1.002e5), evenly(0.99e5, 1.01e5)), (evenly(1e6, 1.001e6), evenly(0.995e6, 1.006e6)),
)  # fmt: skip
_PLANE = (
    (both(1e-3, 30), logs(1e-3, 30)), (both(1, 20), logs(1e-15, 1)), (both(1e-9, 10), minus(logs(1e-9, 5))),
)  # fmt: skip
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
    Row("exp1", lambda x: mp.gammainc(0, x), ((logs(1e-9, 600),),), beside_jax=False),
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
    Row("beta", lambda a, b: mp.gamma(a) * mp.gamma(b) / mp.gamma(a + b),
        ((_BELOW, _BELOW), (_BELOW, logs(0.1, 9)), (evenly(-150, 0), logs(1, 150))), label=" below 0"),
    Row("betaln", lambda a, b: mp.log(abs(mp.gamma(a) * mp.gamma(b) / mp.gamma(a + b))),
        ((_BELOW, _BELOW), (_BELOW, logs(0.1, 9))), label=" below 0",
        least=lambda a, b: max(map(abs, (_log_gamma(a), _log_gamma(b), _log_gamma(a + b))))),
    Row("digamma", mp.digamma, ((_BELOW,), (evenly(-150, 0),)), label=" below 0", least=lambda x: 1.0),
    Row("gammaln", _log_gamma, ((_BELOW,), (evenly(-150, 0),)), label=" below 0", least=lambda x: 1.0),
    Row("polygamma", _polygamma_below, ((whole(1, 9), _BELOW), (whole(1, 20), minus(logs(1, 1e6)))), whole=(0,),
        label=" below 0", least=lambda k, x: max(_poles(int(k), mp.mpf(x)))),
    Row("betainc", _incomplete_beta,
        ((logs(0.1, 100), logs(0.1, 100), evenly(0, 1)), (logs(1e-3, 10), logs(1e-3, 10), logs(1e-30, 1)),
         (logs(1e3, 1e5), logs(1e3, 1e5), evenly(0, 1)), (evenly(1e4, 1.1e4), evenly(1e4, 1.1e4), evenly(0.45, 0.55)))),
    Row("gammainc", lambda a, x: mp.gammainc(a, 0, x, regularized=True), _SHAPES),
    Row("gammaincc", lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True), _SHAPES),
    Row("gammasgn", lambda x: mp.sign(mp.gamma(x)), ((both(1e-3, 1e3),),), slopes=()),
    Row("loggamma", _log_gamma, ((logs(1e-9, 1e9),), (around(1, 1e-9, 0.5),), (around(2, 1e-9, 0.5),))),
    Row("multigammaln", lambda a: sum((_log_gamma(a - mp.mpf(k) / 2) for k in range(3)), 3 * mp.log(mp.pi) / 2),
        ((logs(1.1, 1e6),),), call=lambda f, a: f(a, 3), peer=lambda a: scipy.special.multigammaln(a, 3),
        least=lambda a: 1.0),
    Row("hyp1f1", mp.hyp1f1,
        ((evenly(-3, 5), evenly(0.5, 8), evenly(-15, 15)), (both(0.1, 20), logs(0.1, 20), both(1e-6, 300)),
         (whole(-9, 9), whole(1, 9), both(1e-3, 100)))),
    Row("hyp2f1", mp.hyp2f1,
        ((evenly(-3, 5), evenly(-3, 5), evenly(0.5, 8), evenly(-3, 0.9)),
         (both(0.1, 10), both(0.1, 10), logs(0.1, 10), minus(logs(1e-6, 1e3))),
         (evenly(-3, 5), evenly(-3, 5), evenly(0.5, 8), below(1, 1e-6, 0.1)),
         (whole(1, 5), whole(1, 5), whole(1, 9), evenly(-50, 0.99)))),
    *(_bessel(order) for order in (0, 1, 4, 9)),
    Row("wofz", lambda x, y: abs(_faddeeva(x, y)), _PLANE, call=lambda f, x, y: abs(f(x + 1j * y)),
        peer=lambda x, y: abs(scipy.special.wofz(x + 1j * y)), label=" size", miss=_FEW),
    Row("wofz", lambda x, y: mp.re(_faddeeva(x, y)), _PLANE, call=lambda f, x, y: f(x + 1j * y).real,
        peer=lambda x, y: scipy.special.wofz(x + 1j * y).real, label=" real", miss=_FEW),
    Row("wofz", lambda x, y: mp.im(_faddeeva(x, y)), _PLANE, call=lambda f, x, y: f(x + 1j * y).imag,
        peer=lambda x, y: scipy.special.wofz(x + 1j * y).imag, label=" imaginary", miss=_FEW),
    Row("sph_harm_y", _harmonic(mp.re), ((whole(5, 20), whole(-5, 5), evenly(0, 3.14), evenly(0, 7)),), whole=(0, 1),
        call=lambda f, n, m, t, p: f(n, m, t, p, n_max=20).real, peer=_scipys_harmonic, least=lambda *_: 0.2,
        miss=Miss(lambda n, *_: n > 5, 60, "degrees above 5",
                  "the recurrence in the degree runs in float64 (35 units seen)")),
    Row("logsumexp", lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), ((both(1e-3, 100), both(1e-3, 100)),),
        call=_stacked, peer=lambda x, y: scipy.special.logsumexp([x, y], axis=0),
        least=lambda x, y: max(abs(x), abs(y), 1)),
    Row("softmax", lambda x, y: 1 / (1 + mp.exp(y - x)), ((both(1e-3, 50), both(1e-3, 50)),), part=0,
        call=_stacked, peer=lambda x, y: scipy.special.softmax([x, y], axis=0)[0]),
    Row("log_softmax", lambda x, y: -mp.log1p(mp.exp(y - x)), ((both(1e-3, 50), both(1e-3, 50)),), part=0,
        call=_stacked, peer=lambda x, y: scipy.special.log_softmax([x, y], axis=0)[0]),
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


def errors(row: Row, dtype: Any, count: int, *, beside_jax: bool = False) -> list[tuple[float, float, list[float]]]:
    """At each point: our error and that of the better peer in units of the last place, and the operands."""
    mantissa = 24 if dtype == np.float32 else 53
    found = []
    for operands in row.arguments(count):
        rounded = [x.astype(np.int32 if i in row.whole else dtype) for i, x in enumerate(operands)]
        ours = np.asarray(row.ours(rt.scipy.special, *(rt.numpy.asarray(x, dtype=x.dtype) for x in rounded)))
        assert ours.dtype == dtype
        with np.errstate(over="ignore"):
            peers = [
                row.scipys(*rounded).astype(dtype),
                *([jaxs(row, rounded)] if beside_jax and row.beside_jax else []),
            ]
        for i in range(count):
            point = [float(x[i]) for x in rounded]
            truth, least = row.exact(*point), row.least(*point) if row.least else 0
            theirs = min(units(peer[i], truth, mantissa, least) for peer in peers)
            found.append((units(ours[i], truth, mantissa, least), theirs, point))
    return found


def jaxs(row: Row, operands: list[np.ndarray]) -> np.ndarray:
    """JAX's results."""
    import jax

    with jax.enable_x64(operands[-1].dtype == np.float64):
        return np.asarray(row.ours(importlib.import_module("jax.scipy.special"), *map(jax.numpy.asarray, operands)))
