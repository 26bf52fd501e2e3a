"""Minima of functions of several variables, by BFGS.

Source: Nocedal and Wright, Numerical Optimization (2006): algorithm 6.1, with the line search of 3.5 and 3.6, which
looks for a step that meets the strong Wolfe conditions. The margins within which it interpolates are SciPy's.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rustorch_fn import boundary, dtypes, errors, lax, tree, value_and_grad
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["OptimizeResults", "minimize"]

ENOUGH, FLATTER = 1e-4, 0.9  # how much of the slope at 0 a step has to fall by, and what may be left of the slope
ZOOMS = 30
OPTIONS = ("maxiter", "norm", "gtol", "line_search_maxiter")


class OptimizeResults(NamedTuple):
    """What `minimize` found: the place `x`, the value `fun`, the gradient `jac`, and an estimate `hess_inv`.

    `status` is 0 where it converged (`success`), 1 after the most iterations, 3 where the line search found no step
    between two others, 5 where it found no two such. `nit` counts iterations, `nfev` and `njev` values and gradients.

    >>> found = rt.scipy.optimize.minimize(lambda x: x @ x, rt.numpy.ones(2), method="BFGS")
    >>> found._fields
    ('x', 'success', 'status', 'fun', 'jac', 'hess_inv', 'nfev', 'njev', 'nit')
    """

    x: Array
    success: bool | Array
    status: int | Array
    fun: Array
    jac: Array
    hess_inv: Array | None
    nfev: int | Array
    njev: int | Array
    nit: int | Array


class _Point(NamedTuple):
    """A step along the line, with the value, the slope along the line, and the gradient there."""

    step: Any
    value: Any
    slope: Any
    gradient: Any


class _Search(NamedTuple):
    """Where a line search stands: first it doubles the step, then it zooms between `low` and `high`."""

    step: Any  # to be tried next
    low: _Point  # the best so far
    high: _Point
    other: _Point  # what was low or high before
    zooming: Any
    trials: Any
    zooms: Any
    found: Any
    failed: Any


class _State(NamedTuple):
    """Where the minimisation stands."""

    x: Any
    value: Any
    before: Any  # the value before the last step
    gradient: Any
    inverse: Any
    status: Any
    calls: Any
    count: Any


def _choose(condition: Any, yes: Any, no: Any) -> Any:
    return tree.map(lambda a, b: rnp.where(condition, a, b), yes, no)


def _between(low: _Point, high: _Point, other: _Point, cubic: Any) -> Any:
    """The next step between two: the minimum of a cubic, else of a parabola, else the middle."""
    width = high.step - low.step
    left, right = rnp.minimum(low.step, high.step), rnp.maximum(low.step, high.step)

    def well_inside(step: Any, margin: float) -> Any:
        away = margin * rnp.abs(width)
        return (step > left + away) & (step < right - away)

    # f(low + t) = value + slope t + b t², and + a t³ where the third point counts too
    rise = high.value - low.value - low.slope * width
    parabola = low.step - low.slope * width**2 / (2 * rise)
    far = other.step - low.step
    bend = other.value - low.value - low.slope * far
    size = (width * far) ** 2 * (width - far)
    a = (far**2 * rise - width**2 * bend) / size
    b = (width**3 * bend - far**3 * rise) / size
    third = low.step + (rnp.sqrt(b * b - 3 * a * low.slope) - b) / (3 * a)
    step = rnp.where(well_inside(parabola, 0.1), parabola, low.step + width / 2)
    return rnp.where(cubic & well_inside(third, 0.2), third, step)


def _search(at: Callable[[Any], _Point], start: _Point, step: Any, most: int) -> _Search:
    """A step that meets the strong Wolfe conditions, as `low` of the result, else the best that was tried."""
    wide = start.step.dtype.itemsize >= 8
    narrow = 1e-10 if wide else 1e-5

    def trial(s: _Search) -> _Search:
        here = at(s.step)
        fallen = here.value <= start.value + ENOUGH * here.step * start.slope
        worse = (here.value >= s.low.value) & (s.zooming | (s.trials > 0))
        risen = ~fallen | worse
        found = ~risen & (rnp.abs(here.slope) <= -FLATTER * start.slope)
        turned = ~risen & (here.slope * rnp.where(s.zooming, s.high.step - s.low.step, 1) >= 0)
        low, other = _choose(risen, s.low, here), _choose(risen | turned, s.high, s.low)
        high = _choose(risen, here, _choose(turned, s.low, s.high))
        zooming, trials, zooms = s.zooming | risen | turned, s.trials + ~s.zooming, s.zooms + s.zooming
        lost = rnp.where(zooming, (rnp.abs(high.step - low.step) <= narrow) | (zooms >= ZOOMS), trials >= most)
        next_ = rnp.where(zooming, _between(low, high, other, s.zooming), 2 * here.step)
        return _Search(next_, low, high, other, zooming, trials, zooms, found, lost & ~found)

    first = _Search(step, start, start, start, False, 0, 0, False, False)
    return lax.while_loop(lambda s: ~(s.found | s.failed), trial, first)


def _updated(inverse: Any, step: Any, change: Any) -> Any:
    """The estimate of the inverse second derivative, after a step and the gradient's change along it."""
    along = change @ step
    turned = inverse @ change
    better = (
        inverse
        + (along + change @ turned) / along**2 * rnp.outer(step, step)
        - (rnp.outer(turned, step) + rnp.outer(step, turned)) / along
    )
    return rnp.where((along > 0) & rnp.isfinite(1 / along), better, inverse)


