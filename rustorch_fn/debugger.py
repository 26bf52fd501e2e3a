"""What debug.breakpoint does when a program comes to it: a prompt over the frames that were there while tracing."""

from __future__ import annotations

import cmd
import linecache
import traceback
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import errors, tree
from rustorch_fn.core.array import Value


class Frame(NamedTuple):
    """A function of the user's: where it was, and its variables, with None where a leaf is a value of the program."""

    filename: str
    line: int
    name: str
    plain: dict[str, Any]
    traced: Any


def frames(innermost: FrameType | None, count: int | None, user_only: bool) -> tuple[list[Frame], list[Any]]:
    """The frames from the innermost on, and those of their variables that are operands of the program."""
    found: list[Frame] = []
    values: list[Any] = []
    frame = innermost
    while frame is not None and (count is None or len(found) < count):
        code = frame.f_code
        if not user_only or errors.user_frame_of(code.co_filename):
            mine = {k: v for k, v in frame.f_locals.items() if _holds_values(v)}
            leaves, treedef = tree.flatten(mine)
            plain = {k: v for k, v in {**frame.f_globals, **frame.f_locals}.items() if k not in mine}
            found.append(Frame(code.co_filename, frame.f_lineno, code.co_name, plain, treedef))
            values += leaves
        frame = frame.f_back
    return found, values


def _holds_values(x: Any) -> bool:
    """Whether something is an array, or a container of arrays and numbers."""
    leaves = tree.leaves(x)
    known = all(isinstance(leaf, Value | np.ndarray | np.generic | int | float) for leaf in leaves)
    return known and any(isinstance(leaf, Value) for leaf in leaves)


def stop(found: list[Frame], streams: dict[str, Any], *values: Any) -> None:
    """Read commands until one goes on."""
    rest, scopes = list(values), []
    for frame in found:
        n = frame.traced.num_leaves
        scopes.append({**frame.plain, **tree.unflatten(frame.traced, rest[:n])})
        rest = rest[n:]
    Prompt(found, scopes, streams).cmdloop()


class Prompt(cmd.Cmd):
    """The commands, as pdb has them."""

    prompt = "(rtdb) "

    def __init__(self, found: list[Frame], scopes: list[dict[str, Any]], streams: dict[str, Any]) -> None:
        super().__init__(stdin=streams.get("stdin"), stdout=streams.get("stdout"))
        # only a terminal has lines to edit
        self.use_rawinput = "stdin" not in streams
        self.found, self.scopes, self.at = found, scopes, 0

    def preloop(self) -> None:
        self.do_w("")

    def say(self, text: object) -> None:
        self.stdout.write(f"{text}\n")

    def do_p(self, line: str) -> None:
        """p expression: print its value."""
        try:
            self.say(repr(eval(line, dict(self.scopes[self.at]))))
        except Exception as error:
            self.say("".join(traceback.format_exception_only(error)).rstrip())

    do_pp = do_p

    def do_w(self, _: str) -> None:
        """w: the frame that is looked at."""
        frame = self.found[self.at]
        self.say(f"> {frame.filename}({frame.line}){frame.name}()")
        self.say(f"-> {linecache.getline(frame.filename, frame.line).strip()}")

    def do_l(self, _: str) -> None:
        """l: the lines around."""
        frame = self.found[self.at]
        for n in range(max(1, frame.line - 5), frame.line + 6):
            text = linecache.getline(frame.filename, n).rstrip()
            if text:
                self.say(f"{'->' if n == frame.line else '  '} {n} {text}")

    def do_a(self, _: str) -> None:
        """a: the names of the variables that are values of the program."""
        frame = self.found[self.at]
        self.say(", ".join(sorted(self.scopes[self.at].keys() - frame.plain.keys())))

    def do_u(self, _: str) -> None:
        """u: go to the caller."""
        self.at = min(self.at + 1, len(self.found) - 1)
        self.do_w("")

    def do_d(self, _: str) -> None:
        """d: go back to what was called."""
        self.at = max(self.at - 1, 0)
        self.do_w("")

    def do_c(self, _: str) -> bool:
        """c: go on."""
        return True

    do_EOF = do_c

    def do_q(self, _: str) -> None:
        """q: end the program."""
        raise KeyboardInterrupt

    # pdb's longer names
    do_up, do_down, do_list, do_args, do_where, do_bt = do_u, do_d, do_l, do_a, do_w, do_w
    do_continue, do_cont, do_quit, do_exit = do_c, do_c, do_q, do_q

    def default(self, line: str) -> None:
        self.do_p(line)

    def emptyline(self) -> bool:
        return False
