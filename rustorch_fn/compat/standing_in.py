"""Modules named jax, jax.numpy … that hand out our functions, while a finder in `sys.meta_path` knows them."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from rustorch_fn import errors
from rustorch_fn.compat import table

__all__ = ["StandIn", "as_jax"]

JAX = "jax"


class Face(types.ModuleType):
    """A module of JAX's: its own few names first, then those of our modules, looked up when they are asked for."""

    __path__: list[str] = []  # noqa: RUF012 (the import system asks for a list, and nobody fills it)

    def __getattr__(self, name: str) -> Any:
        inner = f"{self.__name__}.{name}"
        if inner in table.MODULES:
            return importlib.import_module(inner)
        for source in table.MODULES[self.__name__]:
            found = _found(source, name)
            if found is not _nothing:
                setattr(self, name, found)
                return found
        if name.startswith("__"):  # Python asks modules for those, and minds no other words
            raise AttributeError(name)
        raise errors.MissingName(self.__name__, name, table.LATER.get(name, ""))

    def __dir__(self) -> list[str]:
        names = {n for source in table.MODULES[self.__name__] for n in _names(source) if hasattr(self, n)}
        inside = {m.rpartition(".")[2] for m in table.MODULES if m.rpartition(".")[0] == self.__name__}
        return sorted(names | inside)


_nothing = object()


def _place(source: str | Mapping[str, Any]) -> Any:
    """A module of ours by its name, where it is there; a table as it is."""
    return importlib.import_module(source) if isinstance(source, str) else source


def _names(source: str | Mapping[str, Any]) -> list[str]:
    place = _place(source)
    return list(place) if isinstance(place, Mapping) else list(place.__all__)


def _found(source: str | Mapping[str, Any], name: str) -> Any:
    """A name of a table or module: a module's own modules are not meant, as they have rows of their own."""
    place = _place(source)
    if isinstance(place, Mapping):
        return place.get(name, _nothing)
    found = getattr(place, name) if name in place.__all__ else _nothing
    return _nothing if isinstance(found, types.ModuleType) else found


class Finder(MetaPathFinder, Loader):
    """What `import jax…` asks while we stand in: it knows the table's modules and no others."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a module of the table."""
        return ModuleSpec(name, self, is_package=True) if name in table.MODULES else None

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """The module, empty yet."""
        first = table.MODULES[spec.name][-1]
        said = f"rustorch_fn in the place of {spec.name}" + (f": {first}." if isinstance(first, str) else ".")
        return Face(spec.name, said)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run: names are looked up when they are asked for."""


class StandIn:
    """What `as_jax` gives: `stop()`, or the end of a `with` block, lets `import jax` mean JAX again."""

    def __init__(self, finder: Finder | None) -> None:
        self._finder = finder

    @property
    def active(self) -> bool:
        """Whether `import jax` gives rustorch_fn by this call."""
        return self._finder in sys.meta_path

    def stop(self) -> None:
        """Let `import jax` mean JAX again; modules that were imported meanwhile keep what they have."""
        if self._finder is not None and self.active:
            sys.meta_path.remove(self._finder)
            for name in [name for name, module in sys.modules.items() if isinstance(module, Face)]:
                del sys.modules[name]

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def as_jax() -> StandIn:
    """From now on `import jax` gives rustorch_fn: until the end of the `with` block, or for the whole program.

    Call it before anything imports jax; if JAX itself is imported already, ForeignJax is raised. A second call changes
    nothing, and its end neither. Names that JAX has and we lack raise MissingName, an AttributeError.

        rt.compat.as_jax()

        import jax  # rustorch_fn
        import optax
    """
    known = sys.modules.get(JAX)
    if known is not None and not isinstance(known, Face):
        raise errors.ForeignJax()
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return StandIn(None)
    finder = Finder()
    sys.meta_path.insert(0, finder)
    return StandIn(finder)
