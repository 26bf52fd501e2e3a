"""What no kernel does is done by Python, and said: when it is lowered, in the text and in the costs."""

from collections.abc import Iterator

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import flags
from rustorch_fn import numpy as rnp
from rustorch_fn.core.primitive import REGISTRY, Primitive, register


@pytest.fixture
def twice() -> Iterator[Primitive]:
    class Twice(Primitive):
        name = "twice"
        step = "host"

        def shape(self, x):
            return x

        def ref(self, x):
            return x + x

    yield register(Twice())
    del REGISTRY["twice"]


def test_a_step_in_python_is_announced(twice, capfd, monkeypatch):
    monkeypatch.setenv("RT_DEBUG", "2")
    flags.refresh()
    try:
        compiled = rt.jit(lambda x: twice(rnp.sin(x)) + 1).lower(rnp.ones(5)).compile()
    finally:
        monkeypatch.delenv("RT_DEBUG")
        flags.refresh()
    said = capfd.readouterr().err
    assert "twice f32[5] runs in Python inside of a compiled program (" in said
    assert "test_slow_steps.py:" in said
    assert compiled.as_text().startswith("; twice runs in Python\n")
    assert compiled.cost_analysis()["python steps"] == 1
    np.testing.assert_allclose(compiled(rnp.ones(5)), 2 * np.sin(np.ones(5)) + 1, rtol=1e-6)


def test_which_ops_are_left_to_python():
    # but what is Python by its nature, transforms that SciPy shows no function pointers of, and rare complex ops
    allowed = ["debug_callback", "fft", "ordered_callback", "pure_callback", "whole"]
    assert [name for name, op in sorted(REGISTRY.items()) if op.step == "host"] == allowed


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "bool", "int8"])
def test_sorts_running_folds_and_scatters_are_native(dtype):
    def f(x, i):
        best = rt.lax.cummax(x.astype("float32"), 1) if dtype == "bool" else rt.lax.cummax(x, 1, reverse=True)
        return rnp.sort(x, 1), rnp.argsort(x, 0), best, x.at[i].max(x[:3]), x.at[i].add(x[:3])

    x = rnp.arange(400).reshape(4, 100).astype(dtype)
    compiled = rt.jit(f).lower(x, rnp.array([0, 2, 2])).compile()
    assert compiled.cost_analysis()["python steps"] == 0


def test_a_step_in_python_writes_where_its_result_is_to_lie():
    def turned(x):
        return rnp.fft.irfft(x, 4, axis=0)

    x = rnp.asarray(np.arange(6.0).reshape(3, 2) * (1 + 2j), dtype="complex64")
    np.testing.assert_allclose(np.asarray(rt.jit(turned)(x)), np.fft.irfft(np.asarray(x), 4, axis=0), rtol=1e-5)
