"""The public names, module by module, and the pages of the reference that are made from them.

`docs/conf.py` writes the pages when the docs are built; `tests/house/test_docs.py` reads the same list, so a name
cannot be public without standing in the reference.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from rustorch_fn import Array

MODULES = {
    "rustorch_fn": "Transforms, arrays, devices, and the rooms below.",
    "rustorch_fn.numpy": "NumPy's functions on arrays that can be traced.",
    "rustorch_fn.numpy.linalg": "Linear algebra: factorisations, systems, norms, products.",
    "rustorch_fn.numpy.fft": "The discrete Fourier transform.",
    "rustorch_fn.lax": "Primitives under JAX's names, control flow, collectives.",
    "rustorch_fn.scipy": "SciPy's functions on arrays that can be traced, room by room.",
    "rustorch_fn.scipy.integrate": "Integrals of samples.",
    "rustorch_fn.scipy.interpolate": "Functions known on a grid.",
    "rustorch_fn.scipy.ndimage": "Images as samples.",
    "rustorch_fn.scipy.optimize": "Minima of functions of several variables.",
    "rustorch_fn.scipy.signal": "Signals: convolution, correlation, trends, spectra.",
    "rustorch_fn.scipy.sparse": "Systems whose matrix is known by what it does to vectors.",
    "rustorch_fn.scipy.sparse.linalg": "Linear systems solved by iteration.",
    "rustorch_fn.lax.linalg": "Factorisations and solves, by LAPACK.",
    "rustorch_fn.scipy.linalg": "Factorisations, systems, functions of matrices, matrices of known forms.",
    "rustorch_fn.scipy.special": "Special functions, each beside what it is held to.",
    "rustorch_fn.scipy.stats": "Distributions, ranks, densities from samples.",
    "rustorch_fn.scipy.stats.bernoulli": "One throw of a coin.",
    "rustorch_fn.scipy.stats.beta": "The beta distribution.",
    "rustorch_fn.scipy.stats.betabinom": "Successes of n trials, whose probability is drawn.",
    "rustorch_fn.scipy.stats.binom": "The number of successes of n trials.",
    "rustorch_fn.scipy.stats.cauchy": "The Cauchy distribution.",
    "rustorch_fn.scipy.stats.chi2": "The distribution of a sum of df squared normal variables.",
    "rustorch_fn.scipy.stats.dirichlet": "The Dirichlet distribution.",
    "rustorch_fn.scipy.stats.expon": "The exponential distribution.",
    "rustorch_fn.scipy.stats.gamma": "The gamma distribution.",
    "rustorch_fn.scipy.stats.gennorm": "The generalised normal distribution.",
    "rustorch_fn.scipy.stats.geom": "The number of trials until the first success.",
    "rustorch_fn.scipy.stats.gumbel_l": "Gumbel's distribution of least values.",
    "rustorch_fn.scipy.stats.gumbel_r": "Gumbel's distribution of greatest values.",
    "rustorch_fn.scipy.stats.laplace": "The Laplace distribution.",
    "rustorch_fn.scipy.stats.logistic": "The logistic distribution.",
    "rustorch_fn.scipy.stats.multinomial": "The numbers of successes of each kind in n trials.",
    "rustorch_fn.scipy.stats.multivariate_normal": "The normal distribution of vectors.",
    "rustorch_fn.scipy.stats.nbinom": "The number of failures before the n-th success.",
    "rustorch_fn.scipy.stats.norm": "The normal distribution.",
    "rustorch_fn.scipy.stats.pareto": "The Pareto distribution.",
    "rustorch_fn.scipy.stats.poisson": "The Poisson distribution.",
    "rustorch_fn.scipy.stats.t": "Student's distribution.",
    "rustorch_fn.scipy.stats.truncnorm": "The normal distribution cut off at a and b.",
    "rustorch_fn.scipy.stats.uniform": "The uniform distribution on [loc, loc + scale].",
    "rustorch_fn.scipy.stats.vonmises": "The von Mises distribution on the circle.",
    "rustorch_fn.scipy.stats.wrapcauchy": "The Cauchy distribution wrapped around the circle.",
    "rustorch_fn.random": "Keys, and draws that depend on nothing else.",
    "rustorch_fn.debug": "Looking into programs while they run.",
    "rustorch_fn.tree": "Nested containers of arrays.",
    "rustorch_fn.tree_util": "Nested containers of arrays, under JAX's older names.",
    "rustorch_fn.flatten_util": "A nested container of arrays as one vector.",
    "rustorch_fn.ops": "Reductions over segments.",
    "rustorch_fn.image": "Images made larger and smaller.",
    "rustorch_fn.dlpack": "Arrays of other libraries.",
    "rustorch_fn.test_util": "Derivatives held against differences.",
    "rustorch_fn.nn": "Modules, losses, and the functions they are made of.",
    "rustorch_fn.nn.init": "How parameters begin.",
    "rustorch_fn.nn.initializers": "How parameters begin, with JAX's names and order of axes.",
    "rustorch_fn.optim": "Optimisers and schedules.",
    "rustorch_fn.checkpoint_policies": "What checkpoint keeps.",
    "rustorch_fn.custom_derivatives": "Rules of derivatives, and the zeros that they may ask to see.",
    "rustorch_fn.compat": "Libraries written against JAX, on rustorch_fn.",
    "rustorch_fn.formats": "Arrays in files: the formats.",
    "rustorch_fn.formats.safetensors": "Nested dicts of arrays in safetensors files.",
    "rustorch_fn.data": "Data that comes with the package.",
    "rustorch_fn.typing": "Types for annotations.",
    "rustorch_fn.dtypes": "Types of elements.",
    "rustorch_fn.flags": "Settings from the environment.",
    "rustorch_fn.errors": "What can go wrong.",
}
ROOT = "rustorch_fn"
LARGE = 100  # names from which a page has sections


def module(name: str) -> Any:
    """A module of the list."""
    return importlib.import_module(name)


def names(name: str) -> list[str]:
    """The public names of a module: what it lists, else all that the package defines and no underscore hides."""
    place = module(name)
    listed = getattr(place, "__all__", None)
    found = listed if listed is not None else [n for n in vars(place) if not n.startswith("_") and ours(place, n)]
    return sorted(n for n in found if not isinstance(getattr(place, n), types.ModuleType) and n != "__version__")


def ours(place: Any, name: str) -> bool:
    """Whether a name of a module is more than something that it imported for its own use."""
    value = getattr(place, name)
    if isinstance(value, types.ModuleType):
        return False
    made = getattr(value, "__module__", None)
    if place.__name__.rpartition(".")[2] in ("numpy", "lax", "random"):  # catalogues: all that they import is meant
        return type(value).__module__ != "__future__"
    if made is None or not (inspect.isroutine(value) or inspect.isclass(value)):
        return name in assigned(place) and not isinstance(value, TypeVar)
    return bool(made == place.__name__)


def assigned(place: Any) -> set[str]:
    """The names that a module's own statements give."""
    found = set()
    for statement in ast.parse(inspect.getsource(place)).body:
        for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
            found |= {t.id for t in ast.walk(target) if isinstance(t, ast.Name)} if target is not None else set()
    return found


