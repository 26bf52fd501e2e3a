"""What each transform's arguments do, beside JAX where it has the same."""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np
import pytest
from compare import agree, from_jax
from jax.ad_checkpoint import checkpoint_name
from transform.models import convnet, jax_library, loss, mlp

import rustorch_fn as rt
from rustorch_fn import errors

n, lax = rt.numpy, rt.lax
RNG = np.random.default_rng(7)
X = RNG.standard_normal((3, 4)).astype(np.float32)
Y = RNG.standard_normal((4, 2)).astype(np.float32)


def same(ours: Any, build: Any, *args: Any) -> None:
    """`build(lib)` run with ours and with JAX on the same arguments."""
    agree(ours, *from_jax(jax_library().jit(build(jax_library())), *args), flushes=True)


def both(build: Any, *args: Any) -> None:
    """`build(lib)(*args)` equals JAX's, eagerly and under jit."""
    same(build(rt)(*args), build, *args)
    same(rt.jit(build(rt))(*args), build, *args)


# --- grad and its kin ---


@pytest.mark.parametrize("name", ["grad", "jacfwd", "jacrev", "hessian"])
def test_what_is_returned_beside_a_result_is_an_array(name):
    slope = getattr(rt, name)(lambda x: (rt.numpy.sum(rt.numpy.sin(x)), {"twice": x + x}), has_aux=True)
    x = rt.numpy.arange(3.0)
    for _, aux in (slope(x), rt.jit(slope)(x), rt.jit(rt.vmap(slope))(x[None])):
        assert type(aux["twice"]) is rt.Array
        assert np.array_equal(np.ravel(aux["twice"]), [0, 2, 4])
    out, aux = rt.jit(lambda x: rt.jvp(lambda x: (x * x, x), (x,), (x,), has_aux=True)[::2])(x)
    assert type(aux) is type(out) is rt.Array


def test_grad_arguments() -> None:
    both(lambda lib: lib.grad(lambda x, y: lib.numpy.sum(x @ y), argnums=(0, 1)), X, Y)
    both(lambda lib: lib.grad(lambda x, y: lib.numpy.sum(lib.numpy.tanh(x @ y)), argnums=1), X, Y)
    slope, aux = rt.grad(lambda x: (x * x, {"twice": 2 * x}), has_aux=True)(3.0)
    assert [float(slope), float(aux["twice"])] == [6, 6]
    value, slope = rt.value_and_grad(lambda x, scale: x * x * scale)(3.0, scale=2.0)
    assert [float(value), float(slope)] == [18, 12]


def test_grad_of_trees_and_integers() -> None:
    tree = {"a": 1.0, "b": (2.0, None)}
    assert rt.tree.map(float, rt.grad(lambda t: t["a"] * t["b"][0])(tree)) == {"a": 2.0, "b": (1.0, None)}
    with pytest.raises(errors.NonDifferentiable, match="allow_int"):
        rt.grad(lambda x: x * 1.0)(3)
    zero = rt.grad(lambda k: n.float32(2.0) * 1.0, allow_int=True)(3)
    assert zero.dtype == rt.float0
    with pytest.raises(errors.NonDifferentiable, match="scalar"):
        rt.grad(lambda x: x)(X)


def test_python_control_flow_on_known_values() -> None:
    def f(x: Any) -> Any:
        while x < 10:
            x = x * 2 if x > 1 else x * 3
        return x

    assert float(rt.grad(f)(1.5)) == 8
    with pytest.raises(errors.ConcretizationError, match="cond"):
        rt.jit(f)(1.5)
    with pytest.raises(errors.ConcretizationError, match="vmap"):
        rt.vmap(f)(X[0])


def test_vjp_and_jvp() -> None:
    def build(lib: Any) -> Any:
        def f(x: Any, y: Any, ct: Any) -> Any:
            value, pull = lib.vjp(lambda a, b: lib.numpy.sin(a @ b), x, y)
            return value, pull(ct), lib.jvp(lambda a: lib.numpy.exp(a) * a, (x,), (x * 2,))

        return f

    both(build, X, Y, RNG.standard_normal((3, 2)).astype(np.float32))
    value, pull, aux = rt.vjp(lambda x: (x * x, x + 1), 3.0, has_aux=True)
    assert [float(value), float(aux), float(pull(1.0)[0])] == [9, 4, 6]
    with pytest.raises(errors.ShapeError):
        rt.vjp(lambda x: x * x, X)[1](Y)


