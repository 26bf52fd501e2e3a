"""Find the hand-written foreign sources that travel with the package as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def kernel_source(name: str) -> str:
    """The text of `kernels/<name>`: inside an installed package, or beside it in a checkout."""
    for folder in (_PACKAGE / "_kernels", _PACKAGE.parent / "kernels"):
        file = folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise FileNotFoundError(f"the packaged source {name} is neither in {_PACKAGE}/_kernels nor beside the package")


def filled(name: str, **words: object) -> str:
    """A source whose `{word}` placeholders are replaced; other braces stay as they are."""
    text = kernel_source(name)
    for word, value in words.items():
        text = text.replace("{" + word + "}", str(value))
    return text