def public() -> Iterator[tuple[str, str, Any]]:
    """(module, name, object) of everything public."""
    for place in MODULES:
        for name in names(place):
            yield place, name, getattr(module(place), name)


def page_name(place: str) -> str:
    """The file of a module's page."""
    return place.replace(f"{ROOT}.", "").replace(".", "_") + ".rst"


def page(place: str) -> str:
    """The reference of one module, in reStructuredText."""
    title = place.replace(ROOT, "rt", 1)
    lines = [title, "=" * len(title), "", f".. py:module:: {place}", "", *escaped(inspect.getdoc(module(place)) or "")]
    lines.append("")
    for title, group in groups(place).items():
        lines += [title, "-" * len(title), ""] * bool(title)
        for name in group:
            lines += [*entry(place, name), ""]
    return "\n".join(lines)


def groups(place: str) -> dict[str, list[str]]:
    """The names of a large module under what their files say of themselves; those of a small one together."""
    if len(names(place)) < LARGE:
        return {"": names(place)}
    found: dict[str, list[str]] = {}
    for name in names(place):
        value = getattr(module(place), name)
        made = getattr(value, "__module__", None) or ""
        inside = made.startswith(f"{place}.") and (inspect.isroutine(value) or inspect.isclass(value))
        title = re.split(r"[.:;](?:\s|$)", inspect.getdoc(module(made)) or "")[0] if inside else "Others"
        found.setdefault(title, []).append(name)
    others = found.pop("Others", [])
    return {**dict(sorted(found.items())), **({"Others": others} if others else {})}


def entry(place: str, name: str) -> list[str]:
    """The lines that describe one name."""
    value = getattr(module(place), name)
    if foreign(value):
        return [
            f".. py:data:: {place}.{name}",
            "",
            f"   What {value.__module__.partition('.')[0]} calls ``{value.__name__}``.",
        ]
    if inspect.isclass(value):
        first = home(value)
        if first != (place, name):
            return [f".. py:data:: {place}.{name}", "", f"   The same as :py:class:`{'.'.join(first)}`."]
        raised = issubclass(value, Exception)
        if raised:
            return [f".. autoexception:: {place}.{name}"]
        inherited = ["   :inherited-members:"] * (value is Array)
        return [f".. autoclass:: {place}.{name}", "   :members:", *inherited]
    if inspect.isroutine(value):
        return [f".. autofunction:: {place}.{name}"]
    shown = repr(value)
    described = [f"   :value: {shown}"] if len(shown) < 60 and "\n" not in shown and " at 0x" not in shown else []
    lines = [f".. py:data:: {place}.{name}", *described, ""]
    return lines + [f"   {line}" for line in escaped(said(place, name))]


