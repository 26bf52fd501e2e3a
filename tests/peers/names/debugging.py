"""Names of debug and checkpoint_policies."""

import contextlib
import importlib
import io

import numpy as np
from peers.draw import ANY, FLOAT, Case, Draw
from peers.rows import room

TOLD = {"host": True, "order": 0}

# --- debug ---

row = room("debug")


def one_array(**choices):
    def draw(d: Draw) -> Case:
        return d.case(d.array(d.dtype(ANY), d.shape()), **{k: d.pick(k, *v) for k, v in choices.items()})

    return draw


def waited(lib):
    """Let JAX's callbacks end; ours have when a program has."""
    getattr(lib, "effects_barrier", lambda: None)()


def noted(lib, f, x, ordered, compiled):
    """What a callback of a program is given."""
    seen = []
    g = lambda x: (f(lambda a, *, b: seen.append((np.array(a), np.array(b))), x, b=x + x, ordered=ordered), x)[1]  # noqa: E731
    (lib.jit(g) if compiled else g)(x)
    waited(lib)
    return seen


row("callback", one_array(ordered=(False, True), compiled=(False, True)), **TOLD, call=noted)


def printed(d: Draw) -> Case:
    """Integers and bools, whose texts do not hang on how many digits a library shows."""
    x = d.array(d.dtype(("int", "uint", "bool")), d.shape())
    return d.case(
        x,
        d.pick("fmt", "x is {}", "{x} and {y}", "{:>4}"),
        d.pick("ordered", False, True),
        d.pick("compiled", True, False),
    )


def read(lib, f, x, fmt, ordered, compiled):
    """The text that a program prints."""
    text = io.StringIO()
    if ":" in fmt:
        x = x.sum()

    def g(x):
        named = {"x": x, "y": x.sum()} if "{x}" in fmt else {}
        f(fmt, *(() if named else (x,)), ordered=ordered, **named)
        return x

    with contextlib.redirect_stdout(text):
        (lib.jit(g) if compiled else g)(x)
        waited(lib)
    return text.getvalue()


row("print", printed, **TOLD, call=read)


def stopped(lib, f, x, commands):
    """Whether a prompt shows a variable of each frame, and what the program gives when it goes on."""
    text = io.StringIO()

    def inner(x):
        here = 40 + 2
        f(stdin=io.StringIO("\n".join(commands)), stdout=text, num_frames=None)
        return x + here

    def outer(x):
        there = 1000 + 7
        return inner(x) + (there - 1007)

    out = lib.jit(outer)(x)
    waited(lib)
    said = text.getvalue()
    return out, "42" in said, "1007" in said


row("breakpoint", lambda d: d.case(d.array(d.dtype(FLOAT), d.pick("shape", (3,), (), (2, 1, 3))), d.pick("commands", (
    "p here", "c"), ("up", "p there", "c"), ("c",), ("p here", "u", "p there", "d", "continue"))), **TOLD, call=stopped,
    lacks="empty broadcast")  # fmt: skip

# --- checkpoint_policies ---

row = room("checkpoint_policies")


def layers(**choices):
    """Inputs, two matrices, and what a policy is made of."""

    def draw(d: Draw) -> Case:
        dtype, lead = d.dtype(("float", "double")), d.pick("lead", (), (2,))
        return d.case(d.array(dtype, (*lead, 3, 3)), d.array(dtype, (3, 3)), d.array(dtype, (*lead, 3, 3)), **{
            k: d.pick(k, *v) for k, v in choices.items()})  # fmt: skip

    return draw


def naming(lib):
    """checkpoint_name, which JAX has in a room of its own."""
    return getattr(lib, "checkpoint_name", None) or importlib.import_module("jax.ad_checkpoint").checkpoint_name


def kept(lib, policy, x, w, v):
    """Derivatives under a policy, and how many products and sines are computed once more because of it."""
    named = naming(lib)

    def f(x, w, v):
        inner = named(lib.numpy.sin(x @ w), "inner")
        return lib.numpy.sum(lib.numpy.tanh(named(lib.numpy.sin(inner @ v), "outer") @ w))

    def work(policy):
        text = str(lib.make_jaxpr(lib.grad(lib.checkpoint(f, policy=policy), (0, 1, 2)))(x, w, v))
        return np.array([text.count("= sin "), text.count("= dot_general[") + text.count("= dot{")])

    slopes = lib.grad(lib.checkpoint(f, policy=policy), (0, 1, 2))(x, w, v)
    return slopes, (work(policy) - work(lib.checkpoint_policies.everything_saveable)).tolist()


PLAIN = {"lacks": "scalar empty", "order": 0, "host": True}
row("everything_saveable nothing_saveable dots_saveable checkpoint_dots", layers(), **PLAIN, call=kept)
row("dots_with_no_batch_dims_saveable checkpoint_dots_with_no_batch_dims", layers(), **PLAIN, call=kept)
NAMES = {"names": (("inner",), ("inner", "outer"), ())}
row("save_only_these_names save_anything_except_these_names save_any_names_but_these", layers(**NAMES), **PLAIN,
    call=lambda lib, f, *xs, names: kept(lib, f(*names), *xs))  # fmt: skip


def both(lib, f, *xs, names):
    policies = lib.checkpoint_policies
    return kept(lib, f(policies.dots_saveable, policies.save_only_these_names(*names)), *xs)


row("save_from_both_policies", layers(**NAMES), **PLAIN, call=both)


def moved(lib, policy, x, w, v):
    """Derivatives alone: where there is one memory, ours saves what JAX moves to another."""
    named = naming(lib)
    f = lambda x, w, v: lib.numpy.sum(lib.numpy.tanh(named(lib.numpy.sin(x @ w), "inner") @ v))  # noqa: E731
    return lib.jit(lib.grad(lib.checkpoint(f, policy=policy), (0, 1, 2)))(x, w, v)


row(
    "offload_dot_with_no_batch_dims",
    layers(),
    **PLAIN,
    call=lambda lib, f, *xs: moved(lib, f("device", "pinned_host"), *xs),
)
row("save_and_offload_only_these_names", layers(names=(("inner",), ())), **PLAIN, call=lambda lib, f, *xs, names: moved(lib, f(
    names_which_can_be_saved=names, names_which_can_be_offloaded=["outer"], offload_src="device", offload_dst="pinned_host"), *xs))  # fmt: skip
