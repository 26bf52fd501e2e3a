"""Every op has a word in every target: the table of (op, target), and no empty cell that is not excused."""

from __future__ import annotations

from typing import Any

import pytest

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn.core.primitive import REGISTRY, Primitive, register
from rustorch_fn.kernel import sorting, steps
from rustorch_fn.kernel.lower import CONTROL

# ops that are gone before a target sees a program, and by what
EXCUSED = {
    "call": "inlined",
    "pullback": "only transposed; forward mode raises ForwardOverCustomVjp",
    "psum": "resolved by the vmap that binds its axis",
    "all_gather": "resolved by the vmap that binds its axis",
    "reduce_scatter": "resolved by the vmap that binds its axis",
    "ppermute": "resolved by the vmap that binds its axis",
    "all_to_all": "resolved by the vmap that binds its axis",
    "axis_index": "resolved by the vmap that binds its axis",
}


def native(op: Any) -> list[str]:
    """How the native compiler takes an op: exactly one way, or none."""
    ways = []
    if op.name in CONTROL:
        ways.append("control")
    kind = getattr(op, "step", "at")
    if kind in ("host", "nest", "library", "composed"):
        ways.append(kind)
    elif hasattr(op, "at") and not op.multiple:
        ways.append("at")
    return ways


def reference(op: Any) -> list[str]:
    """How the NumPy target takes an op."""
    return ["ref"] if type(op).ref is not Primitive.ref else []


TARGETS = {"llvm": native, "numpy": reference}


def empty_cells(ops: dict[str, Any]) -> list[str]:
    cells = []
    for name, op in sorted(ops.items()):
        for target, words in TARGETS.items():
            found = words(op)
            if len(found) != 1 and name not in EXCUSED:
                cells.append(f"{name} × {target}: {found or 'nothing'}")
    return cells


def test_no_cell_is_empty() -> None:
    assert steps.CONTROL is sorting.CONTROL is CONTROL
    for name, op in sorted(REGISTRY.items()):
        shown = "  ".join(
            f"{target}: {'/'.join(words(op)) or EXCUSED.get(name, '-')}" for target, words in TARGETS.items()
        )
        print(f"{name:24} {shown}")
    assert empty_cells(REGISTRY) == []


def test_excuses_are_needed() -> None:
    assert set(EXCUSED) <= set(REGISTRY)


def test_a_mute_op_is_found_and_named() -> None:
    class Mute(Primitive):
        name = "mute"

        def shape(self, x: Any) -> Any:
            return x

    mute = register(Mute())
    try:
        assert empty_cells({"mute": mute}) == ["mute × llvm: nothing", "mute × numpy: nothing"]
        x = rt.numpy.ones(3)
        for name, run in {
            "eager": lambda: mute(x),
            "native": lambda: rt.jit(mute)(x),
            "grad": lambda: rt.grad(lambda y: mute(y).sum())(x),
            "jvp": lambda: rt.jvp(mute, (x,), (x,)),
            "vmap": lambda: rt.vmap(mute)(x),
        }.items():
            with pytest.raises(errors.MissingRule, match=r"mute .*test_words\.py") as raised:
                run()
            assert raised.value.op == "mute", name
    finally:
        del REGISTRY["mute"]