@cache
def homes() -> dict[int, tuple[str, str]]:
    """Where each class stands first; later names for it only point there."""
    found: dict[int, tuple[str, str]] = {}
    for place, name, value in public():
        if inspect.isclass(value) and (
            id(value) not in found or (value.__name__ == name and found[id(value)][0] == place)
        ):
            found[id(value)] = place, name
    return found


def home(value: type) -> tuple[str, str]:
    """The module and name under which the reference describes a class."""
    return homes()[id(value)]


def said(place: str, name: str) -> str:
    """The sentence below the assignment of a module's name, or its object's own."""
    body = ast.parse(inspect.getsource(module(place))).body
    for statement, after in pairwise(body):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if any(isinstance(t, ast.Name) and t.id == name for t in targets):
            if (
                isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                return inspect.cleandoc(after.value.value)
    value = getattr(module(place), name)
    return inspect.getdoc(value) or "" if type(value).__module__.startswith(ROOT) else ""


def index() -> str:
    """The reference's first page: all modules."""
    rows = [
        f"* :doc:`{place.replace(ROOT, 'rt', 1)} <{page_name(place)[:-4]}>`: {text}" for place, text in MODULES.items()
    ]
    tree = [".. toctree::", "   :hidden:", "", *(f"   {page_name(place)[:-4]}" for place in MODULES)]
    return "\n".join(["Reference", "=========", "", "Written from the docstrings.", "", *rows, "", *tree, ""])


def write(folder: Path) -> None:
    """All pages; a file that says the same already keeps its time, so that it is not read again."""
    folder.mkdir(exist_ok=True)
    pages = {"index.rst": index(), **{page_name(place): page(place) for place in MODULES}}
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in folder.glob("*.rst"):
        if path.name not in pages:
            path.unlink()


def escaped(doc: str) -> list[str]:
    """A docstring as reStructuredText: `code` in backticks, examples and indented lines as they stand."""
    out: list[str] = []
    blocks = re.split(r"\n\s*\n", doc)
    for block in blocks:
        lines = block.splitlines()
        if not lines:
            continue
        if lines[0].lstrip().startswith(">>>"):
            out += [*lines, ""]
        elif all(line.startswith("    ") for line in lines):
            out += ["::", "", *lines, ""]
        else:
            out += [*map(_plain, lines), ""]
    return out


def _plain(line: str) -> str:
    parts = re.split(r"(`+[^`]*`+)", line)
    return "".join(f"``{p.strip('`')}``" if p.startswith("`") else re.sub(r"([*|_\\])", r"\\\1", p) for p in parts)


# --- what every public name owes its reader ---

JAX = "the process that runs examples may hold JAX itself: tests/compat runs it in others"
WITHOUT_EXAMPLE = {
    "rustorch_fn.compat.StandIn": JAX,
    "rustorch_fn.compat.as_jax": JAX,
    "rustorch_fn.typing.HasDType": "an annotation",
    "rustorch_fn.typing.PyTree": "an annotation",
}


def faults(entries: Iterable[tuple[str, str, Any]], reasons: Mapping[str, str] = WITHOUT_EXAMPLE) -> list[str]:
    """What is missing: a sentence below a name, an example (errors have pages instead), or the need of a reason."""
    found, needless = [], dict(reasons)
    for place, name, value in entries:
        full = f"{place}.{name}"
        if not (inspect.isroutine(value) or inspect.isclass(value)) or foreign(value):
            continue
        doc = inspect.getdoc(value) or ""
        summary = doc.split("\n\n")[0].rstrip()
        if not summary or summary.startswith(name + "(") or summary[-1] not in ".:?…":
            found.append(f"{full} has no sentence that says what it does")
        raised = inspect.isclass(value) and issubclass(value, Exception)
        if not raised and ">>>" not in doc and not needless.pop(full, ""):
            found.append(f"{full} has no example")
        if inspect.isclass(value) and homes().get(id(value), (place, name)) == (place, name):
            found += [f"{full}.{member} has no sentence that says what it does" for member in silent(value)]
    return found + [f"{full} has an example, or is no more: its reason can go" for full in needless]


def silent(value: type) -> list[str]:
    """The public methods and properties that a class defines without a docstring."""
    own = {name: found for name, found in vars(value).items() if not name.startswith("_")}
    asked = {name: found for name, found in own.items() if isinstance(found, property) or inspect.isroutine(found)}
    return [name for name, found in asked.items() if not inspect.getdoc(getattr(found, "__func__", found))]


def foreign(value: Any) -> bool:
    """Whether a name stands for something of another package, which explains it."""
    return getattr(value, "__module__", "").partition(".")[0] in ("numpy", "ml_dtypes", "optree")


def unlisted() -> list[str]:
    """Public modules that the list above has forgotten."""
    offered = (getattr(module(place), name) for place in MODULES for name in getattr(module(place), "__all__", ()))
    inside = {m.__name__ for m in offered if isinstance(m, types.ModuleType) and m.__name__.startswith(ROOT)}
    return sorted(inside - set(MODULES))
