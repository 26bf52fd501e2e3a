"""rustorch_fn.debug, and the settings that help to find mistakes."""

import io
import logging

import jax
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

X = np.array([1.0, -1.0, 4.0], np.float32)


@pytest.mark.parametrize(
    "form", [("x {} {}", (X, 2), {}), ("{x} and {y:.2f}", (), {"x": X, "y": 0.5}), ("nothing", (), {})]
)
def test_print_as_jax(form, capsys):
    fmt, args, kwargs = form
    rt.jit(lambda a, k: rt.debug.print(fmt, *a, **k))(args, kwargs)
    ours = capsys.readouterr().out
    jax.jit(lambda a, k: jax.debug.print(fmt, *a, **k))(args, kwargs)
    jax.effects_barrier()
    assert ours == capsys.readouterr().out
    rt.debug.print(fmt, *args, **kwargs)
    assert capsys.readouterr().out == ours


@pytest.mark.parametrize(
    ("fmt", "args", "kwargs"), [("{}", (), {}), ("{x}", (1,), {}), ("none", (1,), {}), (3, (), {})]
)
def test_formats_that_do_not_fit_are_told(fmt, args, kwargs):
    with pytest.raises(errors.RustorchError, match=r"debug\.print"):
        rt.jit(lambda: rt.debug.print(fmt, *args, **kwargs))()


def test_print_that_is_logged_or_not_checked(caplog, capsys):
    with caplog.at_level(logging.INFO, "rustorch_fn.debug"):
        rt.debug.print("to the log: {}", 1, _use_logging=True)
    assert caplog.messages == ["to the log: 1"]
    rt.debug.print("only {}", 1, 2, skip_format_check=True)
    assert capsys.readouterr().out == "only 1\n"


def test_decorators(capsys):
    @rt.debug.callback(ordered=True)
    def note(x):
        print("noted", x)

    rt.jit(lambda x: note(x))(3)
    rt.debug.print(ordered=True)("{}", 4)
    assert capsys.readouterr().out == "noted 3\n4\n"


def where(x):
    return rt.numpy.sqrt(x)


NANS = {
    "eager": lambda: where(X),
    "an operator": lambda: rt.numpy.zeros(2) / 0,
    "jit": lambda: rt.jit(lambda x: where(x).sum())(X),
    "jit in jit": lambda: rt.jit(lambda x: rt.jit(where)(x) + 1)(X),
    "grad": lambda: rt.grad(lambda x: where(x) * 0.0)(0.0),
    "jit of grad": lambda: rt.jit(rt.grad(lambda x: where(x) * 0.0))(0.0),
    "scan": lambda: rt.lax.scan(lambda c, x: (where(c - x), c), 1.0, X),
    "while": lambda: rt.lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, where(c[1])), (0, -1.0)),
    "vmap": lambda: rt.jit(rt.vmap(where))(X),
    "halves": lambda: where(X.astype(np.float16)),
    "donated": lambda: rt.jit(where, donate_argnums=0)(rt.numpy.array(X)),
}


@pytest.mark.parametrize("case", NANS)
def test_nans_are_found(case):
    NANS[case]()
    with rt.debug.nans(), pytest.raises(FloatingPointError, match=r"gave nan for .*test_debug\.py") as caught:
        NANS[case]()
    assert isinstance(caught.value, errors.NotFinite)
    NANS[case]()


def test_what_a_program_prints_is_not_printed_again_to_find_a_nan(capsys):
    @rt.jit
    def f(x):
        rt.debug.print("x is {}", x)
        return where(x)

    with rt.debug.nans(), pytest.raises(errors.NotFinite):
        f(-1.0)
    assert capsys.readouterr().out == "x is -1.0\n"


def test_infinities_are_found_and_numbers_pass():
    with rt.debug_infs(), pytest.raises(errors.NotFinite, match=r"log gave inf for 0\.0"):
        rt.jit(rt.numpy.log)(0.0)
    with rt.debug_nans(), rt.debug_infs():
        assert rt.jit(lambda x: rt.grad(lambda y: (y * y).sum())(x))(X).tolist() == [2.0, -2.0, 8.0]
    with rt.debug_nans(True), rt.debug_nans(False):
        assert np.isnan(np.asarray(where(X))).sum() == 1


def test_named_scopes_stand_beside_the_line():
    @rt.named_scope("encoder")
    def f(x):
        with rt.named_scope("first"):
            return rt.numpy.log(x)

    with rt.debug.nans(), pytest.raises(errors.NotFinite, match=r"test_debug\.py:\d+, in encoder/first\)"):
        rt.jit(lambda x: f(x) + 1)(-1.0)
    assert float(f(1.0)) == 0
    with pytest.raises(errors.BadArgument, match="named_scope"):
        rt.named_scope(3)


