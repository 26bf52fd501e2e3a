"""Each error's text, its code and the builtin it stands for: one row a class."""

import inspect
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from rustorch_fn import errors, tree
from rustorch_fn.errors import RustorchError, place_text, source_line, user_frame

HERE = "(HERE)"

# error, the builtin that it also is, its text
TABLE = [
    (
        errors.RustorchError("add: it went wrong", got="f32[2]", hint="Try again."),
        Exception,
        "add: it went wrong: f32[2] (HERE). Try again. [RT0000]",
    ),
    (
        errors.ShapeError("dot: inner sizes differ", got="x f32[8,16] · w f32[15,4]", hint="Did you mean w.T?"),
        ValueError,
        "dot: inner sizes differ: x f32[8,16] · w f32[15,4] (HERE). Did you mean w.T? [RT0101]",
    ),
    (
        errors.MaskMismatch((9,), (2,)),
        IndexError,
        "index: the mask does not match: a mask [9] for [2] (HERE). "
        "It has the shape of the axes that it stands on. [RT0111]",
    ),
    (
        errors.DtypeError("add: the operands' types differ", got="f32[2] · i32[2]", hint="Use astype."),
        TypeError,
        "add: the operands' types differ: f32[2] · i32[2] (HERE). Use astype. [RT0102]",
    ),
    (
        errors.AxisError("vmap: in_axes has 2 entries for 1 argument"),
        ValueError,
        "vmap: in_axes has 2 entries for 1 argument (HERE). [RT0103]",
    ),
    (
        errors.AxisError.out_of_range("sum", 2, 1),
        IndexError,
        "sum: axis 2 is out of range: an array with 1 dimension (HERE). Axes from -1 to 0 would work. [RT0103]",
    ),
    (
        errors.AxisError.out_of_range("sum", 0, 0),
        IndexError,
        "sum: axis 0 is out of range: an array with 0 dimensions (HERE). An array without axes takes none. [RT0103]",
    ),
    (
        errors.AxisError.unbound("psum", "i", ["j"]),
        ValueError,
        "psum: the axis name 'i' is not bound (HERE). Call it inside vmap(..., axis_name=\"i\"); "
        "the names bound here: j. [RT0103]",
    ),
    (
        errors.AxisError.unbound("psum", "i"),
        ValueError,
        "psum: the axis name 'i' is not bound (HERE). Call it inside vmap(..., axis_name=\"i\"). [RT0103]",
    ),
    (
        errors.OverflowingLiteral(2**31, "int32"),
        OverflowError,
        "the integer 2147483648 does not fit int32 (HERE). "
        'Ask for a wider type: rt.numpy.asarray(2147483648, dtype="int64"). [RT0104]',
    ),
    (
        errors.IndexOutOfBounds(10, 0, 3),
        IndexError,
        "index: 10 is out of bounds for axis 0 of size 3 (HERE). "
        "Indices from -3 to 2 would work; an explicit mode='clip', 'fill' or 'drop' allows others. [RT0105]",
    ),
    (
        errors.BadArgument("pad", "mode", "mirror", "'constant' or 'edge'"),
        ValueError,
        "pad: mode is not right: 'mirror' (HERE). 'constant' or 'edge' would work. [RT0106]",
    ),
    (
        errors.BadType("exp", "x", "one", "An array or a number"),
        TypeError,
        "exp: x is of type str: 'one' (HERE). An array or a number would work. [RT0107]",
    ),
    (
        errors.ImmutableArray(),
        TypeError,
        "arrays do not change: x[i] = v is not possible (HERE). Use x = x.at[i].set(v). [RT0108]",
    ),
    (
        errors.AmbiguousTruth("bool[3]"),
        ValueError,
        "bool(x): x has not exactly one element: bool[3] (HERE). Say x.any() or x.all(). [RT0109]",
    ),
    (
        errors.NotFinite("log", "nan", np.array([0.0, np.nan]), np.array([False, True]), [np.array([1.0, -1.0])]),
        FloatingPointError,
        "log gave nan for -1.0: float64[2], 1 of 2, the first at [1] (HERE). [RT0110]",
    ),
    (
        errors.LeakedTracer("f32[]", "grad"),
        TypeError,
        "a traced value has outlived grad: f32[] (HERE). "
        "Return the value from the traced function instead of keeping it in a global, a field or a closure. [RT0201]",
    ),
    (
        errors.ConcretizationError("bool", "bool[]"),
        TypeError,
        "the bool of a value traced by jit is not known while tracing: bool[] (HERE). "
        "Use rt.lax.cond or rt.numpy.where for a choice that depends on values, rt.lax.while_loop for a loop, "
        "or mark the argument with static_argnums. [RT0202]",
    ),
    (
        errors.NonConcreteIndex("the number of results depends on a traced mask", "bool[8]"),
        IndexError,
        "index: the number of results depends on a traced mask: bool[8] (HERE). "
        "Use rt.numpy.where(mask, x, other), size= (as in rt.numpy.nonzero(x, size=n)), "
        "or rt.lax.dynamic_slice with a fixed size. [RT0203]",
    ),
    (
        errors.StaticArgument("step", "sizes", [1, 2]),
        ValueError,
        "jit(step): the static argument 'sizes' of type list is not hashable: [1, 2] (HERE). "
        "Pass a tuple, a frozen dataclass or another hashable value, or do not mark it static. [RT0204]",
    ),
    (
        errors.BadOutput("jit", "f", "the result", "text"),
        TypeError,
        "jit(f): the result is of type str, which is no array: 'text' (HERE). "
        "Arrays, numbers and pytrees of them would work; other values belong in static_argnums or a closure. [RT0205]",
    ),
    (
        errors.MissingRule("sort", "vmap"),
        NotImplementedError,
        "sort has no answer for vmap (HERE). "
        "Give sort that rule, or wrap the call in custom_vjp, custom_jvp or stop_gradient. [RT0301]",
    ),
    (
        errors.NonDifferentiable.of_input("grad", "argument 0", "i32[3]"),
        TypeError,
        "grad: argument 0 is not of a floating type: i32[3] (HERE). "
        "Convert it with x.astype(rt.numpy.float32), leave it out of argnums, or pass allow_int=True. [RT0302]",
    ),
    (
        errors.NonDifferentiable.of_output("grad", "f32[3]"),
        TypeError,
        "grad: the function's output is not one real number: f32[3] (HERE). "
        "Return a scalar (a mean or a sum), has_aux=True for more results; rt.jacrev and rt.vjp take any shape. "
        "[RT0302]",
    ),
    (
        errors.WhileReverse(),
        ValueError,
        "while_loop: reverse mode would have to keep a number of steps that is not known while tracing (HERE). "
        "Use fori_loop with static bounds, scan (with a cond inside to stop early), "
        "or forward mode (jvp, jacfwd), which works through every loop. [RT0303]",
    ),
    (
        errors.ForwardOverCustomVjp("f"),
        TypeError,
        "forward mode reached f, whose custom_vjp only defines reverse mode (HERE). "
        "Define it with custom_jvp: that serves both modes. [RT0304]",
    ),
    (
        errors.BadRule("custom_vjp(f): bwd gives 1 cotangent for 2 arguments"),
        TypeError,
        "custom_vjp(f): bwd gives 1 cotangent for 2 arguments (HERE). [RT0305]",
    ),
    (
        errors.TreeMismatch("tree.map: the trees differ", got="at ['b']: a list of 2 · a tuple of 2"),
        ValueError,
        "tree.map: the trees differ: at ['b']: a list of 2 · a tuple of 2 (HERE). [RT0401]",
    ),
    (
        errors.BranchMismatch("cond", "the result", ["f32[2]", "i32[2]"]),
        TypeError,
        "cond: the branches differ in the result: branch 0 f32[2] · branch 1 i32[2] (HERE). "
        "All branches have to return the same tree of shapes and dtypes: astype or broadcast_to helps. [RT0402]",
    ),
    (
        errors.CarryMismatch("scan", "the carry", "i32[]", "f32[]"),
        TypeError,
        "scan: the body changes the type of the carry: i32[] goes in · f32[] comes out (HERE). "
        "Start with a value of type f32[], or convert the result back to i32[]. [RT0403]",
    ),
    (
        errors.DeletedArray("f32[2]"),
        RuntimeError,
        "this array's memory was given away by donate_argnums: f32[2] (HERE). "
        "Use the result in its place, or do not donate the argument. [RT0501]",
    ),
    (
        errors.OutOfMemory(10**12),
        MemoryError,
        "array: no memory for 1,000,000,000,000 bytes (HERE). "
        "Use smaller batches, checkpoint to keep fewer residuals, or donate_argnums to reuse inputs. [RT0502]",
    ),
    (
        errors.RandomKey("normal", 3),
        TypeError,
        "normal: the key is no random key: 3 (HERE). "
        "Make one with rt.random.key(seed), and more of it with rt.random.split(key, n). [RT0601]",
    ),
    (
        errors.KeyReuse("normal"),
        RuntimeError,
        "normal: this key was already used (HERE). "
        "Draw from new keys, k1, k2 = rt.random.split(key), or say rt.random.clone(key) to mean it. [RT0602]",
    ),
    (
        errors.ImmutableModule("Linear: modules do not change", hint="Use dataclasses.replace."),
        AttributeError,
        "Linear: modules do not change (HERE). Use dataclasses.replace. [RT0651]",
    ),
    (
        errors.MissingParam("Linear: there is no parameter 'wight'", hint="Did you mean 'weight'?"),
        KeyError,
        "Linear: there is no parameter 'wight' (HERE). Did you mean 'weight'? [RT0652]",
    ),
    (errors.CompileError("llvm: no code for sort"), RuntimeError, "llvm: no code for sort (HERE). [RT0701]"),
    (
        errors.TargetError("devices: no backend of this name", got="'tpu'"),
        ValueError,
        "devices: no backend of this name: 'tpu' (HERE). [RT0702]",
    ),
    (
        errors.MissingExtra("backend='xla'", "jax", "xla"),
        ImportError,
        "backend='xla' needs jax, which is not installed (HERE). pip install 'rustorch_fn[xla]' brings it. [RT0703]",
    ),
    (
        errors.MissingName("jax.numpy", "frobnicate", "See dir(jax.numpy)."),
        AttributeError,
        "jax.numpy on rustorch_fn has no 'frobnicate' (HERE). See dir(jax.numpy). [RT0751]",
    ),
    (
        errors.ForeignJax(),
        ImportError,
        "as_jax: JAX itself is imported already (HERE). "
        "Call rt.compat.as_jax() in a new process, before anything imports jax. [RT0752]",
    ),
    (
        errors.FileFormat("a.safetensors", "the header ends early", hint="Save it again."),
        ValueError,
        "a.safetensors: the header ends early (HERE). Save it again. [RT0801]",
    ),
    (
        errors.InternalError("a variable is defined twice"),
        RuntimeError,
        "a variable is defined twice (HERE). This is a bug in rustorch_fn: please report it with this text. [RT0901]",
    ),
]


