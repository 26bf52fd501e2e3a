"""Looking into programs while they run: printing, calling back, stopping, and checks that name the user's line.

>>> @rt.jit
... def f(x):
...     rt.debug.print("x is {}", x)
...     return x + 1
>>> f(1).item()
x is 1
2
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import logging
import string
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rustorch_fn import boundary, dtypes, errors, tree
from rustorch_fn.core.trace import setting
from rustorch_fn.lax.callbacks import debug_callback
from rustorch_fn.transform.jit import explains

__all__ = ["breakpoint", "callback", "keys", "nans", "print"]


def callback(
    callback: Callable[..., Any] | None = None,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    **kwargs: Any,
) -> Any:
    """Call callback(*args, **kwargs) for what it does, each time that a program comes here; its result is dropped.

    It receives arrays, in programs that jit compiled too, and what it raises is raised where the program was called.
    Under vmap it is called for each lane (with `ordered`, that is refused), under grad once. Programs run in order
    here, so `ordered` changes nothing else, and arrays live on one device, so `partitioned` changes nothing.
    Without `callback` it gives a decorator.

    >>> seen = []
    >>> rt.jit(lambda x: rt.debug.callback(seen.append, x))(7)
    >>> seen
    [Array(7, dtype=int32)]
    """
    if callback is None:
        return functools.partial(_decorated, ordered)
    debug_callback(callback, args, kwargs, ordered)
    return None


def _decorated(ordered: bool, fun: Callable[..., Any]) -> Callable[..., None]:
    """The function as one that calls back."""

    @functools.wraps(fun)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        debug_callback(fun, args, kwargs, ordered)

    return wrapped


class _Printer:
    """What prints a format: equal ones are equal, so that a program is compiled once."""

    def __init__(self, fmt: str, logged: bool) -> None:
        self.fmt, self.logged = fmt, logged

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        args, kwargs = tree.map(_plain, (args, kwargs))
        text = self.fmt.format(*args, **kwargs)
        if self.logged:
            logging.getLogger("rustorch_fn.debug").info(text)
        else:
            builtins.print(text)


def _plain(x: Any) -> Any:
    """An array as NumPy prints it; a key as it is."""
    return x if x.dtype is dtypes.key else np.asarray(x)


_printer = functools.lru_cache(1024)(_Printer)


def print(
    fmt: str | None = None,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    skip_format_check: bool = False,
    _use_logging: bool = False,
    **kwargs: Any,
) -> Any:
    """Print fmt.format(*args, **kwargs), with the values, each time that a program comes here. See `callback`.

    Raises BadArgument, while tracing, where the format and the arguments do not fit (but for `skip_format_check`).

    >>> rt.vmap(lambda x: rt.debug.print("{x:.1f}", x=x))(rt.numpy.array([1.0, 2.5]))
    1.0
    2.5
    """
    if fmt is None:
        return functools.partial(print, ordered=ordered, partitioned=partitioned)
    if not isinstance(fmt, str):
        raise errors.BadType("debug.print", "fmt", fmt, "A text such as 'x is {x}'")
    if not skip_format_check:
        _check_format(fmt, args, kwargs)
    debug_callback(_printer(fmt, _use_logging), args, kwargs, ordered)
    return None


def _check_format(fmt: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise where a format asks for what is not given, or leaves out what is."""
    wanted: list[str] = []
    for _, field, _, _ in string.Formatter().parse(fmt):
        if field is not None:
            name = field.split(".")[0].split("[")[0]
            wanted.append(name or str(len(wanted)))
    given = {*map(str, range(len(args))), *kwargs}
    for name in wanted:
        if name not in given:
            raise errors.BadArgument("debug.print", "fmt", fmt, f"An argument for {{{name}}} of the format,")
    unused = sorted(given - set(wanted))
    if unused:
        raise errors.BadArgument("debug.print", "fmt", fmt, f"A place in the format for {', '.join(unused)}")


