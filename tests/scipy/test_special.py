"""rt.scipy.special against mpmath, by the rule: at most 4 units of the last place, or twice what scipy is off."""

import numpy as np
import pytest
from mpmath import mp
from special_rows import BITS, ROWS, errors

import rustorch_fn as rt

special = rt.scipy.special


def function(row, dtype):
    """Ours on NumPy's arrays, whose 64 bits are asked for."""
    fun = getattr(special, row.name)
    return lambda *xs: fun(*(rt.numpy.asarray(x, dtype=np.int32 if x.dtype.kind == "i" else dtype) for x in xs))


# programs in pairs are long: a few of them at each run, all of them among the slow tests
SAMPLE = ("gamma", "erfcx", "expi", "i1e", "ndtri", "spence", "zeta")


def sampled(row):
    return pytest.param(row, marks=[] if row.name in SAMPLE else [pytest.mark.slow])


@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_error_of_float32(row):
    check(row, np.float32)


@pytest.mark.parametrize("row", [sampled(row) for row in ROWS], ids=repr)
def test_error_of_float64(row):
    check(row, np.float64)


def check(row, dtype):
    for ours, theirs, point in errors(row, function(row, dtype), dtype, 12):
        assert ours <= max(4, 2 * theirs), f"{ours:.1f} ulp, and scipy's {theirs:.1f}, at {point}"


@pytest.mark.parametrize("row", [sampled(row) for row in ROWS], ids=repr)
def test_slopes_jit_and_vmap(row):
    for operands in row.arguments(3):
        inputs = [rt.numpy.asarray(x, dtype=np.int32 if i in row.whole else np.float64) for i, x in enumerate(operands)]
        places = [i for i in range(len(inputs)) if i not in row.whole]

        def value(*xs):
            return row.ours(getattr(special, row.name), *xs)

        slopes = rt.jit(rt.vmap(rt.grad(value, argnums=tuple(places))))(*inputs)
        for i, slope in zip(places, slopes, strict=True):
            for n, got in enumerate(np.asarray(slope)):
                point = [mp.mpf(float(x[n])) for x in operands]
                truth = derivative(row.truth, point, i)
                assert abs(got - truth) <= 1e-9 * max(abs(truth), 1e-3), f"{got} for {truth} at {point}, operand {i}"


def derivative(truth, point, i):
    with mp.workprec(BITS):
        step = mp.mpf(2) ** -70 * abs(point[i])
        above, below = list(point), list(point)
        above[i], below[i] = point[i] + step, point[i] - step
        return float(mp.re(truth(*above) - truth(*below)) / (2 * step))
