"""Custom rules that ask which derivatives are zero are told what JAX tells them, under every transform."""

import jax
import jax.custom_derivatives
import numpy as np
import pytest
from compare import agree

import rustorch_fn as rt
from rustorch_fn import errors

AROUND = {
    "plain": lambda lib, f: f,
    "jit": lambda lib, f: lib.jit(f),
    "vmap": lambda lib, f: lambda x, y: lib.vmap(f, (0, None))(lib.numpy.stack([x, 2 * x]), y).sum(0),
    "vmap both": lambda lib, f: lambda x, y: lib.vmap(f)(lib.numpy.stack([x, x]), lib.numpy.stack([y, 3 * y])).sum(0),
    "jit of vmap": lambda lib, f: lib.jit(lambda x, y: lib.vmap(f, (None, 0))(x, lib.numpy.stack([y, y])).sum(0)),
    "scan": lambda lib, f: lambda x, y: lib.lax.scan(lambda c, _: (f(c, y), None), x, None, length=2)[0],
    "cond": lambda lib, f: lambda x, y: lib.lax.cond(x[0] > 0, f, lambda x, y: x * y, x, y),
}


def forward(lib, seen):
    """x * y**2, whose rule gives 10 times the slope by what it is told moves."""
    zero = lib.custom_derivatives.SymbolicZero

    @lib.custom_jvp
    def f(x, y):
        return x * y * y

    def rule(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        seen.append((type(dx) is zero, type(dy) is zero, *(t.shape for t in tangents)))
        total = 0.0
        if type(dx) is not zero:
            total += 10.0 * dx * y * y
        if type(dy) is not zero:
            total += 10.0 * 2.0 * x * y * dy
        return f(x, y), total

    f.defjvp(rule, symbolic_zeros=True)
    return f


def reverse(lib, seen):
    """The two results x * y and x + y, of which the first alone is used."""
    room = lib.custom_derivatives

    @lib.custom_vjp
    def f(x, y):
        return x * y, x + y

    def fwd(x, y):
        seen.append((x.perturbed, y.perturbed, x.value.shape))
        x, y = room.custom_vjp_primal_tree_values((x, y))
        return f(x, y), (x, y)

    def bwd(residuals, cts):
        _, y = residuals
        seen.append(tuple(type(ct) is room.SymbolicZero for ct in cts))
        return 10.0 * cts[0] * y, None

    f.defvjp(fwd, bwd, symbolic_zeros=True)
    return lambda x, y: f(x, y)[0]


def slopes(lib, make, around, argnums):
    seen = []
    f = AROUND[around](lib, make(lib, seen))
    x, y = (lib.numpy.asarray(v, np.float64) for v in ([1.0, 2.0, 3.0], [0.5, 1.5, 2.5]))
    return lib.grad(lambda *args: f(*args).sum(), argnums)(x, y), seen


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("make", [forward, reverse])
def test_rules_are_told_what_jax_tells(make, around, argnums):
    with jax.enable_x64(True):
        want, told = slopes(jax, make, around, argnums)
    got, seen = slopes(rt, make, around, argnums)
    agree(got, want, want)
    # a rule may be traced another number of times, as in JAX from version to version
    assert set(seen) == set(told)


@pytest.mark.parametrize("around", AROUND)
def test_forward_mode_is_told_too(around):
    def pushed(lib, seen):
        f = AROUND[around](lib, forward(lib, seen))
        x, y = (lib.numpy.asarray(v, np.float32) for v in ([1.0, 2.0], [0.5, 1.5]))
        return lib.jvp(lambda x: f(x, y), (x,), (x,))

    told, seen = [], []
    want = pushed(jax, told)
    agree(pushed(rt, seen), want, want)
    assert set(seen) == set(told)


def test_a_rule_may_return_a_zero():
    def sloped(lib):
        f = lib.custom_jvp(lambda x: (x, 2.0 * x))
        zero = lib.custom_derivatives.zero_from_primal
        f.defjvp(lambda p, t: (f(*p), (zero(p[0]), 3.0 * t[0])), symbolic_zeros=True)
        x = lib.numpy.ones(2, np.float32)
        return lib.jvp(f, (x,), (x,)), lib.grad(lambda x: lib.vmap(lambda x: f(x)[1])(x).sum())(x)

    want = sloped(jax)
    agree(sloped(rt), want, want)


def test_only_told_arguments_have_values_to_strip():
    with pytest.raises(errors.BadType, match="CustomVJPPrimal"):
        rt.custom_derivatives.custom_vjp_primal_tree_values((1.0,))