def keys(enable: bool = True) -> setting:
    """`with rt.debug.keys():` makes it an error to use a random key twice. RT_KEYS=1 does so everywhere.

    Raises KeyReuse, which names the line of the first use, inside of the block.

    >>> key = rt.random.key(0)
    >>> with rt.debug.keys():
    ...     x = rt.random.normal(key)
    ...     y = rt.random.normal(key)
    Traceback (most recent call last):
    rustorch_fn.errors.KeyReuse: normal: this key was already used at ...
    """
    return setting(check_keys=enable)


def nans(enable: bool = True) -> setting:
    """`with rt.debug.nans():` makes it an error to compute a nan, which names op, line and operands.

    A compiled program whose result holds one is run again, op by op, to find where it came from. Also `debug_nans`.

    >>> with rt.debug.nans():
    ...     rt.numpy.log(-1.0)
    Traceback (most recent call last):
    rustorch_fn.errors.NotFinite: log gave nan ...
    """
    return setting(check_nans=enable)


def debug_nans(new_val: bool = True) -> setting:
    """`with rt.debug_nans():` makes it an error to compute a nan; `rt.debug.nans` under JAX's name.

    >>> with rt.debug_nans(True):
    ...     rt.jit(rt.numpy.sqrt)(-1.0)
    Traceback (most recent call last):
    rustorch_fn.errors.NotFinite: sqrt gave nan for -1.0: ...
    """
    return setting(check_nans=new_val)


def debug_infs(new_val: bool = True) -> setting:
    """`with rt.debug_infs():` makes it an error to compute an infinity, which names op, line and operands.

    >>> with rt.debug_infs():
    ...     rt.numpy.array(1.0) / 0.0
    Traceback (most recent call last):
    rustorch_fn.errors.NotFinite: div gave inf for 1.0, 0.0: ...
    """
    return setting(check_infs=new_val)


def disable_jit(disable: bool = True) -> setting:
    """`with rt.disable_jit():` runs jitted functions as they are written, and loops and branches of rt.lax in Python.

    All values can be printed and stepped through then; what vmap maps stays abstract.

    >>> with rt.disable_jit():
    ...     rt.jit(lambda x: float(x) + 1)(1)
    2.0
    """
    return setting(disable_jit=disable)


@contextlib.contextmanager
def explain_cache_misses(new_val: bool = True) -> Iterator[None]:
    """`with rt.explain_cache_misses():` logs why a call of a jitted function traces, as warnings of rustorch_fn.jit.

    >>> with rt.explain_cache_misses():
    ...     rt.jit(lambda x: x + 1)(1).item()
    2
    """
    token = explains.set(new_val)
    try:
        yield
    finally:
        explains.reset(token)


def breakpoint(
    *,
    backend: str | None = None,
    filter_frames: bool = True,
    num_frames: int | None = None,
    ordered: bool = False,
    token: Any = None,
    **kwargs: Any,
) -> None:
    """Stop each time that a program comes here, and read commands: `p expression` prints, `c` goes on, `q` ends.

    Expressions know the arrays, numbers and containers of them in the function that called breakpoint, with the
    values that they have now, in compiled programs too, and in up to `num_frames` of its callers (`u` goes to the
    caller, `d` back). `kwargs` are stdin and stdout, where they are others. `q` raises KeyboardInterrupt.

    >>> import io
    >>> out = io.StringIO()
    >>> def f(x):
    ...     rt.debug.breakpoint(stdin=io.StringIO("p x + 1"), stdout=out)
    ...     return x
    >>> rt.jit(f)(1).item(), "Array(2, dtype=int32)" in out.getvalue()
    (1, True)
    """
    if backend not in (None, "cli"):
        raise errors.BadArgument("debug.breakpoint", "backend", backend, "None or 'cli'")
    from rustorch_fn.debugger import frames, stop

    known, values = frames(sys._getframe(1), num_frames, filter_frames)
    debug_callback(functools.partial(stop, known, kwargs), values, {}, ordered)


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
