"""Tracebacks show the user's frames in full and none of ours, and bare errors say whose argument is to blame."""

import io
import operator
import pdb  # noqa: T100  (a debugger is what is tested)
import pickle
import traceback
import types

import pytest
from fresh import python

import rustorch_fn as rt
from rustorch_fn import blame, boundary, errors, flags, nn, optim
from rustorch_fn import numpy as rnp

X = rnp.ones((2, 3))


def caught(call, *args):
    try:
        call(*args)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def names(error, here=True):
    """The functions of a traceback below `caught`; with `here`, those of other files as their paths."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return [f.name if f.filename == __file__ or not here else f.filename for f in frames]


def wrong(x):
    """A function of the user's with a mistake that is ours to tell."""
    return rnp.add(rnp.ones(2), rnp.ones(7))


def broken(x):
    """A function of the user's with a mistake of its own."""
    return helper(x)


def helper(x):
    raise KeyError("mine")


CALLS = [
    lambda: rnp.sum(X, axis=5),
    lambda: X + rnp.ones(7),
    lambda: 1 @ X,
    lambda: -rt.random.key(0),
    lambda: X[9],
    lambda: X.reshape(5),
    lambda: X.at[0].set("text"),
    lambda: X.at["text"].get(),
    lambda: bool(X),
    lambda: float(X),
    lambda: len(rnp.ones(())),
    lambda: list(rnp.ones(())),
    lambda: rt.devices("tpu"),
    lambda: rt.jit("text"),
    lambda: rt.grad(lambda x: x)(X),
    lambda: rt.jit(lambda x: x, static_argnums=0)([]),
    lambda: rt.jit(lambda x: x).lower(X).compile()(1, 2, 3),
    lambda: rt.vjp(lambda x: x, X)[1](1),
    lambda: rt.linearize(lambda x: x, X)[1](rnp.ones(1)),
    lambda: rt.linear_transpose(lambda x: x, X)(rnp.ones(1)),
    lambda: rt.closure_convert(lambda x: x, X)[0](1, 2),
    lambda: rt.vmap(lambda x: x, in_axes=4)(X),
    lambda: rt.random.normal(3),
    lambda: rt.tree.map(lambda x, y: x, [1], [1, 2]),
    lambda: rt.lax.add(X, rnp.ones(2)),
    lambda: nn.Linear(3, 2)({}, X),
    lambda: nn.Linear(3, 2).init("key"),
    lambda: nn.Sequential("text"),
    lambda: setattr(nn.Linear(3, 2), "bias", 1),
    lambda: nn.MaxPool2d(None),
    lambda: optim.adam(-1),
    lambda: optim.adam(1e-3).update(1, 2),
    lambda: rt.ShapeDtypeStruct((2,), "float99"),
    lambda: rt.numpy.float32("text"),
    lambda: rt.numpy.r_["text"],
]


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_our_errors_end_at_the_users_line(call):
    error = caught(call)
    assert isinstance(error, errors.RustorchError)
    assert names(error) == ["<lambda>"]
    assert error.where.startswith(f"{errors.place_text(errors.user_frame()).rsplit(':', 1)[0]}:")


THROUGH = {
    "jit": lambda f: rt.jit(f)(X),
    "jit inside": lambda f: rt.jit(lambda x: rt.jit(f)(x))(X),
    "grad": lambda f: rt.grad(f)(1.0),
    "value_and_grad": lambda f: rt.value_and_grad(f)(1.0),
    "jvp": lambda f: rt.jvp(f, (1.0,), (1.0,)),
    "vjp": lambda f: rt.vjp(f, 1.0),
    "hessian": lambda f: rt.hessian(f)(1.0),
    "vmap": lambda f: rt.vmap(f)(X),
    "all": lambda f: rt.jit(rt.grad(rt.checkpoint(lambda x: rt.vmap(f)(x).sum())))(X),
    "scan": lambda f: rt.lax.scan(lambda c, x: (c, f(x)), 0.0, X),
    "scan in jit": lambda f: rt.jit(lambda x: rt.lax.scan(lambda c, x: (c, f(x)), 0.0, x))(X),
    "cond": lambda f: rt.lax.cond(True, f, f, X),
    "while": lambda f: rt.lax.while_loop(lambda x: f(x), lambda x: x, 1.0),
    "fori": lambda f: rt.lax.fori_loop(0, 2, lambda i, x: f(x), 1.0),
    "tree.map": lambda f: rt.tree.map(f, {"a": X}),
    "is_leaf": lambda f: rt.tree.map(lambda x: x, {"a": X}, is_leaf=f),
    "eval_shape": lambda f: rt.eval_shape(f, X),
    "make_jaxpr": lambda f: rt.make_jaxpr(f)(X),
    "named_call": lambda f: rt.named_call(f)(X),
    "vectorize": lambda f: rnp.vectorize(f)(X),
    "apply_along_axis": lambda f: rnp.apply_along_axis(f, 0, X),
    "schedule": lambda f: optim.scale_by_schedule(f).update({"w": X}, optim.scale_by_schedule(f).init({"w": X})),
    "bwd": lambda f: rt.grad(with_bwd(f))(1.0),
    "lower": lambda f: rt.jit(f).lower(X),
}


