"""What users see of a module: `dir`, `__all__`, `help` and an editor's completion say the same names."""

import ast
import inspect
import pydoc
import types
from pathlib import Path

import jedi
import pytest

import rustorch_fn as rt
from rustorch_fn import device

ROOT = Path(__file__).parents[2]
# *args or **kwargs where JAX's or NumPy's function has them, or where any number of operands is meant
LOOSE = {
    "args", "kwargs", "operands", "arrays", "arys", "xs", "xi", "shapes", "dimensions", "primals", "rest", "cases",
    "names", "parts", "varargs", "_", "__", "options", "example_args", "arrays_and_dtypes", "kinds", "modules",
    "fields", "named", "transforms", "numbers", "keys", "kw", "attrs", "avals", "layers", "transformations", "policies",
    "per_platform", "arrs",
}  # fmt: skip
# built-in functions of other packages that are public here, and say so
FOREIGN = {"rustorch_fn.dtypes.finfo", "rustorch_fn.dtypes.iinfo"}


def modules(place=rt, seen=()):
    """The public modules: the front page, and what the pages list."""
    yield place
    for name in place.__all__:
        value = getattr(place, name)
        if isinstance(value, types.ModuleType) and value not in seen:
            yield from modules(value, (*seen, place))


MODULES = {m.__name__: m for m in (*modules(), device)}


def faults_of_names(module):
    """What `__all__` and `dir` of a module say wrongly."""
    listed = module.__all__
    if sorted(dir(module)) != sorted(listed):
        yield f"{module.__name__}: dir and __all__ differ in {sorted(set(dir(module)) ^ set(listed))}"
    if len(set(listed)) != len(listed):
        yield f"{module.__name__}: a name stands twice"
    for name in listed:
        value = getattr(module, name, None)
        inside = getattr(value, "__name__", "").startswith("rustorch_fn")
        if name.startswith("_") and name != "__version__":
            yield f"{module.__name__}.{name} is private"
        elif not hasattr(module, name):
            yield f"{module.__name__}.{name} is not there"
        elif isinstance(value, types.ModuleType) and not inside:
            yield f"{module.__name__}.{name} is a module of somebody else"
        elif name == "annotations":
            yield f"{module.__name__}.{name} is no name for users"


@pytest.mark.parametrize("name", MODULES)
def test_dir_and_all_agree(name):
    assert list(faults_of_names(MODULES[name])) == []


def test_a_leaking_module_is_found():
    page = types.ModuleType("rustorch_fn.page")
    page.np, page.sin, page.__all__ = pydoc, len, ["np", "sin", "_own", "gone"]
    assert list(faults_of_names(page)) == [
        "rustorch_fn.page: dir and __all__ differ in "
        "['__all__', '__doc__', '__loader__', '__name__', '__package__', '__spec__', '_own', 'gone']",
        "rustorch_fn.page.np is a module of somebody else",
        "rustorch_fn.page._own is private",
        "rustorch_fn.page.gone is not there",
    ]


def functions():
    """(where, name, function or class) of everything public that is called."""
    for module in MODULES.values():
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isroutine(value) or (inspect.isclass(value) and value.__module__.startswith("rustorch_fn")):
                yield module, name, value


def faults_of_help(module, name, value):
    """What `help` would not say of a function or class."""
    where = f"{module.__name__}.{name}"
    if not (value.__doc__ or "").strip():
        yield f"{where} has no docstring"
    if not str(value.__module__).startswith("rustorch_fn"):
        yield f"{where} says it comes from {value.__module__}"
    # another name for a function of the same page, such as asin and arcsin, or NumPy's name for our arrays
    alias = getattr(module, value.__name__, None) is value or value is rt.Array
    # what rt.tree calls map is tree_map in rt.tree_util
    alias = alias or (module is rt.tree_util and name == f"tree_{value.__name__}")
    if value.__qualname__ != value.__name__ or (value.__name__ != name and not alias):
        yield f"{where} calls itself {value.__qualname__}"
    if inspect.isclass(value):
        return
    parameters = inspect.signature(value).parameters.values()
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in LOOSE:
            yield f"{where} takes {p}"
    if {p.kind for p in parameters} == {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        yield f"{where} says nothing of what it takes"
    types_of = [p.annotation for p in parameters] + [inspect.signature(value).return_annotation]
    if inspect.Signature.empty in types_of:
        yield f"{where} is not annotated"


def test_help_shows_signature_and_docstring():
    found = [fault for each in functions() for fault in faults_of_help(*each)]
    assert [fault for fault in found if fault.split()[0] not in FOREIGN] == []
    assert "exp(x: ArrayLike, /) -> Array" in pydoc.render_doc(rt.numpy.exp, renderer=pydoc.plaintext).replace("'", "")
    assert "The sum along axes" in pydoc.render_doc(rt.numpy.ones(2).sum, renderer=pydoc.plaintext)


def test_poor_help_is_found():
    def poor(*args, **kwargs):
        return args

    page = types.ModuleType("rustorch_fn.page")
    assert list(faults_of_help(page, "rich", poor)) == [
        "rustorch_fn.page.rich has no docstring",
        f"rustorch_fn.page.rich says it comes from {__name__}",
        "rustorch_fn.page.rich calls itself test_poor_help_is_found.<locals>.poor",
        "rustorch_fn.page.rich says nothing of what it takes",
        "rustorch_fn.page.rich is not annotated",
    ]


def completions(text):
    """What an editor offers after a text, without names that begin with an underscore."""
    script = jedi.Script(text, path=ROOT / "example.py", project=jedi.Project(ROOT))
    offered = script.complete(*reversed((len(text.splitlines()[-1]), len(text.splitlines()))))
    return {c.name for c in offered if not c.name.startswith("_")}


def files(module):
    """The names of a package's own files, which editors offer too."""
    return {path.stem for path in Path(module.__file__).parent.iterdir()}


@pytest.mark.parametrize("name", ["", ".numpy", ".nn", ".lax", ".random", ".optim"])
def test_editors_offer_the_public_names(name):
    module = MODULES[f"rustorch_fn{name}"]
    offered = completions(f"import rustorch_fn as rt\nrt{name}.")
    public = {n for n in module.__all__ if not n.startswith("_")}
    assert public - offered == set()
    # helpers that a page imports for its own use are files of the package, or lie behind an underscore
    assert offered - public - files(module) == set()


def test_editors_know_what_functions_give():
    text = "import rustorch_fn as rt\nx = rt.numpy.ones(3)\n"
    assert {"sum", "reshape", "at", "T", "shape", "dtype"} <= completions(text + "x.")
    assert {"mean", "astype"} <= completions(text + "(x + 1).sum(axis=0).")
    assert {"set", "add"} <= completions(text + "x.at[0].")


def bare(source):
    """Functions at the top of a file without annotations. The answers of a primitive, inside its class, are rules."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            if node.returns is None or any(a is not None and a.annotation is None for a in every):
                yield node.name


def test_functions_beside_primitives_are_annotated():
    files = sorted((ROOT / "rustorch_fn").rglob("*.py"))
    assert [f"{path.stem}.{name}" for path in files for name in bare(path.read_text(encoding="utf-8"))] == []


def test_a_bare_function_is_found():
    assert list(bare("def f(x: int):\n    return x\ndef g(x: int, *ys) -> int:\n    return x\n")) == ["f", "g"]
    assert list(bare("class add:\n    def shape(x):\n        return x\n")) == []