def _bfgs(
    f: Callable[[Any], Any],
    x: Any,
    maxiter: int | None = None,
    norm: float = math.inf,
    gtol: float = 1e-5,
    line_search_maxiter: int = 10,
) -> OptimizeResults:
    most = 200 * x.size if maxiter is None else maxiter
    both = value_and_grad(f)

    def small(gradient: Any) -> Any:
        return rnp.linalg.norm(gradient, norm) < gtol

    def iterate(s: _State) -> _State:
        way = -(s.inverse @ s.gradient)
        start = _Point(rnp.zeros((), x.dtype), s.value, s.gradient @ way, s.gradient)

        def at(step: Any) -> _Point:
            value, gradient = both(s.x + step * way)
            return _Point(step, value, gradient @ way, gradient)

        # as much further down as the last step was
        first = rnp.minimum(1, 2.02 * (s.value - s.before) / start.slope).astype(x.dtype)
        search = _search(at, start, first, line_search_maxiter)
        best = search.low
        moved = best.step * way
        inverse = _updated(s.inverse, moved, best.gradient - s.gradient)
        lost = rnp.where(search.zooming, 3, 5)
        count = s.count + 1
        going = rnp.where(search.failed, lost, rnp.where(count >= most, 1, -1))
        status = rnp.where(small(best.gradient), 0, going)
        calls = s.calls + search.trials + search.zooms
        return _State(s.x + moved, best.value, s.value, best.gradient, inverse, status, calls, count)

    value, gradient = both(x)
    before = (value + rnp.linalg.norm(gradient) / 2).astype(value.dtype)
    status = rnp.where(small(gradient), 0, 1 if most <= 0 else -1)
    start = _State(x, value, before, gradient, rnp.eye(x.size, dtype=x.dtype), status, 1, 0)
    s = lax.while_loop(lambda s: s.status < 0, iterate, start)
    return OptimizeResults(s.x, s.status == 0, s.status, s.value, s.gradient, s.inverse, s.calls, s.calls, s.count)


def minimize(
    fun: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    *,
    method: str,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResults:
    """A local minimum of fun(x, *args), a number, near the vector x0, with gradients by `grad`.

    `method` is "BFGS". `options` are `maxiter` (200 for each variable), `gtol` (1e-5, or `tol`): it has converged
    where the gradient's norm is below, `norm`: which one (inf), and `line_search_maxiter` (10): how often a step is
    doubled. Programs can be compiled and mapped; derivatives of the result are forward ones only.

    Raises BadArgument for another method or option, BadType where args is no tuple or an option no number, ShapeError
    where x0 is no vector, and DtypeError where it does not hold real floats.

    >>> def bowl(x, a):
    ...     return ((x - a) ** 2).sum()
    >>> found = rt.scipy.optimize.minimize(bowl, rt.numpy.zeros(2), (rt.numpy.array([1.0, 2.0]),), method="BFGS")
    >>> found.x.round(3), found.success
    (Array([1., 2.], dtype=float32), Array(True, dtype=bool))
    """
    if not isinstance(method, str) or method.upper() != "BFGS":
        raise errors.BadArgument("minimize", "method", method, "'BFGS'")
    if not isinstance(args, tuple):
        raise errors.BadType("minimize", "args", args, "A tuple: (a,) for one")
    given = dict(options or {})
    if tol is not None:
        given.setdefault("gtol", tol)
    for name, value in given.items():
        if name not in OPTIONS:
            raise errors.BadArgument("minimize", "options", name, f"Some of {', '.join(OPTIONS)}")
        if name != "norm" and (isinstance(value, str | list | tuple) or (value is None and name != "maxiter")):
            raise errors.BadType("minimize", f"options[{name!r}]", value, "A number")
    x = rnp.asarray(x0)
    if x.ndim != 1:
        raise errors.ShapeError("minimize: x0 has to be a vector", got=x.aval, hint="x0.ravel() makes one.")
    if x.dtype not in dtypes.FLOATS:
        raise errors.DtypeError("minimize: real floats are needed", got=x.aval, hint='x0.astype("float32") makes them.')
    return _bfgs(lambda x: fun(x, *args), x, **given)


boundary.close(sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
