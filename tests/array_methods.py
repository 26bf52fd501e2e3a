"""Write rustorch_fn/core/methods.py, as `python tests/array_methods.py`; a test compares them."""

from __future__ import annotations

import inspect
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rustorch_fn.core.array import Value
from rustorch_fn.numpy import indexing, methods

PLACE = Path(__file__).parents[1] / "rustorch_fn" / "core" / "methods.py"

HEAD = '''"""What type checkers and editors know of the operators and methods that rooms above give to arrays.

Nothing here runs. `python tests/array_methods.py` writes this file from rustorch_fn/numpy/methods.py.
"""

# mypy: disable-error-code="empty-body, misc"
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from rustorch_fn.core.array import Array, Device
from rustorch_fn.core.typing import ArrayLike, Axis, DTypeLike, Shape


class Methods:
    """The operators and methods of arrays."""

    __slots__ = ()

'''
BOTH = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
COMPARISONS = ("lt", "le", "gt", "ge")
PREFIXES = ("neg", "pos", "abs", "invert")


def operators() -> Iterator[str]:
    """The lines of all operators."""
    for name in BOTH:
        yield f"def __{name}__(self, other: ArrayLike, /) -> Array: ..."
        yield f"def __r{name}__(self, other: ArrayLike, /) -> Array: ..."
    for name in ("divmod", "rdivmod"):
        yield f"def __{name}__(self, other: ArrayLike, /) -> tuple[Array, Array]: ..."
    for name in COMPARISONS:
        yield f"def __{name}__(self, other: ArrayLike, /) -> Array: ..."
    # lists and None compare as objects do, so anything may stand there
    for name in ("eq", "ne"):
        yield f"def __{name}__(self, other: object, /) -> Array: ..."
    for name in PREFIXES:
        yield f"def __{name}__(self) -> Array: ..."


def signature(function: Callable[..., Any]) -> str:
    """A method's signature as text: the array itself is `self`."""
    shown = inspect.signature(function)
    first, *rest = shown.parameters.values()
    first = first.replace(name="self", annotation=inspect.Parameter.empty)
    for k, p in enumerate(rest):
        # a default that is no plain value is shown as what it is not needed to be
        plain = p.default is p.empty or isinstance(p.default, int | float | str | tuple | None)
        rest[k] = p if plain else p.replace(default=...)
    return str(shown.replace(parameters=[first, *rest])).replace("'", "").replace("~", "")


def quoted(function: Callable[..., Any]) -> str:
    """The signature, with the quotes of text that stands as a default."""
    shown = inspect.signature(function)
    text = signature(function)
    for p in shown.parameters.values():
        if isinstance(p.default, str):
            text = text.replace(f" = {p.default}", f' = "{p.default}"')
    return text


def described(function: Callable[..., Any]) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(function) or "").split("\n")[0]


def method(name: str, function: Any) -> list[str]:
    """The lines of one method or property."""
    if isinstance(function, property):
        kind = "At" if name == "at" else "Array"
        return [
            "@property",
            f"def {name}(self) -> {kind}:",
            f'    """{function.__doc__}"""',
            "    ...",
        ]
    return [f"def {name}{quoted(function)}:", f'    """{described(function)}"""', "    ..."]


def helper(cls: type, title: str) -> Iterator[str]:
    """The lines of a class that a property gives."""
    yield f"class {title}(Protocol):"
    yield f'    """{described(cls)}"""'
    yield ""
    for name, function in vars(cls).items():
        if inspect.isfunction(function) and (name == "__getitem__" or not name.startswith("_")):
            yield f"    def {name}{quoted(function)}:"
            if function.__doc__:
                yield f'        """{described(function)}"""'
            yield "        ..."
            yield ""


def text() -> str:
    """The whole file, as the formatter leaves it."""
    lines = [*operators()]
    for name in (*methods.METHODS, "at"):
        lines += method(name, inspect.getattr_static(Value, name))
        lines.append("")
    body = HEAD + "\n".join("    " + line if line else "" for line in lines)
    body += "\n\n" + "\n".join(helper(indexing.At, "At")) + "\n\n" + "\n".join(helper(indexing.Place, "Place"))
    done = subprocess.run(
        ["ruff", "format", "--stdin-filename", PLACE, "-"], input=body, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
