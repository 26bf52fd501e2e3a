"""How a nest runs: the order of its loops, and which axes run as vectors of how many lanes.

A schedule is data. The printer of a target follows it and adds no decision of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .expr import BYTES, Axis, Expr, linear
from .machine import Machine
from .nest import Nest, nodes


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """`order`: the nest's loops from the outside in. `lanes`: the axes that run as vectors; a fold's axis
    does so only where the fold is not part of a vector already. `masks`: the rest of a vector axis runs
    under a mask, not one by one. `work`: an estimate in nanoseconds."""

    nest: Nest
    order: tuple[Axis, ...]
    lanes: Mapping[Axis, int]
    masks: bool
    work: float


def schedule(nest: Nest, machine: Machine) -> Schedule:
    order = nest.axes
    lanes = {}
    if order and order[-1].extent > 1:
        lanes[order[-1]] = machine.lanes(4)
    for e in nodes(nest):
        if e.op == "fold":
            lanes[e.attr[1][-1]] = machine.lanes(4)
    return Schedule(nest, order, lanes, machine.masks, 1.0)