def test_linearize_and_its_transpose() -> None:
    _, push = rt.linearize(lambda x: n.sin(x) * x, X)
    both(lambda lib: lambda x: lib.linearize(lambda z: lib.numpy.sin(z) * z, x)[1](x), X)
    agree(push(X), *from_jax(lambda x: jax_library().jvp(lambda z: jax_library().numpy.sin(z) * z, (x,), (x,))[1], X))
    back = rt.linear_transpose(lambda x: 2 * x @ Y, X)
    (ct,) = back(n.ones((3, 2)))
    assert np.allclose(np.asarray(ct), 2 * Y.sum(1), atol=1e-6)
    with pytest.raises(errors.NonDifferentiable, match="not linear"):
        rt.linear_transpose(lambda x: x * x, X)(X)


def test_jacobians_and_hessian() -> None:
    def f(lib: Any) -> Any:
        return lambda p: {"u": lib.numpy.sin(p["x"]) @ p["y"], "v": lib.numpy.sum(p["x"] ** 3)}

    for name in ("jacfwd", "jacrev"):
        both(lambda lib, name=name: getattr(lib, name)(f(lib)), {"x": X, "y": Y})
    both(lambda lib: lib.hessian(lambda x: lib.numpy.sum(lib.numpy.tanh(x) ** 3)), X)


@pytest.mark.parametrize("around", [lambda f: f, rt.jit], ids=["eager", "jit"])
def test_what_else_a_function_gives_is_known_afterwards(around: Any) -> None:
    def f(x: Any) -> Any:
        return (x * x).sum(), {"twice": x * 2, "none": None, "same": x, "number": 3}

    def vector(x: Any) -> Any:
        return x * x, f(x)[1]

    x = n.arange(3.0)
    for run in (
        lambda x: rt.grad(f, has_aux=True)(x)[1],
        lambda x: rt.value_and_grad(f, has_aux=True)(x)[0][1],
        lambda x: rt.vjp(f, x, has_aux=True)[2],
        lambda x: rt.jvp(f, (x,), (x,), has_aux=True)[2],
        lambda x: rt.linearize(f, x, has_aux=True)[2],
        lambda x: rt.jacfwd(vector, has_aux=True)(x)[1],
        lambda x: rt.jacrev(vector, has_aux=True)(x)[1],
        lambda x: rt.hessian(f, has_aux=True)(x)[1],
    ):
        aux = around(run)(x)
        assert type(aux["twice"]) is type(aux["same"]) is rt.Array
        assert (aux["twice"].tolist(), aux["same"].tolist(), aux["none"], aux["number"]) == (
            [0, 2, 4],
            [0, 1, 2],
            None,
            3,
        )
    assert around(rt.grad(lambda z: rt.grad(lambda y: ((y * y).sum(), y * z), has_aux=True)(x)[1].sum()))(2.0) == 3


def test_second_order_of_small_networks() -> None:
    outputs, params, data = mlp()

    def build(lib: Any) -> Any:
        def f(p: Any) -> Any:
            value = lambda q: loss(lib, outputs, q, data)  # noqa: E731
            return lib.jvp(lib.grad(value), (p,), (p,))[1], lib.hessian(value)(p)["b1"]["w2"]

        return f

    both(build, params)


