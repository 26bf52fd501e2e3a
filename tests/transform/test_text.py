"""Programs as text: goldens of what tracing gives, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transform.models import convnet, loss, mlp

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn.core.ir import Equation, Func, Var, check
from rustorch_fn.core.text import parse

GOLDEN = Path(__file__).parent.parent / "golden"
X = np.ones((3, 4), np.float32)
n, lax = rt.numpy, rt.lax


def softmax_slope(x: Any) -> Any:
    return rt.grad(lambda z: n.sum(rt.nn.functions.softmax(z)[:, 0]))(x)


def looped(x: Any) -> Any:
    total, rows = lax.scan(lambda c, r: (c + r, lax.cond(c[0] > 0, n.sin, n.cos, r)), x[0], x)
    return lax.while_loop(lambda c: c[0] < 100, lambda c: c * 2, total), rows


CASES = {"softmax_slope": softmax_slope, "looped": looped}


@pytest.mark.parametrize("name", CASES)
def test_golden_program(name: str, request: pytest.FixtureRequest) -> None:
    text = repr(rt.jit(CASES[name]).lower(X).func) + "\n"
    file = GOLDEN / f"{name}.func"
    if request.config.getoption("--update-golden"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def programs() -> dict[str, Func]:
    """Programs of every kind: loops, branches, derivatives, odd literals."""
    out = {name: rt.make_jaxpr(f)(X) for name, f in CASES.items()}
    for name, model in {"mlp": mlp, "convnet": convnet}.items():
        outputs, params, data = model()
        value = lambda p, o=outputs, d=data: loss(rt, o, p, d)  # noqa: E731
        out[name] = rt.make_jaxpr(rt.grad(value))(params)
        out[name + "_tidied"] = rt.jit(rt.vmap(rt.grad(value), axis_size=2, in_axes=None)).lower(params).func
    odd = [np.nan, np.inf, -np.inf, -0.0, 1e-45, 0.1, 16777217.0]
    out["literals"] = rt.make_jaxpr(lambda x: [x * v for v in odd] + [x > 0, n.arange(3) + 7])(1.0)
    out["keys"] = rt.make_jaxpr(lambda k: rt.random.normal(k, (3,), "bfloat16"))(rt.random.key(0))
    return out


def test_parse_takes_back_what_is_printed() -> None:
    for name, func in programs().items():
        text = repr(func)
        again = check(parse(text))
        assert again == func, name
        assert repr(again) == text, name


def test_parse_says_what_is_wrong() -> None:
    for text in ("func(a: f32[3]) -> f32[3] {\n  b: f32[3] = nothing a\n  return b\n}", "func(", ""):
        with pytest.raises((errors.FileFormat, KeyError)):
            parse(text)


def test_checker_finds_planted_faults() -> None:
    good = rt.make_jaxpr(lambda x: n.sin(x) * x)(X)
    check(good)
    first, second = good.equations
    late = Func(good.inputs, [second, first], good.outputs)
    wrong = Equation(first.op, first.inputs, first.attrs, [Var(first.outputs[0].aval.like(shape=(9,)))])
    for bad in (late, Func(good.inputs, [first, first], good.outputs), Func(good.inputs, [wrong], wrong.outputs),
                Func(good.inputs, [], good.outputs)):  # fmt: skip
        with pytest.raises(errors.InternalError):
            check(bad)
