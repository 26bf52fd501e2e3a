"""What notebooks show: short, safe HTML for values of any size, without IPython."""

import re

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import nn, progress, rich
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import MissingParam


class Printer:
    """As much of IPython's printer as our objects use."""

    def __init__(self, depth=1):
        self.stack, self.said = [None] * depth, ""

    def text(self, words):
        self.said += words

    def break_(self):
        self.said += "\n"


def plain(value, depth=1):
    printer = Printer(depth)
    value._repr_pretty_(printer, False)
    return printer.said


def words(html):
    """The text of HTML that is well formed as far as its tags go."""
    assert re.fullmatch(r"(?:[^<>]|</?(?:div|code|pre|table|tr|th|td)(?: style=\"[^\"<>]*\")?>)*", html), html
    return re.sub(r"<[^>]*>", " ", html)


def test_an_array_says_its_type_and_elements():
    shown = words(rnp.arange(3)._repr_html_())
    assert "i32[3] on cpu:0, 12 bytes" in shown
    assert "[0, 1, 2]" in shown
    assert plain(rnp.arange(3)) == repr(rnp.arange(3))


HUGE = {
    "numbers": lambda: rnp.ones((1000, 1000)),
    "a column": lambda: rnp.ones((200, 1)),
    "many axes": lambda: rnp.ones((2,) * 20),
    "no elements": lambda: rnp.ones((3, 0)),
    "bfloat16": lambda: rnp.ones(5000, "bfloat16"),
    "keys": lambda: rt.random.split(rt.random.key(0), 500),
    "a repeated row": lambda: rnp.broadcast_to(rnp.ones(3), (1 << 30, 3)),
    "a program": lambda: rt.make_jaxpr(lambda x: sum(x * k for k in range(200)))(1.0),
    "a network": lambda: nn.Sequential(*[nn.Linear(3, 3) for _ in range(100)]),
    "a jitted function": lambda: _jitted(),
}


def _jitted():
    f = rt.jit(lambda x, s: x * s, static_argnums=1)
    for k in range(60):
        f(1.0, k)
    return f


@pytest.mark.parametrize("name", HUGE)
def test_however_large_it_is_little_is_shown(name):
    value = HUGE[name]()
    html = value._repr_html_()
    words(html)
    assert len(html) < 12_000
    assert html.count("<tr>") + html.count("\n") <= 2 * rich.LINES + 1
    if hasattr(value, "_repr_pretty_"):
        assert plain(value).count("\n") < rich.LINES


def test_inside_of_a_tree_large_arrays_are_types():
    assert plain(rnp.ones((30, 30)), depth=2) == "Array(f32[30,30])"
    assert plain(rnp.ones(3), depth=2) == repr(rnp.ones(3))


def test_nothing_is_taken_for_tags():
    def f(x):
        return x

    f.__name__ = "<script>alert('&')</script>"
    assert "<script" not in rt.jit(f)._repr_html_()
    assert "<script" not in rich.table("<script>", ["<script>"], [["<script>"]], "<script>")


def test_deleted_arrays_and_tracers_are_shown_without_their_values():
    x = rnp.ones(3)
    x.delete()
    assert "deleted" in words(x._repr_html_())
    assert plain(x) == repr(x)
    seen = []
    rt.jit(lambda x: (seen.append(repr(x)), x)[1])(1.0)
    rt.vmap(lambda x: (seen.append(repr(x)), x)[1])(rnp.ones(3))
    rt.make_jaxpr(rt.grad(lambda x: (seen.append(repr(x)), x)[1]))(1.0)
    assert seen[0] == "Traced<f32[]*> by jit"
    assert all("object at" not in each for each in seen)
    assert not hasattr(rt.core.trace.Tracer, "_repr_html_")


def test_a_network_lists_its_parameters():
    shown = words(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))._repr_html_())
    assert "Sequential: 26 parameters" in shown
    assert "(4, 3)" in shown
    lazy = words(nn.Sequential(nn.Linear(None, 4))._repr_html_())
    assert "sizes that the data tells" in lazy
    assert "(4, ?)" in lazy


def test_a_view_of_parameters_has_no_parameter_of_that_name():
    class Asked(nn.Module):
        def forward(self, p, x):
            assert not hasattr(p, "_repr_html_")
            with pytest.raises(MissingParam):
                _ = p._repr_html_
            return x

    Asked()({}, 1.0)


def test_a_jitted_function_says_what_it_was_traced_for():
    f = rt.jit(lambda x, y: x * y)
    assert "traced for" not in f._repr_html_()
    f(rnp.ones(3), 2.0)
    assert "f32[3], f32[]*" in words(f._repr_html_())


def test_bars_are_plain_outside_of_notebooks():
    assert not progress.in_notebook()
    with progress.bar(total=3, disable=True) as bar:
        assert type(bar).__module__ == "tqdm.std"
    assert np.sum(list(progress.bar([1, 2], disable=True))) == 3
