"""NumPy's warnings of overflow, division by zero and the like: off for the length of one operation, and cheaply.

`np.errstate` takes longer than the addition of two small arrays. It sets a context variable; that variable and the
value that stands for silence are found here by looking at what it changes.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np


def _found() -> tuple[Callable[[], Any], Callable[[Any], object]]:
    before = dict(contextvars.copy_context())
    with np.errstate(all="ignore"):
        changed = [(v, x) for v, x in contextvars.copy_context().items() if before.get(v) is not x]
    if len(changed) != 1:
        return lambda: np.seterr(all="ignore"), lambda old: np.seterr(**old)
    ((variable, silence),) = changed
    return lambda: variable.set(silence), variable.reset


# `token = off()` before, `back(token)` afterwards, whatever happens between
off, back = _found()
