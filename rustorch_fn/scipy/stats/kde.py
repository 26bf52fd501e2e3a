"""Densities from samples, by Gaussian kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rustorch_fn import errors, lax, random, tree
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.scipy import special
from rustorch_fn.typing import Array, ArrayLike

Bandwidth = None | str | ArrayLike | Callable[[Any], Any]


def _lower_solve(lower: Any, b: Any) -> Any:
    return lax.linalg.triangular_solve(lower, b, left_side=True, lower=True)


@tree.register_pytree_node_class
class gaussian_kde:
    """A density from points, the columns of `dataset`: a normal density around each of them, of one width.

    `bw_method` is "scott" (the default), "silverman", a number, or a function of this object that gives a number.
    `weights` are the points' own, all alike by default. It is a pytree, so it may go through transforms.

    >>> kde = rt.scipy.stats.gaussian_kde(rt.numpy.array([0.0, 1.0, 3.0]))
    >>> kde(rt.numpy.array([1.0])).round(3)
    Array([0.215], dtype=float32)
    """

    neff: Array
    dataset: Array
    weights: Array
    covariance: Array
    inv_cov: Array

    def __init__(self, dataset: ArrayLike, bw_method: Bandwidth = None, weights: ArrayLike | None = None) -> None:
        points = rnp.atleast_2d(dataset)
        if points.size < 2:
            hint = "A density needs several points: the columns of dataset."
            raise errors.ShapeError("gaussian_kde: too few points", got=points.aval, hint=hint)
        size, count = points.shape
        given = [] if weights is None else [rnp.atleast_1d(weights)]
        points, *given = lift.common("gaussian_kde", points, *given, floating=True)
        dtype = points.dtype
        if weights is None:
            shares = rnp.full(count, 1.0 / count, dtype=dtype)
        else:
            shares = given[0]
            if shares.shape != (count,):
                hint = f"One weight for each of the {count} points."
                raise errors.ShapeError("gaussian_kde: weights do not fit", got=shares.aval, hint=hint)
            shares = shares / rnp.sum(shares)
        self.dataset, self.weights = points, shares
        self.neff = 1 / rnp.sum(shares * shares)
        spread = rnp.atleast_2d(rnp.cov(points, rowvar=True, bias=False, aweights=shares))
        self.covariance = spread * self._factor(bw_method) ** 2
        inverse = _lower_solve(lax.linalg.cholesky(self.covariance), rnp.eye(size, dtype=dtype))
        self.inv_cov = inverse.T @ inverse

    def _factor(self, method: Bandwidth) -> Any:
        if method is None or (isinstance(method, str) and method == "scott"):
            return self.neff ** (-1.0 / (self.d + 4))
        if isinstance(method, str) and method == "silverman":
            return (self.neff * (self.d + 2) / 4.0) ** (-1.0 / (self.d + 4))
        if callable(method):
            return method(self)
        if isinstance(method, str) or rnp.ndim(method):
            known = "'scott', 'silverman', a number or a function"
            raise errors.BadArgument("gaussian_kde", "bw_method", method, known)
        return method

    def tree_flatten(self) -> tuple[tuple[Any, ...], None]:
        """Its arrays, for transforms."""
        return (self.neff, self.dataset, self.weights, self.covariance, self.inv_cov), None

    @classmethod
    def tree_unflatten(cls, aux_data: None, children: Any) -> gaussian_kde:
        """The density of these arrays."""
        new = cls.__new__(cls)
        new.neff, new.dataset, new.weights, new.covariance, new.inv_cov = children
        return new

    @property
    def d(self) -> int:
        """How many coordinates a point has."""
        return self.dataset.shape[0]

    @property
    def n(self) -> int:
        """How many points there are."""
        return self.dataset.shape[1]

    def _points(self, name: str, points: ArrayLike) -> Any:
        x = rnp.atleast_2d(points)
        if x.shape[0] != self.d and x.shape == (1, self.d):
            x = rnp.reshape(x, (self.d, 1))
        if x.ndim != 2 or x.shape[0] != self.d:
            hint = f"The data has {self.d} coordinates: one row for each."
            raise errors.ShapeError(f"gaussian_kde.{name}: points do not fit", got=x.aval, hint=hint)
        return lift.common(f"gaussian_kde.{name}", x, self.dataset, floating=True)[0]

    def _logs(self, name: str, points: ArrayLike) -> Any:
        """The logarithm of each kernel at each point."""
        x = self._points(name, points)
        lower = lax.linalg.cholesky(self.covariance)
        here, centres = _lower_solve(lower, x), _lower_solve(lower, self.dataset)
        gap = here.T[:, None, :] - centres.T[None, :, :]
        norm = rnp.sum(rnp.log(rnp.diagonal(lower))) + 0.5 * self.d * math.log(2 * math.pi)
        return -0.5 * rnp.sum(gap * gap, axis=-1) - norm

    def evaluate(self, points: ArrayLike) -> Array:
        """The density at each column of `points`."""
        return rnp.exp(self._logs("evaluate", points)) @ self.weights

    def __call__(self, points: ArrayLike) -> Array:
        return self.evaluate(points)

    def pdf(self, x: ArrayLike) -> Array:
        """The density at each column of x."""
        return self.evaluate(x)

    def logpdf(self, x: ArrayLike) -> Array:
        """The logarithm of the density at each column of x."""
        value = special.logsumexp(self._logs("logpdf", x), axis=1, b=self.weights[None, :])
        assert not isinstance(value, tuple)
        return value

    def _convolved(self, covariance: Any, mean: Any) -> Any:
        """The integral of the density times a normal one around each column of mean."""
        lower = lax.linalg.cholesky(self.covariance + covariance)
        gap = _lower_solve(lower, self.dataset)[:, :, None] - _lower_solve(lower, mean)[:, None, :]
        norm = rnp.prod(rnp.diagonal(lower)) * math.sqrt(2 * math.pi) ** self.d
        return rnp.sum(rnp.exp(-0.5 * rnp.sum(gap * gap, axis=0)) * self.weights[:, None], axis=0) / norm

    def integrate_gaussian(self, mean: ArrayLike, cov: ArrayLike) -> Array:
        """The integral of this density times a normal one."""
        middle, spread = rnp.atleast_1d(rnp.squeeze(rnp.asarray(mean))), rnp.atleast_2d(cov)
        if middle.shape != (self.d,) or spread.shape != (self.d, self.d):
            got = f"mean {middle.aval} · cov {spread.aval}"
            hint = f"A mean of {self.d} entries and a covariance of {self.d} rows and columns."
            raise errors.ShapeError("gaussian_kde.integrate_gaussian: shapes do not fit", got=got, hint=hint)
        return self._convolved(spread, middle[:, None])[0]

    def integrate_box_1d(self, low: ArrayLike, high: ArrayLike) -> Array:
        """The probability of [low, high], for data of one coordinate."""
        if self.d != 1 or rnp.ndim(low) or rnp.ndim(high):
            got = f"data {self.dataset.aval}"
            hint = "Data of one coordinate, and two numbers."
            raise errors.ShapeError("gaussian_kde.integrate_box_1d: shapes do not fit", got=got, hint=hint)
        width = rnp.sqrt(self.covariance[0, 0])
        ends = [special.ndtr((rnp.asarray(end) - self.dataset[0]) / width) for end in (low, high)]
        return rnp.sum(self.weights * (ends[1] - ends[0]))

    def integrate_kde(self, other: gaussian_kde) -> Array:
        """The integral of this density times another one."""
        if other.d != self.d:
            got = f"{self.dataset.aval} · {other.dataset.aval}"
            hint = "Both need data of equally many coordinates."
            raise errors.ShapeError("gaussian_kde.integrate_kde: data do not fit", got=got, hint=hint)
        return rnp.sum(self._convolved(other.covariance, other.dataset) * other.weights)

    def resample(self, key: Array, shape: tuple[int, ...] = ()) -> Array:
        """Draws from the density, one column each."""
        which, noise = random.split(key)
        chosen = random.choice(which, self.n, shape=shape, p=self.weights)
        lower = lax.linalg.cholesky(self.covariance)
        step = random.normal(noise, (*shape, self.d), dtype=self.dataset.dtype) @ lower.T
        return self.dataset[:, chosen] + step.T
