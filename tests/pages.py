"""Running the snippets of a Markdown page, one after the other, and comparing what they print with what it shows."""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import linecache
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```([^`\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ERROR = re.compile(r"[A-Z]\w+: ")  # how the last line of an output that ends with an error begins
FLAGS = doctest.ELLIPSIS
SAME = doctest.OutputChecker()


@dataclass(frozen=True)
class Snippet:
    """A block of Python, and the block of text after it, if one shows what it prints."""

    source: str
    line: int
    shown: str | None
    span: tuple[int, int]  # where the shown text lies in the page


def snippets(page: str) -> list[Snippet]:
    """The Python blocks of a page; a text block that follows at once is the output of the one before it."""
    blocks = list(FENCE.finditer(page))
    out = []
    for k, block in enumerate(blocks):
        if block[1] != "python":
            continue
        after = blocks[k + 1] if k + 1 < len(blocks) else None
        follows = after is not None and after[1] == "text" and not page[block.end() : after.start()].strip()
        shown, span = (after[2], after.span(2)) if follows and after is not None else (None, (0, 0))
        out.append(Snippet(block[2], page.count("\n", 0, block.start()) + 2, shown, span))
    return out


class Wrong(AssertionError):
    """A page that shows something else than what happens."""


def run(path: Path, page: str) -> str:
    """Run a page; gives it back with the outputs that it should show. Raises Wrong where it cannot be run."""
    scope: dict[str, Any] = {"__name__": path.stem}
    changes = []
    for snippet in snippets(page):
        where = f"{path.name}, line {snippet.line}"
        if snippet.source.startswith(">>>"):
            example(snippet.source, scope, where)
            continue
        said = output(snippet, scope, f"{path.stem}.py", where)
        if snippet.shown is not None and not SAME.check_output(snippet.shown, said, FLAGS):
            changes.append((snippet.span, said))
    for (start, stop), said in reversed(changes):
        page = page[:start] + said + page[stop:]
    return page


def output(snippet: Snippet, scope: dict[str, Any], name: str, where: str) -> str:
    """What a block prints; an error counts as its last line where the page shows one."""
    linecache.cache[name] = (len(snippet.source), None, snippet.source.splitlines(True), name)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(compile(ast.parse(snippet.source), name, "exec", dont_inherit=True), scope)
    except Exception as error:
        if snippet.shown is None or (snippet.shown and not ERROR.match(snippet.shown.splitlines()[-1])):
            raise Wrong(f"{where}: {type(error).__name__}: {error}") from error
        said.write(f"{type(error).__name__}: {error}\n")
    return said.getvalue()


def example(source: str, scope: dict[str, Any], where: str) -> None:
    """A block that shows a session at the prompt."""
    test = doctest.DocTestParser().get_doctest(source, {}, where, where, 0)
    test.globs = scope
    said = io.StringIO()
    results = doctest.DocTestRunner(verbose=False, optionflags=FLAGS).run(test, out=said.write, clear_globs=False)
    if results.failed:
        raise Wrong(f"{where}:\n{said.getvalue()}")
