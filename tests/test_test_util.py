"""rustorch_fn.test_util: right derivatives pass, wrong ones do not."""

from functools import partial

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors, test_util

X, W = np.array([0.3, -0.7], np.float32), np.array([[0.2, 1.1], [0.4, -0.5]], np.float32)


def smooth(x, w):
    return {"y": rt.numpy.tanh(w @ x), "z": (x * x).sum()}


@rt.custom_jvp
def wrong(x):
    return x**3


wrong.defjvp(lambda primals, tangents: (primals[0] ** 3, 2.5 * primals[0] ** 2 * tangents[0]))


@pytest.mark.parametrize("modes", [["fwd"], ["rev"], ["fwd", "rev"]])
def test_right_derivatives_pass(modes):
    test_util.check_grads(smooth, (X, W), order=2, modes=modes, eps=1e-2)
    test_util.check_grads(lambda x: rt.numpy.sin(x), (0.5,), order=3, modes=modes, eps=1e-2)
    test_util.check_grads(smooth, (rt.numpy.asarray(X, "float64"), rt.numpy.asarray(W, "float64")), 2, modes)


@pytest.mark.parametrize("modes", [["fwd"], ["rev"]])
def test_wrong_derivatives_do_not(modes):
    with pytest.raises(AssertionError, match="JVP tangent" if modes == ["fwd"] else "VJP cotangent"):
        test_util.check_grads(wrong, (X,), order=1, modes=modes, eps=1e-2)
    test_util.check_grads(wrong, (X,), order=1, modes=modes, eps=1e-2, atol=1.0, rtol=1.0)


def test_a_wrong_second_derivative_is_named():
    @rt.custom_jvp
    def f(x):
        return x**3

    # right at first order, constant at second
    f.defjvp(lambda p, t: (p[0] ** 3, rt.lax.stop_gradient(3 * p[0] ** 2) * t[0]))
    test_util.check_grads(f, (X,), order=1, modes=["fwd"], eps=1e-2)
    with pytest.raises(AssertionError, match="JVP of JVP"):
        test_util.check_grads(f, (X,), order=2, modes=["fwd"], eps=1e-2)


def test_checks_of_one_function():
    test_util.check_jvp(smooth, partial(rt.jvp, smooth), (X, W), eps=1e-2)
    test_util.check_vjp(smooth, partial(rt.vjp, smooth), (X, W), eps=1e-2, atol={np.float32: 1e-2})
    with pytest.raises(AssertionError, match="mine primal"):
        test_util.check_jvp(smooth, partial(rt.jvp, lambda x, w: smooth(x + 1, w)), (X, W), eps=1e-2, err_msg="mine")


def test_a_mode_that_does_not_exist():
    with pytest.raises(errors.BadArgument, match="modes"):
        test_util.check_grads(smooth, (X, W), 1, modes=["backward"])
