"""A progress bar: the notebook's own where one is shown and can be, else the terminal's."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def in_notebook() -> bool:
    """Whether we run in a notebook that can show widgets: a kernel, with ipywidgets installed."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or "IPKernelApp" not in getattr(shell, "config", {}):
        return False
    try:
        import ipywidgets  # noqa: F401  (tqdm needs it, and warns where it is missing)
    except ImportError:
        return False
    return True


def bar(iterable: Iterable[Any] | None = None, **options: Any) -> Any:
    """tqdm's bar over an iterable, or over `total` steps: it takes tqdm's options, such as `unit` and `disable`.

    >>> sum(bar(range(4), disable=True))
    6
    """
    if in_notebook():
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    return tqdm(iterable, **options)
