"""Kernel texts: which nests share one, and how a few of them read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rustorch_fn.kernel import expr as k
from rustorch_fn.kernel.expr import Axis, Buffer, axis, const, fold, load, param, table
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store, check
from rustorch_fn.target.llvm.emit import Kernel, compile_nest

GOLDEN = Path(__file__).parent.parent / "golden"
WIDE = Machine("wide", 64, 32, fma=True, masks=True, avx512bw=True)
NARROW = Machine("narrow", 32, 16, fma=True)


def rows(r: int, c: int, build) -> Nest:
    """y[r, c] = build(how x is read along the row, the column axis)."""
    i, j = Axis(r, "r"), Axis(c, "c")
    x, y = Buffer("x", "f32", r * c), Buffer("y", "f32", r * c)
    value = build(lambda a: load(x, axis(i) * c + axis(a)), j)
    return Nest((i, j), (Store(y, axis(i) * c + axis(j), value),))


def scaled(factor: float):
    return lambda x, j: x(j) * param(factor, "f32") + 0.5


def centred(x, j: Axis):
    over = Axis(j.extent, "k")
    return x(j) - fold(k.ADD, (over,), (x(over),)) * param(1 / j.extent, "f32")


def compiled(nest: Nest, machine: Machine = WIDE) -> Kernel:
    return compile_nest(nest, machine)


def test_sizes_and_params_share_a_kernel() -> None:
    with table():
        a, b = compiled(rows(37, 100, scaled(3.0))), compiled(rows(64, 301, scaled(5.0)))
        assert (a.key, a.text) == (b.key, b.text)
        assert a.ctx != b.ctx
        c, d = compiled(rows(37, 500, centred)), compiled(rows(100, 601, centred))
        assert c.key == d.key != a.key


def test_facts_that_the_text_used_set_the_key() -> None:
    with table():
        keys = {compiled(rows(37, n, centred)).key for n in (1, 3, 16, 20, 500)}
        assert len(keys) == 5
        assert compiled(rows(9, 500, centred), NARROW).key not in keys


def test_a_text_holds_no_number_of_its_nest() -> None:
    with table():
        text = compiled(rows(1234, 5678, centred)).text
        assert "1234" not in text
        assert "5678" not in text


def test_equal_folds_run_once() -> None:
    def twice(x, j: Axis):
        a, b = Axis(j.extent), Axis(j.extent)
        return x(j) - fold(k.ADD, (a,), (x(a),)) * fold(k.ADD, (b,), (x(b),))

    with table():
        assert compiled(rows(9, 500, twice)).text.count("extractelement") == 2


def test_check_names_what_is_wrong() -> None:
    with table():
        i, j = Axis(3, "i"), Axis(4, "j")
        x, y = Buffer("x", "f32", 12), Buffer("y", "f32", 12)
        with pytest.raises(ValueError, match="belong to no loop"):
            check(Nest((i,), (Store(y, axis(i), load(x, axis(j))),)))
        with pytest.raises(ValueError, match="holds f32 but is given i32"):
            check(Nest((i,), (Store(y, axis(i), const(1, "i32")),)))
        with pytest.raises(ValueError, match=r"stored at .* but read at"):
            check(Nest((i,), (Store(y, axis(i), load(y, axis(i) + 1)),)))


@pytest.mark.parametrize("machine", [WIDE, NARROW], ids=lambda m: m.name)
@pytest.mark.parametrize("name", ["scaled", "centred"])
def test_golden(name: str, machine: Machine, request: pytest.FixtureRequest) -> None:
    """The text of a map and of a row fold, kept so that a change of the printer shows."""
    with table():
        text = compiled(rows(30, 1000, scaled(3.0) if name == "scaled" else centred), machine).text
    file = GOLDEN / f"{name}_{machine.name}.ll"
    if request.config.getoption("--update-golden"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{file.name} changed; see it with --update-golden and git diff"


def test_deep_expressions() -> None:
    """A chain of a thousand words is no deeper for the printer than for the reader."""

    def chain(x, j: Axis):
        value = x(j)
        for n in range(1000):
            value = value * x(j) + float(n)
        return value

    with table():
        assert compiled(rows(3, 100, chain)).text.count("fmul") == 1000
