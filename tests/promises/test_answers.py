"""Python control flow on known values, and errors that name the op, who asked, and the user's line."""

import inspect

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.core.primitive import REGISTRY, primitive
from rustorch_fn.transform import jit as jit_room


def collatz(x):
    steps = 0
    while x > 1.5:
        x = x / 2 if int(x) % 2 == 0 else 3 * x + 1
        steps += 1
    return x * steps


def test_python_control_flow_under_grad():
    # 6 -> 3 -> 10 -> 5 -> 16 -> 8 -> 4 -> 2 -> 1: eight steps, of which two multiply by 3 and six halve
    assert float(rt.grad(collatz)(6.0)) == 8 * 9 / 64
    assert float(rt.value_and_grad(collatz)(6.0)[0]) == 8.0
    assert float(rt.jvp(collatz, (6.0,), (1.0,))[1]) == 8 * 9 / 64


@pytest.mark.parametrize("f", [collatz, lambda x: x if x > 0 else -x])
def test_python_control_flow_under_jit_names_cond(f):
    with pytest.raises(errors.ConcretizationError, match="cond") as caught:
        rt.jit(f)(6.0)
    assert "traced by jit" in str(caught.value)
    assert f"{__file__.rsplit('/', 1)[-1]}:" in caught.value.where


def test_python_control_flow_under_grad_of_jit_names_cond():
    with pytest.raises(errors.ConcretizationError, match="cond"):
        rt.grad(rt.jit(collatz))(6.0)


@pytest.fixture
def bare():
    """An op that only has a type and a meaning."""

    class bare:
        shape = lambda x: x  # noqa: E731
        ref = lambda x: x + 1  # noqa: E731

    op = primitive(bare)
    yield op
    del REGISTRY["bare"]
    rt.clear_caches()


@pytest.fixture
def untransposed():
    """An op that has a derivative which cannot be transposed."""

    class untransposed:
        shape = lambda x: x  # noqa: E731
        ref = lambda x: 2 * x  # noqa: E731
        lin = lambda active, x: (untransposed(x), untransposed)  # noqa: E731
        linear = lambda tainted: True  # noqa: E731

    untransposed = primitive(untransposed)
    yield untransposed
    del REGISTRY["untransposed"]
    rt.clear_caches()


ASKED = {
    "grad": (lambda f: rt.grad(f), "grad, jvp and linearize"),
    "jvp": (lambda f: lambda x: rt.jvp(f, (x,), (x,)), "grad, jvp and linearize"),
    "vmap": (lambda f: lambda x: rt.vmap(f)(rnp.stack([x, x])), "vmap"),
    "jit": (lambda f: rt.jit(f, backend="llvm"), "the llvm target"),
    "grad of jit": (lambda f: rt.grad(rt.jit(f)), "grad, jvp and linearize"),
    "vmap of jit": (lambda f: lambda x: rt.vmap(rt.jit(f))(rnp.stack([x, x])), "vmap"),
    "jit of grad": (lambda f: rt.jit(rt.grad(f)), "grad, jvp and linearize"),
    "grad of scan": (
        lambda f: rt.grad(lambda x: lax.scan(lambda c, _: (f(c), None), x, None, length=3)[0]),
        "grad, jvp and linearize",
    ),
    "jit of cond": (lambda f: rt.jit(lambda x: lax.cond(x > 0, f, lambda y: y, x)), "the llvm target"),
}


@pytest.mark.parametrize("name", ASKED)
def test_missing_answers_are_named(bare, name):
    def f(x):
        y = x * 2.0
        return bare(rnp.asarray(y)) * 3.0  # the line that must be named

    line = inspect.getsourcelines(f)[1] + 2
    transform, asked = ASKED[name]
    assert np.asarray(bare(rnp.asarray(1.0))) == 2.0
    with pytest.raises(errors.MissingRule, match="bare") as caught:
        transform(f)(rnp.asarray(1.0))
    assert (caught.value.op, caught.value.asked) == ("bare", asked)
    assert caught.value.where.endswith(f"test_answers.py:{line}"), caught.value.where


def test_missing_transposition_is_named(untransposed):
    def f(x):
        return untransposed(rnp.asarray(x)) * 3.0

    line = inspect.getsourcelines(f)[1] + 1
    assert float(rt.jvp(f, (1.0,), (1.0,))[1]) == 6.0
    for g in (rt.grad(f), lambda x: rt.linear_transpose(f, x)(x), rt.make_jaxpr(rt.grad(rt.jit(f)))):
        with pytest.raises(errors.MissingRule, match="untransposed") as caught:
            g(1.0)
        assert "transposition" in caught.value.asked
        assert caught.value.where.endswith(f"test_answers.py:{line}"), caught.value.where


def test_planted_ops_are_gone():
    assert not {"bare", "untransposed"} & set(REGISTRY)
    assert jit_room.default_backend() == "llvm"
