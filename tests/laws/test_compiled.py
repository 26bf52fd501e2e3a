"""A compiled op equals its NumPy meaning, alone and between others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import EXAMPLES, Draw, apply, array, close, lawful

from rustorch_fn import dtypes
from rustorch_fn.core.primitive import REGISTRY
from rustorch_fn.core.trace import trace
from rustorch_fn.lax import elementwise
from rustorch_fn.transform.jit import run


def between(op: Any, attrs: dict[str, Any], *xs: Any) -> list[Any]:
    """The op read by, and reading, ops that are composed into it."""
    xs = tuple(elementwise.neg(x) if dtypes.is_float(x.dtype) else x for x in xs)
    ys = op(*xs, **attrs)
    return [elementwise.neg(y) if dtypes.is_float(y.dtype) else y for y in (ys if op.multiple else [ys])]


@pytest.mark.parametrize("name", sorted(set(EXAMPLES)))
def test_compiled_equals_meaning(name: str) -> None:
    @lawful(4)
    @given(st.data())
    def law(data: Any) -> None:
        op, c = REGISTRY[name], EXAMPLES[name](Draw(data, False))
        xs = [array(x) for x in c.args]
        for f in (apply(op, c), lambda *ys: between(op, c.attrs, *ys)):
            func, captured = trace(f, [x.aval for x in xs])
            for got, want in zip(run(func, [*captured, *xs]), f(*xs), strict=True):
                close(got.view, want.view, 8.0)

    law()
