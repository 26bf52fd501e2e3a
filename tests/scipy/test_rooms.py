"""The rooms of rt.scipy beside JAX's and SciPy's: iteration, interpolation, images, integrals."""

import jax
import jax.scipy.interpolate as jax_interpolate
import jax.scipy.ndimage as jax_ndimage
import jax.scipy.sparse.linalg as jax_sparse
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import integrate, interpolate, ndimage
from rustorch_fn.scipy.sparse import linalg

RNG = np.random.default_rng(0)
SQUARE = RNG.normal(size=(6, 6)).astype("f4")
MATRIX = {"cg": SQUARE @ SQUARE.T + 6 * np.eye(6, dtype="f4"), "bicgstab": SQUARE + 8 * np.eye(6, dtype="f4")}
MATRIX["gmres"] = MATRIX["bicgstab"]
RIGHT = RNG.normal(size=6).astype("f4")


@pytest.mark.parametrize("name", ["cg", "bicgstab", "gmres"])
def test_systems_are_solved_and_differentiated(name):
    ours, theirs = getattr(linalg, name), getattr(jax_sparse, name)
    a, b = rnp.asarray(MATRIX[name]), rnp.asarray(RIGHT)
    want = np.linalg.solve(MATRIX[name].astype("f8"), RIGHT)
    x, status = ours(a, b)
    assert status is None
    np.testing.assert_allclose(x, want, atol=2e-5)
    np.testing.assert_allclose(ours(lambda v: a @ v, b, tol=1e-6, M=lambda v: v / 8)[0], want, atol=2e-5)
    both = rt.vmap(lambda b: ours(a, b)[0])(rnp.stack([b, 2 * b]))
    np.testing.assert_allclose(both, [want, 2 * want], atol=4e-5)
    slopes = rt.jit(rt.grad(lambda a, b: (ours(a, b, tol=1e-6)[0] ** 2).sum(), (0, 1)))(a, b)
    wanted = jax.grad(lambda a, b: (theirs(a, b, tol=1e-6)[0] ** 2).sum(), (0, 1))(MATRIX[name], RIGHT)
    for got, peer in zip(slopes, wanted, strict=True):
        np.testing.assert_allclose(got, peer, atol=1e-5)


def test_trees_and_iterations():
    x, _ = linalg.cg(lambda t: {"u": 2 * t["u"], "v": 4 * t["v"]}, {"u": np.ones(2), "v": np.float64(2)})
    np.testing.assert_allclose(x["u"], 0.5)
    np.testing.assert_allclose(x["v"], 0.5)
    assert float(linalg.cg(rnp.eye(2), rnp.ones(2), maxiter=0)[0].sum()) == 0
    with pytest.raises(errors.ShapeError, match="neither a function nor a square matrix"):
        linalg.cg(rnp.ones((2, 3)), rnp.ones(2))
    with pytest.raises(errors.ShapeError, match="x0 and b differ"):
        linalg.gmres(rnp.eye(2), rnp.ones(2), rnp.ones(3))


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_places_between_pixels(mode, order, dtype):
    image = (10 * RNG.normal(size=(5, 7))).astype(dtype)
    places = [RNG.uniform(-9, 12, (3, 4)).astype("f4") for _ in range(2)]
    got = rt.jit(lambda i, c: ndimage.map_coordinates(i, c, order, mode, 2))(image, places)
    want = jax_ndimage.map_coordinates(image, places, order, mode, 2)
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_wrong_places_are_said():
    with pytest.raises(errors.ShapeError, match="one array of coordinates"):
        ndimage.map_coordinates(np.ones((2, 2)), [np.ones(2)], 1)
    with pytest.raises(errors.BadArgument, match="order"):
        ndimage.map_coordinates(np.ones(2), [np.ones(2)], 3)
    with pytest.raises(errors.BadArgument, match="mode"):
        ndimage.map_coordinates(np.ones(2), [np.ones(2)], 1, "beyond")


@pytest.mark.parametrize("method", ["linear", "nearest"])
@pytest.mark.parametrize("fill", [np.nan, None, 1.0])
def test_functions_on_grids(method, fill):
    points = (np.array([0, 1, 2.5, 4.0], "f4"), np.array([0, 2.0, 3.0], "f4"))
    values = RNG.normal(size=(4, 3, 2)).astype("f4")
    at = RNG.uniform(-1, 5, (10, 2)).astype("f4")
    got = interpolate.RegularGridInterpolator(points, values, method, fill_value=fill)(at)
    want = jax_interpolate.RegularGridInterpolator(points, values, method, fill_value=fill)(at)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_wrong_grids_are_said():
    with pytest.raises(errors.ShapeError, match="do not fit"):
        interpolate.RegularGridInterpolator((np.ones(3),), np.ones(2))
    for wrong in ({"method": "cubic"}, {"bounds_error": True}):
        with pytest.raises(errors.BadArgument):
            interpolate.RegularGridInterpolator((np.arange(2),), np.ones(2), **wrong)


def test_integrals_of_samples():
    y = RNG.normal(size=(3, 4)).astype("f4")
    x = np.sort(RNG.normal(size=4)).astype("f4")
    np.testing.assert_allclose(integrate.trapezoid(y, x), np.trapezoid(y, x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(integrate.trapezoid(y, dx=0.5, axis=0), np.trapezoid(y, dx=0.5, axis=0), rtol=1e-5)
