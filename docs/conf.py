"""How the docs are built: `sphinx-build -W --keep-going docs docs/_build`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import surface  # noqa: E402

import rustorch_fn  # noqa: E402

project = "rustorch_fn"
version = release = rustorch_fn.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {name: name for name in ("ArrayLike", "Axis", "DTypeLike", "Shape")}  # as they are written
autodoc_preserve_defaults = True  # as written, not as they are on this machine
python_maximum_signature_line_length = 100
suppress_warnings = ["config.cache"]


def as_text(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain sentences with `code`; Sphinx wants its own marks."""
    lines[:] = surface.escaped("\n".join(lines))


def with_aliases(
    app: Any, what: str, name: str, value: Any, options: Any, signature: str | None, result: str | None
) -> tuple[str | None, ...]:
    """Signatures with the names of aliases inside of unions too, which Sphinx wraps."""
    return tuple(text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text) for text in (signature, result))


def setup(app: Any) -> None:
    surface.write(HERE / "reference")
    (HERE / "reference" / "flags.inc").write_text(rustorch_fn.flags.table(), encoding="utf-8")
    app.connect("autodoc-process-docstring", as_text)
    app.connect("autodoc-process-signature", with_aliases)