def with_bwd(f):
    square = rt.custom_vjp(lambda x: x * x)
    square.defvjp(lambda x: (x * x, x), lambda x, ct: (f(x),))
    return square


@pytest.mark.parametrize("f", [wrong, broken])
@pytest.mark.parametrize("through", THROUGH)
def test_frames_of_the_users_functions_stay(through, f):
    error = caught(THROUGH[through], f)
    found = names(error)
    assert [n for n in found if n != "<lambda>"] == (["wrong"] if f is wrong else ["broken", "helper"])
    assert found[0] == "<lambda>"
    assert isinstance(error, errors.ShapeError if f is wrong else KeyError)


def test_models_keep_the_users_forward():
    class Net(nn.Module):
        inner: nn.Linear

        def forward(self, p, x):
            return helper(self.inner(p.inner, x))

    net = nn.Sequential(Net(nn.Linear(3, 3)))
    params, _ = net.init(rt.random.key(0))
    assert names(caught(lambda: rt.jit(net)(params, X))) == ["<lambda>", "forward", "helper"]


def test_generators_and_layers():
    def rows():
        yield X
        yield wrong(X)

    def outer():
        try:
            return rt.jit(lambda x: [row for row in rows()])(X)
        except ValueError as error:
            raise error

    found = [n for n in names(caught(rt.jit(lambda: outer()))) if n != "<listcomp>"]
    assert found == ["<lambda>", "outer", "outer", "<lambda>", "rows", "wrong"][-len(found) :]
    assert found[-2:] == ["rows", "wrong"]


def test_chained_errors_are_cleaned_too():
    def f(x):
        try:
            wrong(x)
        except ValueError as error:
            raise RuntimeError("mine") from error

    error = caught(lambda: rt.jit(f)(X))
    assert names(error) == ["<lambda>", "f"]
    assert [f.name for f in traceback.extract_tb(error.__cause__.__traceback__)] == ["f", "wrong"]

    def g(x):
        try:
            wrong(x)
        except ValueError:
            return helper(x)

    error = caught(lambda: rt.jit(g)(X))
    assert names(error) == ["<lambda>", "g", "helper"]
    assert [f.name for f in traceback.extract_tb(error.__context__.__traceback__)] == ["g", "wrong"]


@pytest.fixture
def debug(monkeypatch):
    monkeypatch.setitem(flags._values, "RT_DEBUG", 1)


def test_debug_keeps_our_frames(debug):
    for call in (lambda: X + rnp.ones(7), lambda: rt.jit(broken)(X), lambda: rnp.sum(X, axis=5)):
        assert any(boundary._PACKAGE in name for name in names(caught(call)))


def test_debug_shows_what_was_below(debug):
    error = caught(lambda: rt.vjp(None, X))
    assert type(error) is errors.BadType
    assert isinstance(error.__cause__, TypeError)


def test_a_bug_keeps_its_last_frames():
    inside = compile("def public(x):\n    return {}[x]\n", boundary._PACKAGE + "planted.py", "exec")
    scope = {"__name__": "rustorch_fn.planted"}
    exec(inside, scope)
    error = caught(lambda: boundary.boundary(scope["public"], explain=True)(1))
    assert type(error) is errors.InternalError
    assert error.got == "KeyError: 1"
    assert [f.name for f in traceback.extract_tb(error.__cause__.__traceback__)] == ["public"]


