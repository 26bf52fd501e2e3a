"""PyTorch's names for parameters: the keys of nested dicts, joined by dots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rustorch_fn.errors import BadArgument


def flatten_names(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one dict, their keys joined by dots.

    >>> rt.nn.flatten_names({"fc": {"weight": 1, "bias": 2}})
    {'fc.weight': 1, 'fc.bias': 2}
    """
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        flat.update(flatten_names(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value})
    return flat


def unflatten_names(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Nested dicts from one dict whose keys are joined by dots.

    >>> rt.nn.unflatten_names({"fc.weight": 1, "fc.bias": 2})
    {'fc': {'weight': 1, 'bias': 2}}
    """
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        *parents, name = path.split(".")
        part = nested
        for parent in parents:
            part = part.setdefault(parent, {})
            if not isinstance(part, dict):
                break
        if not isinstance(part, dict) or name in part:
            works = "Names where none begins with another and a dot"
            raise BadArgument("nn.unflatten_names", "a name", path, works)
        part[name] = value
    return nested


def state_dict(params: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Parameters and state as one flat dict under PyTorch's names.

    >>> sorted(rt.nn.state_dict({"fc": {"weight": 1.0, "bias": 2.0}}))
    ['fc.bias', 'fc.weight']
    """
    return {**flatten_names(params), **flatten_names(state or {})}