def test_per_example_gradients_equal_the_loop() -> None:
    outputs, params, data = convnet()
    x = np.repeat(data["x"], 86, axis=0)[:256] * np.linspace(0.5, 1.5, 256, dtype=np.float32)[:, None, None, None]
    y = np.resize(data["y"], 256)

    def one(p: Any, x: Any, y: Any) -> Any:
        return loss(rt, outputs, p, {"x": x[None], "y": y[None]})

    every = rt.jit(rt.vmap(rt.grad(one), in_axes=(None, 0, 0)))(params, x, y)
    single = rt.jit(rt.grad(one))
    rows = [single(params, x[k], y[k]) for k in range(0, 256, 17)]
    stacked = rt.tree.map(lambda *r: np.stack([np.asarray(v) for v in r]), *rows)
    # the same sums of at most 36 products in another order: a few roundings of the largest term
    for name, got in every.items():
        want = stacked[name]
        assert np.abs(np.asarray(got)[::17] - want).max() <= 16 * np.finfo(np.float32).eps * np.abs(want).max()


# --- vmap ---


def test_vmap_axes() -> None:
    z = RNG.standard_normal((4, 3, 5)).astype(np.float32)
    for in_axis in (0, 1, 2, -1):
        for out_axis in (0, 1, -1):
            both(lambda lib, i=in_axis, o=out_axis: lib.vmap(lambda a: lib.numpy.sin(a).T, in_axes=i, out_axes=o), z)
    both(
        lambda lib: lib.vmap(lambda d, s: d["a"] * s + d["b"], in_axes=({"a": 0, "b": None}, None)),
        {"a": X, "b": X[0]},
        2.0,
    )
    both(lambda lib: lib.vmap(lambda a: (a, lib.numpy.ones(2, "float32")), out_axes=(0, None)), X)
    both(lambda lib: lib.vmap(lib.vmap(lambda a, b: a * b, (None, 0)), (0, None)), X[0], X[1])
    assert rt.vmap(lambda: n.ones(2), axis_size=3)().shape == (3, 2)


def test_vmap_mistakes() -> None:
    with pytest.raises(errors.ShapeError, match="differ in size"):
        rt.vmap(lambda a, b: a)(X, Y)
    with pytest.raises(errors.BadArgument, match="in_axes"):
        rt.vmap(lambda a: a, in_axes=None)(X)
    with pytest.raises(errors.AxisError, match="out of range"):
        rt.vmap(lambda a: a, in_axes=2)(X)
    with pytest.raises(errors.BadArgument, match="out_axes"):
        rt.vmap(lambda a: a, out_axes=None)(X)


def test_collectives() -> None:
    def build(lib: Any) -> Any:
        lax = lib.lax

        def lane(x: Any) -> Any:
            return (
                lax.psum(x, "i"), lax.pmean(x, "i"), lax.pmax(x, "i"), lax.pmin(x, "i"), lax.axis_index("i"),
                lax.all_gather(x, "i"), lax.all_gather(x, "i", axis=1), lax.all_gather(x, "i", tiled=True),
                lax.ppermute(x, "i", [(0, 1), (1, 2), (2, 0)]),
                lax.psum_scatter(x[:3], "i"), lax.all_to_all(x[:3, None], "i", 0, 1), x * lax.psum(1, "i"),
            )  # fmt: skip

        return lib.vmap(lane, axis_name="i")

    both(build, X)
    both(lambda lib: lib.vmap(lib.grad(lambda x: lib.numpy.sum(lib.lax.psum(x**2, "i") * x)), axis_name="i"), X)
    sent = rt.vmap(lambda x: lax.ppermute(x, "i", [(0, 1)]), axis_name="i")(X)
    assert np.array_equal(np.asarray(sent), np.stack([0 * X[0], X[0], 0 * X[0]]))
    with pytest.raises(errors.AxisError, match="not bound"):
        lax.psum(n.ones(2), "nowhere")


# --- custom rules ---


def test_custom_jvp() -> None:
    def build(lib: Any) -> Any:
        import jax

        custom = rt.custom_jvp if lib is rt else jax.custom_jvp

        @custom
        def f(x: Any, y: Any) -> Any:
            return lib.numpy.sin(x) * y

        @f.defjvp
        def rule(primals: Any, tangents: Any) -> Any:
            (x, y), (dx, dy) = primals, tangents
            return f(x, y), 3 * lib.numpy.cos(x) * dx * y + lib.numpy.sin(x) * dy

        def g(x: Any) -> Any:
            s = lambda z: lib.numpy.sum(f(z, z))  # noqa: E731
            return (
                lib.grad(s)(x),
                lib.jvp(s, (x,), (x,)),
                lib.vmap(lib.grad(lambda a: f(a, a)))(x[0]),
                lib.hessian(s)(x),
            )

        return g

    both(build, X)


