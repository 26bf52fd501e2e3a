"""Python functions inside of programs: how often they are called, with what, and in which order."""

import jax
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

X = np.array([[3.0, 1.0, 2.0], [0.5, -1.0, 4.0]], np.float32)
ROW = rt.ShapeDtypeStruct((3,), "float32")


def both(f):
    """f with either library."""
    return f(rt), f(jax)


def said(library, shape, dtype="float32"):
    return library.ShapeDtypeStruct(shape, np.dtype(dtype))


CASES = {
    "plain": lambda lib: lib.pure_callback(np.sort, said(lib, (2, 3)), X),
    "jit": lambda lib: lib.jit(lambda x: lib.pure_callback(np.sort, said(lib, (2, 3)), x) * 2)(X),
    "keywords and trees": lambda lib: lib.jit(
        lambda x: lib.pure_callback(
            lambda a, scale: {"s": np.float32(np.sum(a["x"]) * scale), "n": np.int32(3)},
            {"s": said(lib, ()), "n": said(lib, (), "int32")}, {"x": x}, scale=x[0, 0],
        )
    )(X),
    "64 bits of NumPy become 32": lambda lib: lib.jit(
        lambda x: lib.pure_callback(lambda a: np.asarray(a, np.float64).sum(0), said(lib, (3,)), x)
    )(X) if lib is rt else lib.numpy.asarray(X.sum(0)),
    **{
        f"vmap {method}": lambda lib, method=method: lib.vmap(
            lambda x, y: lib.pure_callback(
                lambda a, b: np.asarray(np.asarray(a) + np.asarray(b), np.float32), said(lib, (3,)), x, y,
                vmap_method=method,
            ), in_axes=(0, None),
        )(X, X[0])
        for method in ("sequential", "sequential_unrolled", "expand_dims", "broadcast_all")
    },
    "lanes of lanes": lambda lib: lib.vmap(lib.vmap(
        lambda x: lib.pure_callback(lambda a: np.asarray(a * 2), said(lib, ()), x, vmap_method="sequential")
    ))(X),
    "in a scan": lambda lib: lib.lax.scan(
        lambda c, x: (lib.pure_callback(lambda a, b: np.asarray(a + b), said(lib, ()), c, x), c), np.float32(0), X[0]
    ),
    "in a while": lambda lib: lib.lax.while_loop(
        lambda c: c < 9, lambda c: lib.pure_callback(lambda a: np.asarray(a * 2), said(lib, (), "int32"), c),
        np.int32(1),
    ),
    "in a cond": lambda lib: lib.jit(lambda p, x: lib.lax.cond(
        p, lambda x: lib.pure_callback(np.sort, said(lib, (3,)), x), lambda x: x, x
    ))(True, X[0]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_pure_callback_as_jax(case):
    ours, theirs = both(CASES[case])
    mine, peer = rt.tree.leaves(ours), jax.tree.leaves(theirs)
    for a, b in zip(mine, peer, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_no_lanes():
    f = rt.vmap(lambda x: rt.pure_callback(np.sort, ROW, x, vmap_method="sequential"))
    assert f(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_what_nobody_needs_is_not_called():
    calls = []

    def f(x):
        rt.pure_callback(lambda a: calls.append(1) or np.asarray(a), rt.ShapeDtypeStruct((), "float32"), x)
        return x

    rt.jit(f)(1.0)
    assert not calls


def test_a_callback_has_the_derivative_that_it_is_given():
    @rt.custom_jvp
    def f(x):
        return rt.pure_callback(lambda a: np.asarray(np.sin(a)), x, x)

    f.defjvp(lambda p, t: (f(p[0]), rt.numpy.cos(p[0]) * t[0]))
    assert abs(float(rt.jit(rt.grad(f))(0.5)) - np.cos(0.5)) < 1e-6


def broken(_):
    raise RuntimeError("no more paper")


MISTAKES = {
    "no derivative": (
        lambda: rt.grad(lambda x: rt.pure_callback(np.sin, rt.ShapeDtypeStruct((), "float32"), x))(1.0),
        errors.NonDifferentiable, "has no derivative",
    ),
    "no method": (
        lambda: rt.vmap(lambda x: rt.pure_callback(np.sort, ROW, x))(X), errors.BadArgument, "vmap_method",
    ),
    "no such method": (
        lambda: rt.pure_callback(np.sort, ROW, X[0], vmap_method="fast"), errors.BadArgument, "vmap_method",
    ),
    "another shape": (
        lambda: rt.jit(lambda x: rt.pure_callback(np.sum, ROW, x))(X), errors.ShapeError, "another shape",
    ),
    "another type": (
        lambda: rt.pure_callback(np.argsort, ROW, X[0]), errors.DtypeError, "another type",
    ),
    "another structure": (
        lambda: rt.pure_callback(lambda a: [a, a], (ROW, ROW), X[0]), errors.TreeMismatch, "differ",
    ),
    "no types": (lambda: rt.pure_callback(np.sort, 3, X[0]), errors.BadType, "result_shape_dtypes"),
    "no function": (lambda: rt.pure_callback(3, ROW, X[0]), errors.BadType, "callback"),
    "a sharding": (lambda: rt.pure_callback(np.sort, ROW, X[0], sharding=1), errors.BadArgument, "sharding"),
    "no array": (lambda: rt.pure_callback(np.sort, ROW, "text"), errors.BadOutput, "arguments"),
    "it raises": (lambda: rt.pure_callback(broken, ROW, X[0]), RuntimeError, "no more paper"),
    "it raises in a program": (
        lambda: rt.jit(lambda x: rt.lax.scan(lambda c, y: (c, rt.pure_callback(broken, ROW, y)), 0, x))(X),
        RuntimeError, "no more paper",
    ),
    "ordered lanes": (
        lambda: rt.vmap(lambda x: rt.debug.callback(print, x, ordered=True))(X), errors.BadArgument, "ordered",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    act, error, text = MISTAKES[case]
    with pytest.raises(error, match=text):
        act()


def test_an_error_in_a_program_names_the_line_that_called():
    program = rt.jit(lambda x: rt.pure_callback(broken, ROW, x))
    with pytest.raises(RuntimeError) as caught:
        program(X[0])
    assert any("test_callbacks.py" in note and "pure_callback" in note for note in caught.value.__notes__)
    # and the program goes on working
    with pytest.raises(RuntimeError, match="paper"):
        program(X[0])


def test_a_callback_may_run_programs():
    inner = rt.jit(lambda a: a * 2)
    f = rt.jit(lambda x: rt.pure_callback(lambda a: np.asarray(inner(inner(a))), ROW, x) + 1)
    assert f(X[0]).tolist() == [13.0, 5.0, 9.0]


def seen_by(f, *args):
    """What a function notes while it runs; it takes the list to note in."""
    notes = []
    f(lambda *xs: notes.append(tuple(np.asarray(x).item() for x in xs)), *args)
    return notes


def noting(lib, how):
    """A function of (note, x) that runs a noted program with a library."""

    def f(note, x):
        def body(x):
            lib.debug.callback(note, x, ordered=how == "ordered")
            return x * x

        if how == "scan":
            lib.lax.scan(lambda c, y: (c + body(y), c), np.float32(0), np.arange(3, dtype=np.float32))
        elif how == "grad":
            lib.grad(body)(x)
        elif how == "jit of grad of jit":
            lib.jit(lib.grad(lib.jit(body)))(x)
        elif how == "jvp":
            lib.jvp(body, (x,), (x,))
        elif how == "vmap":
            lib.vmap(body)(np.arange(3, dtype=np.float32))
        elif how == "lanes of lanes":
            lib.vmap(lib.vmap(body))(np.arange(4, dtype=np.float32).reshape(2, 2))
        elif how == "grad of scan":
            lib.jit(lib.grad(lambda s: lib.lax.scan(lambda c, y: (c + body(y * s), c), s, np.ones(2, np.float32))[0]))(
                x
            )
        elif how == "twice":
            lib.jit(lambda x: body(x) + body(x))(x)
        elif how == "cond":
            lib.jit(lambda x: lib.lax.cond(x > 5, body, lambda x: x, x) + lib.lax.cond(x > 1, body, lambda x: x, x))(x)
        elif how == "while":
            lib.jit(lambda x: lib.lax.while_loop(lambda c: c < 9, lambda c: body(c) + 1, x))(x)
        else:
            lib.jit(body)(x)
        if lib is jax:
            jax.effects_barrier()

    return f


HOW = [
    *("jit", "ordered", "scan", "grad", "jit of grad of jit", "jvp", "vmap", "lanes of lanes", "grad of scan", "twice"),
    *("cond", "while"),
]


@pytest.mark.parametrize("how", HOW)
def test_effects_happen_as_often_as_with_jax(how):
    ours, theirs = (seen_by(noting(lib, how), np.float32(2)) for lib in (rt, jax))
    assert ours
    # lanes have no order in JAX
    assert (sorted(ours) if how in ("vmap", "lanes of lanes") else ours) == (
        sorted(theirs) if how in ("vmap", "lanes of lanes") else theirs
    )


def test_checkpoint_keeps_effects_once():
    notes = []

    @rt.checkpoint
    def f(x):
        rt.debug.callback(notes.append, x)
        return rt.numpy.sin(x) ** 2

    rt.jit(rt.grad(f))(0.5)
    assert len(notes) == 1


def test_equal_callbacks_share_a_program():
    before = rt.compile_stats()["programs"]
    for _ in range(3):
        rt.jit(lambda x: rt.pure_callback(np.sort, ROW, x) * 7)(X[0])
    assert rt.compile_stats()["programs"] <= before + 1


def test_keys_pass_through():
    got = []
    rt.jit(lambda k: rt.debug.callback(got.append, k))(rt.random.key(3))
    assert got[0].dtype is rt.dtypes.key
    again = rt.jit(lambda k: rt.pure_callback(lambda a: a, k, k))(rt.random.key(3))
    assert rt.random.key_data(again).tolist() == [0, 3]


def test_complex_numbers_pass_through(capsys):
    z = np.array([1 + 2j, 3.0], np.complex64)
    f = rt.jit(lambda x: (rt.debug.print("{}", x[0]), rt.pure_callback(np.conj, rt.typeof(z), x) * 2)[1])
    assert f(z).tolist() == [2 - 4j, 6]
    assert capsys.readouterr().out == "(1+2j)\n"


def test_memory_is_the_callbacks_own():
    kept = []
    f = rt.jit(lambda x: rt.lax.scan(lambda c, y: (c + y, rt.debug.callback(kept.append, c)), 0.0, x)[0])
    f(np.ones(4, np.float32))
    assert [float(k) for k in kept] == [0.0, 1.0, 2.0, 3.0]


def test_the_numpy_target_calls_back_too():
    notes = []
    f = rt.jit(lambda x: (rt.debug.callback(notes.append, x), rt.pure_callback(np.sort, ROW, x))[1], backend="numpy")
    assert f(X[0]).tolist() == [1.0, 2.0, 3.0]
    assert len(notes) == 1
