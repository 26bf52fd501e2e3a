"""A progress bar: the notebook's own where one is shown and can be, else the terminal's."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from typing import Any


def in_notebook() -> bool:
    """Whether we run in a notebook that can show widgets: a kernel, with ipywidgets installed."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel = shell is not None and "IPKernelApp" in getattr(shell, "config", {})
    return kernel and importlib.util.find_spec("ipywidgets") is not None


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