def test_custom_jvp_by_argument_and_static() -> None:
    f = rt.custom_jvp(lambda x, y: x * y)
    f.defjvps(lambda t, ans, x, y: 10 * t * y, None)
    assert [float(g) for g in rt.grad(f, argnums=(0, 1))(2.0, 3.0)] == [30, 0]
    power = rt.custom_jvp(lambda k, x: x**k, nondiff_argnums=(0,))
    power.defjvp(lambda k, primals, tangents: (power(k, *primals), k * 100.0 * tangents[0]))
    assert float(rt.grad(power, argnums=1)(3, 2.0)) == 300


AROUND: dict[str, Any] = {
    "jit": rt.jit,
    "checkpoint": rt.checkpoint,
    "cond": lambda f: lambda x: rt.lax.cond(x > 0, f, lambda x: x, x),
    "loop": lambda f: lambda x: rt.lax.fori_loop(0, 1, lambda _, x: f(x), x),
    "scan": lambda f: lambda x: rt.lax.scan(lambda x, _: (f(x), None), x, None, length=1)[0],
    "vmap": lambda f: lambda x: rt.jit(rt.vmap(f))(x[None])[0],
}


@pytest.mark.parametrize("around", AROUND)
def test_functions_of_one_body_keep_their_own_rules(around: str) -> None:
    def forward(k: float) -> Any:
        f = rt.custom_jvp(lambda x: 2 * x)
        f.defjvp(lambda primals, tangents: (f(*primals), k * tangents[0]))
        return f

    def reverse(k: float) -> Any:
        f = rt.custom_vjp(lambda x: 2 * x)
        f.defvjp(lambda x: (f(x), None), lambda _, ct: (k * ct,))
        return f

    for make in (forward, reverse):
        for k in (10.0, 20.0, 30.0):
            f = AROUND[around](make(k))
            assert float(rt.grad(f)(rt.numpy.float32(1.0))) == k


def test_a_rule_that_is_set_again_is_the_new_one() -> None:
    f = rt.custom_jvp(lambda x: 2 * x)
    for k in (3.0, 4.0):
        f.defjvp(lambda primals, tangents, k=k: (f(*primals), k * tangents[0]))
        assert float(rt.grad(lambda x: rt.jit(f)(x))(1.0)) == k


def test_custom_vjp() -> None:
    def build(lib: Any) -> Any:
        @lib.custom_vjp
        def f(x: Any, y: Any) -> Any:
            return {"sum": lib.numpy.sum(x * y), "kept": x}

        f.defvjp(
            lambda x, y: (f(x, y), (x, y)),
            lambda res, ct: (2 * ct["sum"] * res[1] + ct["kept"], None if lib is rt else lib.numpy.zeros_like(res[1])),
        )

        def g(x: Any, y: Any) -> Any:
            s = lambda a, b: f(a, b)["sum"] + lib.numpy.sum(f(a, b)["kept"] ** 2)  # noqa: E731
            mapped = lib.vmap(lib.grad(s, argnums=(0, 1)), in_axes=(0, None))
            return (
                lib.grad(s, argnums=(0, 1))(x, y),
                mapped(x, y[0]),
                lib.grad(lambda a: lib.numpy.sum(lib.grad(s)(a, y)))(x),
            )

        return g

    both(build, X, X + 1)


