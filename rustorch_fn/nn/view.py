"""How a module sees its parameters: a read-only view of nested dicts, with attributes and with paths for errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rustorch_fn import tree
from rustorch_fn.errors import BadType, ImmutableModule, MissingParam, ShapeError

if TYPE_CHECKING:
    from rustorch_fn.nn.module import Module


class View:
    """The parameters (or the state) of one module: `p.weight` is an array, `p.fc1` the view of a sub-module.

    `p["fc1"]` and `p[0]` say the same for names that are no attributes. Iterating gives the views of the sub-modules
    in their order. A view is a pytree, so it passes through scan, vmap and checkpoint like the dict that it shows.

    >>> params, _ = rt.nn.Linear(2, 3).init(rt.random.key(0))
    >>> rt.nn.View(params, rt.nn.Linear(2, 3), "fc").weight.shape
    (3, 2)
    """

    __slots__ = ("_data", "_module", "_path")

    def __init__(self, data: Any, module: Module, path: str) -> None:
        if not isinstance(data, Mapping):
            works = f"A nested dict, such as init of {module._title} gives,"
            raise BadType(module._title, path, data, works)
        object.__setattr__(self, "_data", data)
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_path", path)

    def __getitem__(self, name: str | int) -> Any:
        name = str(name)
        path = f"{self._path}.{name}"
        child = self._module.children().get(name)
        if child is not None:
            return View(self._data.get(name, {}), child, path)
        if name not in self._data:
            raise self._missing(name, path)
        value = self._data[name]
        self._check_shape(name, value, path)
        return value

    def _missing(self, name: str, path: str) -> MissingParam:
        specs = self._module._own_specs(self._path)
        here = ", ".join(self._data) or "nothing"
        if name in specs:
            hint = "init(key) makes all of them; load_state_dict says what a file lacks."
            return MissingParam(
                f"{path} is missing", got=f"{self._module._title} needs it · {here} is there", hint=hint
            )
        near = difflib.get_close_matches(name, [*specs, *self._module.children(), *self._data], 1)
        hint = f"Did you mean {near[0]!r}?" if near else "Fields of the module itself are read from self."
        return MissingParam(f"{self._module._title} has no {path}", got=f"{here} is there", hint=hint)

    def _check_shape(self, name: str, value: Any, path: str) -> None:
        spec = self._module._own_specs(self._path).get(name)
        if spec is None or None in spec.shape or not hasattr(value, "shape"):
            return
        if tuple(value.shape) != spec.shape:
            got = f"{tuple(value.shape)} where {spec.shape} is needed"
            hint = (
                "Under vmap give params an in_axes of 0 where they are stacked." if value.ndim > len(spec.shape) else ""
            )
            raise ShapeError(f"{path} of {self._module._title}", got=got, hint=hint)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise ImmutableModule(f"{self._path}.{name} = …: a view is for reading", hint=_RETURN)

    __setitem__ = __setattr__

    def __iter__(self) -> Iterator[Any]:
        return (self[name] for name in self._module.children())

    def __len__(self) -> int:
        return len(self._module.children())

    def __contains__(self, name: object) -> bool:
        return str(name) in self._data or str(name) in self._module.children()

    def __or__(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The dict below with some entries replaced: `return y, s | {"bn": s_bn}`."""
        return {**self._data, **changes}

    def __repr__(self) -> str:
        return f"{self._path}: {', '.join(self._data) or 'nothing'}"


_RETURN = "New parameters come from apply_updates; new state is what forward returns beside its result."


def plain(state: Any) -> Any:
    """State as nested dicts: views opened, empty parts left out."""
    if isinstance(state, View):
        state = state._data
    if not isinstance(state, Mapping):
        return state
    opened = {name: plain(part) for name, part in state.items()}
    return {name: part for name, part in opened.items() if not (isinstance(part, dict) and not part)}


def _rebuild(meta: tuple[Module, str], children: Any) -> View:
    (data,) = children
    return View(data, *meta)


tree.register_pytree_node(View, lambda view: ((view._data,), (view._module, view._path)), _rebuild)
