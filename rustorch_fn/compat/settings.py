"""`jax.config`: the options that mean something here, each with the values that can be honoured."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from rustorch_fn import errors
from rustorch_fn.device import compile_listeners

_log = logging.getLogger("jax")


class Option(NamedTuple):
    """How an option begins, and the values that it takes."""

    begins: Any
    takes: tuple[Any, ...]


# 64 bits are always honoured where they are asked for, so that switch is remembered and changes nothing
OPTIONS: dict[str, Option] = {
    "jax_check_tracer_leaks": Option(False, (False, True)),  # leaks are always found
    "jax_enable_checks": Option(False, (False, True)),
    "jax_enable_x64": Option(False, (False, True)),
    "jax_log_compiles": Option(False, (False, True)),
    "jax_numpy_dtype_promotion": Option("standard", ("standard",)),
    "jax_numpy_rank_promotion": Option("allow", ("allow",)),
    "jax_platforms": Option("cpu", ("cpu", "", None)),
    "jax_threefry_partitionable": Option(True, (True,)),
    "jax_traceback_filtering": Option("auto", ("auto", "off", "tracebackhide", "remove_frames", "quiet_remove_frames")),
}


class Config:
    """The settings of `jax.config`, as attributes: the options that mean something here.

    >>> rt.compat.config.update("jax_enable_x64", False)
    >>> rt.compat.config.jax_enable_x64
    False
    """

    def __init__(self) -> None:
        self._values = {name: option.begins for name, option in OPTIONS.items()}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"jax.config on rustorch_fn has no option {name!r}; it has {', '.join(OPTIONS)}")
        return self._values[name]

    def read(self, name: str) -> Any:
        """The value of an option."""
        return getattr(self, name)

    def update(self, name: str, value: Any) -> None:
        """Give an option another value; a BadArgument says which values can be honoured."""
        if name not in OPTIONS:
            raise errors.MissingName("jax.config", name, f"It has {', '.join(OPTIONS)}.")
        if value not in OPTIONS[name].takes:
            works = " or ".join(map(repr, OPTIONS[name].takes))
            raise errors.BadArgument("jax.config.update", name, value, works)
        self._values[name] = value
        if name == "jax_log_compiles":
            (compile_listeners.add if value else compile_listeners.discard)(_say)


def _say(equations: int, seconds: float) -> None:
    """What is logged of a compilation, in words that begin as JAX's do."""
    _log.warning("Finished rustorch_fn compilation of a program of %d equations in %.6f sec", equations, seconds)


config = Config()


@contextmanager
def _during(name: str, value: Any) -> Iterator[None]:
    before = config.read(name)
    config.update(name, value)
    try:
        yield
    finally:
        config.update(name, before)


def log_compiles(value: bool = True) -> Any:
    """`with jax.log_compiles():` each compilation is logged by the logger "jax"."""
    return _during("jax_log_compiles", bool(value))


def enable_x64(value: bool = True) -> Any:
    """`with jax.enable_x64(True):` changes what the switch says, and nothing else: 64 bits are always honoured."""
    return _during("jax_enable_x64", bool(value))