def test_custom_vjp_static_and_mistakes() -> None:
    @rt.custom_vjp
    def unruled(x: Any) -> Any:
        return x

    with pytest.raises(errors.BadRule, match="no derivative rule"):
        rt.grad(unruled)(1.0)

    def clip(low: float, x: Any) -> Any:
        return n.maximum(x, low)

    f = rt.custom_vjp(clip, nondiff_argnums=(0,))
    f.defvjp(lambda low, x: (clip(low, x), None), lambda low, res, ct: (ct * low,))
    assert float(rt.grad(f, argnums=1)(5.0, 1.0)) == 5
    f.defvjp(lambda low, x: (clip(low, x), None), lambda low, res, ct: (ct, ct))
    with pytest.raises(errors.BadRule, match="tuple of 1"):
        rt.grad(f, argnums=1)(5.0, 1.0)
    with pytest.raises(errors.ForwardOverCustomVjp, match="custom_jvp"):
        rt.jvp(lambda x: f(5.0, x), (1.0,), (1.0,))


def test_custom_gradient_and_closures() -> None:
    @rt.custom_gradient
    def f(x: Any) -> Any:
        return x**2, lambda ct: ct * 7 * x

    assert [float(f(3.0)), float(rt.grad(f)(3.0)), float(rt.jit(rt.grad(f))(3.0))] == [9, 21, 21]

    def outer(scale: Any) -> Any:
        inner, consts = rt.closure_convert(lambda x: x * scale, 1.0)
        return inner(2.0, *consts)

    assert float(rt.grad(outer)(3.0)) == 2


def test_stop_gradient() -> None:
    both(lambda lib: lib.grad(lambda x: lib.numpy.sum(x * lib.lax.stop_gradient(x))), X)
    both(lambda lib: lambda x: lib.jvp(lambda a: lib.lax.stop_gradient(a) * 2, (x,), (x,)), X)


# --- checkpoint ---


@pytest.mark.parametrize("policy", ["nothing_saveable", "everything_saveable", "dots_saveable"])
def test_checkpoint_changes_no_value(policy: str) -> None:
    def build(lib: Any) -> Any:
        def layers(x: Any, w: Any) -> Any:
            return lib.numpy.sum(lib.numpy.tanh(lib.numpy.tanh(x @ w) @ w.T))

        kept = rt.checkpoint(layers, policy=getattr(rt.checkpoint_policies, policy)) if lib is rt else layers
        return lambda x, w: (lib.grad(kept, argnums=(0, 1))(x, w), lib.vmap(lib.grad(kept), (0, None))(x[:, None], w))

    both(build, X, RNG.standard_normal((4, 4)).astype(np.float32))


def test_checkpoint_recomputes_what_it_does_not_save() -> None:
    def layers(x: Any, w: Any) -> Any:
        return n.sum(n.tanh(n.tanh(n.tanh(x @ w) @ w) @ w))

    def dots(f: Any) -> int:
        func = rt.jit(rt.value_and_grad(f)).lower(X, RNG.standard_normal((4, 4)).astype(np.float32)).func
        return sum(e.op.name == "dot" for e in func.equations)

    plain = dots(layers)
    assert dots(rt.checkpoint(layers)) == plain + 3
    assert dots(rt.checkpoint(layers, policy=rt.checkpoint_policies.dots_saveable)) == plain


def test_checkpoint_saves_what_policies_name() -> None:
    policies = rt.checkpoint_policies

    def layers(x: Any, w: Any, lib: Any = rt) -> Any:
        name = rt.checkpoint_name if lib is rt else checkpoint_name
        first = name(lib.numpy.tanh(x @ w), "first")
        second = name({"h": lib.numpy.tanh(first @ w)}, "second")["h"]
        return lib.numpy.sum(lib.numpy.tanh(second @ w))

    w = RNG.standard_normal((4, 4)).astype(np.float32)

    def dots(policy: Any) -> int:
        func = rt.jit(rt.value_and_grad(rt.checkpoint(layers, policy=policy))).lower(X, w).func
        return sum(e.op.name == "dot" for e in func.equations)

    def build(lib: Any, make: str, *names: str) -> Any:
        module = policies if lib is rt else jax.checkpoint_policies
        f = functools.partial(layers, lib=lib)
        return lib.grad(lib.checkpoint(f, policy=getattr(module, make)(*names)), argnums=(0, 1))

    most, least = dots(policies.nothing_saveable), dots(policies.everything_saveable)
    assert most - least == 3
    assert dots(policies.save_only_these_names("first")) == most - 1
    assert dots(policies.save_only_these_names("first", "second")) == most - 2
    assert dots(policies.save_any_names_but_these("second")) == most - 1
    assert dots(policies.save_only_these_names("third")) == most
    assert dots(policies.save_anything_except_these_names("first", "second")) == least
    for make in ("save_only_these_names", "save_any_names_but_these", "save_anything_except_these_names"):
        both(lambda lib, make=make: build(lib, make, "first"), X, w)
    with pytest.raises(rt.errors.BadType, match="name"):
        rt.checkpoint_name(X, 3)