def test_without_jit_functions_see_values():
    seen = []

    def look(c, x=None):
        seen.append(float(c))
        return c + 1

    with rt.disable_jit():
        rt.jit(look)(1.0)
        rt.jit(rt.jit(look))(2.0)
        total, _ = rt.lax.scan(lambda c, x: (look(c), x), 3.0, np.ones(2, np.float32))
        rt.lax.while_loop(lambda c: c < 8, look, 6.0)
        rt.lax.fori_loop(0, 2, lambda i, c: look(c), 8.0)
        rt.lax.cond(total > 0, look, lambda c: c, 10.0)
        rt.lax.switch(1, [lambda c: c, look], 11.0)
        slope = rt.grad(lambda x: rt.lax.scan(lambda c, y: (c * y, look(c)), x, np.full(2, 3.0, np.float32))[0])(12.0)
    assert seen == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 36]
    assert float(slope) == 9
    rt.jit(lambda c: look(1.0) + c)(1.0)


def test_without_jit_what_is_mapped_stays_abstract():
    with rt.disable_jit():
        lanes = rt.vmap(lambda n: rt.lax.while_loop(lambda c: c < n, lambda c: c + 1, 0))(np.arange(3))
        picked = rt.vmap(lambda p: rt.lax.cond(p > 0, lambda: 1, lambda: 2))(np.arange(3))
        rt.lax.scan(lambda c, x: (c, x), 0.0, np.zeros((0, 2), np.float32))
    assert lanes.tolist() == [0, 1, 2]
    assert picked.tolist() == [2, 1, 1]


def test_misses_are_explained(caplog):
    @rt.jit
    def f(x, y=0):
        return x

    with caplog.at_level(logging.WARNING, "rustorch_fn.jit"), rt.explain_cache_misses():
        f(1.0)
        f(X)
        f(X)
        f(X[:2])
        f(X, X)
    said = [m.partition(" is traced, as ")[2] for m in caplog.messages]
    assert said == [
        "it was not traced before", "leaf 0 is f32[3], was f32[]*", "leaf 0 is f32[2], was f32[3]",
        "the structure of its arguments is new",
    ]  # fmt: skip
    assert all("test_debug.py" in m for m in caplog.messages)


def test_keys_used_twice():
    key = rt.random.key(0)
    with rt.debug.keys():
        rt.random.normal(key)
        with pytest.raises(errors.KeyReuse, match=r"already used at .*test_debug\.py"):
            rt.random.normal(key)
    assert float(rt.random.normal(key)) == float(rt.random.normal(key))


def test_breakpoint_in_a_program():
    out = io.StringIO()
    commands = "p x * 2\na\nl\nu\nd\np missing\nlocal\n\nc\n"

    def f(x):
        local = {"twice": x + x, "name": 3}
        rt.debug.breakpoint(stdin=io.StringIO(commands), stdout=out, num_frames=2)
        return local["twice"]

    assert float(rt.jit(f)(2.0)) == 4
    said = out.getvalue()
    assert "Array(4., dtype=float32)" in said
    assert "local, x" in said
    assert "in f()" not in said
    assert "NameError" in said
    assert "'name': " in said
    assert "rt.debug.breakpoint" in said


def test_breakpoint_ends_the_program():
    with pytest.raises(KeyboardInterrupt):
        rt.debug.breakpoint(stdin=io.StringIO("q\n"), stdout=io.StringIO())
    with pytest.raises(errors.BadArgument, match="backend"):
        rt.debug.breakpoint(backend="web")


def test_devices():
    assert rt.device_count() == rt.local_device_count() == len(rt.local_devices()) == 1
    with rt.default_device(rt.devices()[0]), rt.default_device("cpu"), rt.default_device(None):
        assert rt.numpy.ones(1).device is rt.devices()[0]
    with pytest.raises(errors.TargetError), rt.default_device("gpu"):
        pass
    with pytest.raises(errors.BadArgument, match="process_index"):
        rt.local_devices(1)


def test_live_arrays():
    x = rt.numpy.ones(3)
    assert any(x is y for y in rt.live_arrays())
    x.delete()
    assert all(x is not y for y in rt.live_arrays())
    made = rt.jit(lambda a: a + 1)(1.0)
    assert any(made is y for y in rt.live_arrays())


def test_typeof():
    assert rt.typeof(X) == rt.numpy.ones(3).aval
    assert rt.typeof(1).weak_type
    types = []
    rt.jit(lambda x: types.append(rt.typeof(x)))(X)
    assert types == [rt.numpy.ones(3).aval]