def test_what_a_function_in_c_raises_is_left_alone():
    error = caught(lambda: rt.tree.map(operator.add, {"a": 1}, {"a": "text"}))
    assert type(error) is TypeError
    assert type(caught(lambda: rt.tree.map(int, {"a": "text"}))) is ValueError


def test_a_call_that_does_not_fit_the_signature_is_pythons_to_tell():
    error = caught(lambda: rnp.add(X))
    assert type(error) is TypeError
    assert str(error) == "add() missing 1 required positional argument: 'y'"
    assert names(error) == ["<lambda>"]


def test_a_debugger_stands_in_the_users_frame():
    error = caught(lambda: rt.jit(broken)(X))
    said = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("where\nup\np x\nq\n"), stdout=said, nosigint=True, readrc=False)
    debugger.reset()
    debugger.interaction(None, error.__traceback__)
    assert "helper(x)" in said.getvalue()
    assert "f32[2,3]" in said.getvalue() or "Tracer" in said.getvalue()
    assert boundary._PACKAGE not in said.getvalue()


def test_faces_are_what_they_stand_for():
    assert rnp.add.__name__ == "add"
    assert rnp.add.__module__ == "rustorch_fn.numpy.ufuncs"
    assert pickle.loads(pickle.dumps(rnp.tanh)) is rnp.tanh
    assert boundary.boundary(rnp.add) is rnp.add


def unclosed(*places):
    """Public functions, and methods of public classes, whose errors would show our frames."""
    found = []
    for place in places:
        for name, value in vars(place).items():
            if name.startswith("_") or not str(getattr(value, "__module__", "")).startswith("rustorch_fn"):
                continue
            if isinstance(value, types.FunctionType) and not boundary.closed(value):
                found.append(name)
            elif isinstance(value, type) and not issubclass(value, Exception):
                calls = [vars(value).get(name) for name in ("__init__", "__call__")]
                found += [name for f in calls if isinstance(f, types.FunctionType) and not boundary.closed(f)]
    return found


def test_every_public_function_has_a_face():
    assert unclosed(rt, rnp, rnp.linalg, rt.lax, rt.random, nn, nn.init, optim, rt.tree, rt.flags) == []


def test_a_function_without_a_face_is_found():
    assert unclosed(types.SimpleNamespace(add=rnp.add, planted=rnp.add.__wrapped__)) == ["planted"]


def test_a_script_shows_the_users_lines_only(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("import rustorch_fn as rt\n\nrt.jit(lambda x: x @ x)(rt.numpy.ones((2, 3)))\n")
    shown = [line for line in python(script).stderr.splitlines() if "File " in line]
    assert len(shown) == 2, shown
    assert all("train.py" in line for line in shown)
    assert "boundary.py" not in python(script).stderr
    assert "jit.py" in python(script, RT_DEBUG="1").stderr


def test_pytest_shows_the_users_lines_only(tmp_path):
    (tmp_path / "test_mine.py").write_text(
        "import rustorch_fn as rt\n\n\ndef test_mine():\n    rt.jit(lambda x: x @ x)(rt.numpy.ones((2, 3)))\n"
    )
    said = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", cwd=tmp_path).stdout
    assert "ShapeError" in said
    assert "test_mine.py:5" in said
    assert "jit.py" not in said


@pytest.mark.parametrize(
    ("annotation", "value", "works"),
    [
        ("int", 1, ""),
        ("int", 1.5, "An int"),
        ("int", True, "An int"),
        ("int | None", "1", "An int or None"),
        ("int | Sequence[int | None] | None", object(), "An int, a tuple or list or None"),
        ("Sequence[int]", (1, "a"), "A tuple of ints"),
        ("Axis", (0, 1), ""),
        ("Axis", 0.5, "An int, a tuple of ints or None"),
        ("DTypeLike", "float99", "A dtype, such as 'float32'"),
        ("DTypeLike", "float32", ""),
        ("ArrayLike", "1", "An array or a number"),
        ("ArrayLike", 1j, ""),
        ("ArrayLike", rnp.ones(2), ""),
        ("Callable[..., Any]", 3, "A function"),
        ("Whatever", 3, ""),
        ("Any", 3, ""),
    ],
)
def test_what_an_annotation_lets_through(annotation, value, works):
    from inspect import Parameter

    assert blame.wanted(Parameter("p", Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation), value) == works
