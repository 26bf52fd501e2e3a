"""What stays sound where a process forks while other threads of it compute.

Before a fork, the thread that forks takes every lock that is made here, so that nobody is inside of one at that
moment; afterwards parent and child find them free, and what they guard whole. They are taken in the reverse order in
which they were made: make those first that are waited for while others are held.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from .. import tree

Hooks: TypeAlias = tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]

_all: list[Hooks] = []
_passed: list[Hooks] = []  # those that the fork at hand has gone through
# a child would wait forever for a module that another thread was importing; it is the first to be taken, since
# imports make further locks
_importing = threading.RLock()


def around(before: Callable[[], Any], in_parent: Callable[[], Any], in_child: Callable[[], Any]) -> None:
    """Call these around each fork; the first is called before all that stand here already."""
    _all.append((before, in_parent, in_child))


# the last to be waited for: who visits may want any of the locks below
around(tree.hold, tree.let_go, partial(tree.let_go, alone=True))


def lock() -> Any:
    """A lock that a forked child finds free. One thread may take it twice, as signal handlers compute too."""
    made = threading.RLock()
    around(made.acquire, made.release, made.release)
    return made


def module(name: str) -> Any:
    """A module of ours that is imported when it is first needed, in whichever thread that is."""
    with _importing:
        return importlib.import_module(name)


def _before() -> None:
    _importing.acquire()
    _passed[:] = reversed(_all)
    for before, _, _ in _passed:
        before()


def _in_parent() -> None:
    for _, in_parent, _ in reversed(_passed):
        in_parent()
    _importing.release()


def _in_child() -> None:
    for _, _, in_child in reversed(_passed):
        in_child()
    _importing.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
