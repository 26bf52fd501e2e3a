"""Locks that stay sound where a process forks."""

from __future__ import annotations

import os
import threading
from typing import Any


def lock() -> Any:
    """A lock that a forked child finds free, and what it guards whole.

    The thread that forks takes it first, so no other one is inside of it at that moment. Locks are taken in the
    reverse order in which they were made: make those first that are waited for while others are held. It may be
    taken twice by one thread, as a signal handler or a destructor may compute too.
    """
    made = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=made.acquire, after_in_parent=made.release, after_in_child=made.release)
    return made
