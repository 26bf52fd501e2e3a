"""What a row of the differential suite is, and the rows that many names share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
from peers.draw import REAL, Case, Draw

# what every name may leave as it is: where arrays are kept, and what is refused
STEADY = frozenset("out device sharding out_sharding precision preferred_element_type _dot_general".split())
NEWER = tuple(map(int, jax.__version__.split(".")[:2])) > (0, 10)


@dataclass(frozen=True)
class Row:
    """How the arguments of one name are drawn, and what is looked at.

    `lacks` names kinds of shapes (scalar, empty, broadcast, deep) that the name does not take. `steady` are arguments
    that keep one value, and why. `differs` are differences that stay: what is not compared ("values", "dtype", "weak",
    "shape", "jit", "vmap", "grad", "second"; "dtype int bool" in cases of these classes), and why; `newer` are those
    from a JAX after 0.10, whose answers ours are. With `host` the values decide the shapes, or the result is no array:
    there is no jit and no vmap. `order` is up to which derivative ours is compared. The programs of a `dear` name take
    long to compile: derivatives, jit and vmap are looked at only where many cases are asked for, and otherwise few
    cases.
    """

    name: str
    draw: Callable[[Draw], Case]
    lacks: str = ""
    steady: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, str] = field(default_factory=dict)
    newer: Mapping[str, str] = field(default_factory=dict)
    host: bool = False
    vmap: bool = True
    order: int = 2
    dear: bool = False
    call: Callable[..., Any] | None = None  # call(lib, f, *args, **kwargs), where a name is not simply called


ROWS: dict[str, Row] = {}


def row(names: str, draw: Callable[[Draw], Case], **options: Any) -> None:
    """One row for each of the names: `row("numpy.sin numpy.cos", draw)`."""
    for name in names.split():
        assert name not in ROWS, f"{name} has a row already"
        if NEWER:
            options["differs"] = {**options.get("differs", {}), **options.get("newer", {})}
        ROWS[name] = Row(name, draw, **options)


def room(prefix: str) -> Callable[..., None]:
    """`row` for the names of one room."""

    def add(names: str, draw: Callable[[Draw], Case], **options: Any) -> None:
        row(" ".join(f"{prefix}.{name}" for name in names.split()), draw, **options)

    return add


def unary(classes: Sequence[str] = REAL, low: float = -3, high: float = 3, **special: Any) -> Callable[[Draw], Case]:
    """f(x), element by element."""

    def draw(d: Draw) -> Case:
        return d.case(d.operand(d.dtype(classes), d.shape(), low, high, special.get("special", True)))

    return draw


def operands(
    n: int, classes: Sequence[str] = REAL, low: float = -3, high: float = 3, special: bool = True
) -> Callable[[Draw], Case]:
    """f(x, y, …), element by element, of arrays that broadcast."""

    def draw(d: Draw) -> Case:
        return d.case(*d.operands(classes, n, low, high, special))

    return draw


def over_axes(
    classes: Sequence[str] = REAL, least: int = 0, special: bool = False, several: bool = True, **choices: Sequence[Any]
) -> Callable[[Draw], Case]:
    """f(x, axis=…), and other arguments from their choices: `keepdims=(False, True)`."""

    def draw(d: Draw) -> Case:
        shape = d.shape(least)
        axis = d.axis(shape, None, *([tuple(range(len(shape)))[-2:]] if several else []))
        kwargs = {k: d.pick(k, *options) for k, options in choices.items()}
        return d.case(d.array(d.dtype(classes), shape, special=special), axis=axis, **kwargs)

    return draw
