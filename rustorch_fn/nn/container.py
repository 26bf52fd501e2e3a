"""Modules that are made of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rustorch_fn.errors import BadType
from rustorch_fn.nn.module import Module
from rustorch_fn.nn.view import View


class Sequential(Module):
    """One module after the other, named "0", "1"…, or as a dict names them. It threads state and keys by itself.

    >>> from rustorch_fn.nn import Linear, ReLU
    >>> Sequential(Linear(4, 8), ReLU(), Linear(8, 2)).num_params
    58
    """

    def __init__(self, *layers: Any) -> None:
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], Mapping) else dict(enumerate(layers))
        for name, layer in named.items():
            if not isinstance(layer, Module):
                raise BadType("Sequential", f"layer {name}", layer, "A module; nn.ReLU() in place of nn.relu")
            setattr(self, str(name), layer)

    def forward(self, p: View, s: View, x: Any, *, train: bool, key: Any) -> tuple[Any, Any]:
        """x through all layers, and their states."""
        states = {}
        for name, layer in self.children().items():
            x, states[name] = layer._step(p[name], s[name], (x,), train, key, {})
        return x, states

    def __len__(self) -> int:
        return len(self.children())

    def __getitem__(self, place: int | slice) -> Any:
        layers = list(self.children().values())
        return Sequential(*layers[place]) if isinstance(place, slice) else layers[place]

    def __iter__(self) -> Any:
        return iter(self.children().values())