def named(row):
    return type(row[0]).__name__


@pytest.mark.parametrize(("error", "builtin", "text"), TABLE, ids=map(named, TABLE))
def test_text(error, builtin, text):
    assert str(error).replace(f"({error.where})", HERE) == text
    assert error.where.startswith(f"{place_text(user_frame()).rsplit(':', 1)[0]}:")
    assert isinstance(error, builtin)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.hint) == (type(error), str(error), error.hint)


def classes(base):
    return {c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, base)}


def test_every_error_has_a_row_and_a_code_of_its_own():
    assert {type(row[0]) for row in TABLE} == classes(RustorchError)
    every = classes(RustorchError) | classes(errors.RustorchWarning)
    assert len({c.code for c in every}) == len(every)
    assert all(c.__doc__ for c in every)


@pytest.mark.parametrize("kind", ["bool", "int", "index", "float", "complex", "array", "item", "iteration"])
def test_every_conversion_says_what_would_work(kind):
    assert errors.ConcretizationError(kind, "f32[]", made=user_frame()).hint


def test_the_line_is_the_users():
    place = user_frame()
    assert source_line(place) == "place = user_frame()"
    assert source_line((place[0], -1)).startswith("def test_the_line")
    error = errors.ShapeError("add", where=place)
    assert error.where == place_text(place)


def test_frames_inside_the_package_are_skipped():
    places = tree.map(lambda _: user_frame(), {"a": 1})
    assert "lambda" in source_line(places["a"])
    with pytest.raises(errors.TreeMismatch) as caught:
        tree.map(lambda x, y: x, {"a": 1}, {"b": 1})
    assert "test_errors.py:" in caught.value.where


def test_the_package_as_a_program_names_its_own_line(monkeypatch):
    monkeypatch.setattr(errors, "_is_ours", lambda filename: True)
    scope = {"user_frame": user_frame}
    exec(compile("place = user_frame()", errors._HERE + "__main__.py", "exec"), scope)
    assert place_text(scope["place"]).endswith("rustorch_fn/__main__.py:1")


def test_a_notebook_cell_is_named(monkeypatch):
    def format_code_name(name):
        return ("Cell", "In[3]") if name == "<cell>" else None

    shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=format_code_name))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    scope = {"user_frame": user_frame}
    exec(compile("\n\nplace = user_frame()", "<cell>", "exec"), scope)
    assert place_text(scope["place"]) == "cell In[3], line 3"
    assert "test_errors.py:" in place_text(user_frame())