# --- jit ---


def test_jit_static_arguments() -> None:
    traces = []

    @rt.jit
    def plain(x: Any) -> Any:
        traces.append(x.aval)
        return x + 1

    for _ in range(3):
        plain(X)
        plain(n.asarray(X))
    assert len(traces) == 1
    plain(1.0), plain(n.float32(1.0))
    assert len(traces) == 3  # a weak scalar and a strong one are different types

    power = rt.jit(lambda x, k: x**k, static_argnums=1)
    assert [float(power(2.0, 3)), float(power(2.0, k=2))] == [8, 4]
    named = rt.jit(lambda x, *, mode: x if mode == "id" else -x, static_argnames="mode")
    assert float(named(2.0, mode="neg")) == -2
    with pytest.raises(errors.StaticArgument, match="hash"):
        power(2.0, [1])
    with pytest.raises(errors.BadArgument, match="static_argnums"):
        rt.jit(lambda x: x, static_argnums=3)


def test_jit_ahead_of_time() -> None:
    jitted = rt.jit(lambda x, y: {"z": n.tanh(x @ y)})
    traced = jitted.trace(X, Y)
    assert traced.out_info == {"z": rt.ShapeDtypeStruct((3, 2), "float32")}
    lowered = traced.lower()
    assert "dot" in lowered.as_text()
    compiled = lowered.compile()
    agree(compiled(X, Y), *from_jax(lambda x, y: {"z": jax_library().numpy.tanh(x @ y)}, X, Y))
    memory = compiled.memory_analysis()
    assert memory.argument_size_in_bytes == X.nbytes + Y.nbytes
    assert memory.output_size_in_bytes == 24
    assert compiled.cost_analysis()["flops"] >= 2 * 3 * 4 * 2
    assert "define" in compiled.as_text()
    with pytest.raises(errors.ShapeError, match="another type"):
        compiled(X[:2], Y)
    shapes = jitted.lower(rt.ShapeDtypeStruct((5, 4), "float32"), rt.ShapeDtypeStruct((4, 2), "float32")).compile()
    assert shapes(np.ones((5, 4), np.float32), Y)["z"].shape == (5, 2)


def test_eval_shape_and_printing() -> None:
    out = rt.eval_shape(lambda x: (x @ Y, x.sum()), rt.ShapeDtypeStruct((7, 4), "float32"))
    assert [o.shape for o in out] == [(7, 2), ()]
    func = rt.make_jaxpr(lambda x: n.sin(x) * 2)(1.0)
    assert "sin" in repr(func)
    assert rt.parse(repr(func)) == func


def test_leaked_tracers_name_their_line() -> None:
    kept = []

    @rt.jit
    def leak(x: Any) -> Any:
        kept.append(x)
        return x

    leak(1.0)
    with pytest.raises(errors.LeakedTracer, match=r"test_transforms\.py"):
        kept[0] + 1


def test_named_parts() -> None:
    f = rt.named_call(lambda x: n.sin(x), name="wave")
    assert "@wave" in repr(rt.make_jaxpr(lambda x: f(x) + 1)(1.0))
    both(lambda lib: rt.grad(lambda x: f(x) * 2) if lib is rt else lib.grad(lambda x: lib.numpy.sin(x) * 2), 0.3)


def test_donated_arguments_are_gone() -> None:
    x = n.ones(100) * 2
    y = rt.jit(lambda a: a + 1, donate_argnums=0)(x)
    assert float(y[0]) == 3
    with pytest.raises(errors.DeletedArray, match="donate"):
        x + 1
