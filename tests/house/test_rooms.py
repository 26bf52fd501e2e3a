"""Imports go downward only: who may know whom, read from the source with imports inside functions too."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "rustorch_fn"
NAME = PACKAGE.name

BASE = {"errors", "flags", "tree", "dtypes", "version", "boundary", "blame", "rich"}
# the rooms that users write in; "" is the front page
PUBLIC = {
    "lax",
    "numpy",
    "random",
    "nn",
    "optim",
    "data",
    "device",
    "formats",
    "flatten_util",
    "scipy",
    "test_util",
    "typing",
    "progress",
    "",
}
USER_ROOMS = (
    *("numpy", "random", "nn", "optim", "formats", "scipy", "train", "demo", "compat"),
    *("dlpack", "flatten_util", "image", "ops"),
)
MAY_IMPORT = {
    "errors": set(),
    "version": {"errors"},
    "rich": set(),
    "progress": set(),
    "flags": {"errors"},
    "blame": {"errors", "dtypes"},
    "boundary": {"errors", "flags", "blame"},
    "tree": {"errors"},
    "dtypes": {"errors"},
    "core": BASE,
    "kernel": BASE | {"core.aval", "core.ir"},  # lowering reads Funcs; nothing else of core
    "transform": BASE | {"core"},
    "lax": BASE | {"core", "transform", "kernel.expr", "kernel.math"},
    "target": BASE | {"core", "kernel"},
    "data": BASE,
    "tree_util": BASE,
    **dict.fromkeys(
        ("device", "facts", "checkpoint_policies", "custom_derivatives", "typing"), BASE | {"core", "transform"}
    ),  # pages of the public face
    "test_util": BASE | PUBLIC | {"transform"},
    "debug": BASE | {"core", "transform", "lax", "debugger"},
    "debugger": BASE | {"core"},
    **dict.fromkeys(USER_ROOMS, BASE | PUBLIC),
}


def modules(package):
    """Each source file with its dotted name below the package."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        yield path, parts[:-1] if parts[-1] == "__init__" else parts


def imports(path, parts):
    """Pairs of line and absolute dotted name of everything that a file imports, at the top or inside functions."""
    here = (NAME, *parts)
    top = here if path.name == "__init__.py" else here[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = top[: len(top) - node.level + 1] if node.level else ()
            source = ".".join((*base, *filter(None, (node.module,))))
            for alias in node.names:
                yield node, f"{source}.{alias.name}"


def allowed(room, target):
    """Whether code in `room` may import `target`, a dotted name below the package."""
    if target.split(".")[0] == room:
        return True
    rooms = MAY_IMPORT[room]
    steps = target.split(".")
    front = "" in rooms and len(steps) == 1 and target not in MAY_IMPORT
    return front or any(".".join(steps[:n]) in rooms for n in range(1, len(steps) + 1))


def rooms(package):
    """Every import that goes the wrong way, as sentences."""
    found = []
    for path, parts in modules(package):
        room = parts[0] if parts else ""
        if room in ("", "__main__"):
            continue
        if room not in MAY_IMPORT:
            found.append(f"{room} is no known room: say in MAY_IMPORT whom it may know")
            continue
        for node, name in imports(path, parts):
            if name.split(".")[0] == NAME and not allowed(room, name.removeprefix(NAME).strip(".")):
                found.append(f"{'.'.join(parts)}:{node.lineno} → {name.removeprefix(NAME).strip('.')}")
    return found


def test_imports_go_downward():
    assert rooms(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "line", "says"),
    [
        ("core/x.py", "import rustorch_fn.lax", "core.x:1 → lax"),
        ("core/x.py", "from ..lax import add", "core.x:1 → lax.add"),
        ("core/x.py", "def f():\n    from .. import lax", "core.x:2 → lax"),
        ("core/__init__.py", "from ..transform import grad", "core:1 → transform.grad"),
        ("kernel/x.py", "from ..core.array import Array", "kernel.x:1 → core.array.Array"),
        ("lax/x.py", "from ..kernel.lower import lower", "lax.x:1 → kernel.lower.lower"),
        ("nn/x.py", "from ..core.array import Array", "nn.x:1 → core.array.Array"),
        ("nn/x.py", "from .. import core", "nn.x:1 → core"),
        ("attic/x.py", "import os", "attic is no known room: say in MAY_IMPORT whom it may know"),
    ],
)
def test_a_planted_import_is_found(tmp_path, file, line, says):
    path = tmp_path / NAME / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert rooms(tmp_path / NAME) == [says]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("kernel/x.py", "from ..core.aval import Aval\nfrom .. import errors\nfrom .expr import load"),
        ("lax/x.py", "from ..kernel.expr import load\nfrom ..kernel import math as K\nimport numpy"),
        ("nn/x.py", "from .. import grad, jit\nimport rustorch_fn as rt\nfrom ..numpy import sum"),
    ],
)
def test_an_honest_import_passes(tmp_path, file, line):
    path = tmp_path / NAME / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert rooms(tmp_path / NAME) == []
