"""What is compiled, and when: kernels are shared by batch sizes, and a second process compiles nothing."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from fresh import WHERE, python
from promises import steps

import rustorch_fn as rt
from rustorch_fn import nn, optim
from rustorch_fn import numpy as rnp

COUNTS = ("compiled", "loaded", "lowered", "recalled")


def counts():
    stats = rt.compile_stats()
    return {name: stats[name] for name in COUNTS}


def kernels():
    """How many kernels were needed so far, compiled or found on disk."""
    return rt.compile_stats()["compiled"] + rt.compile_stats()["loaded"]


def convnet_step():
    """A step of a convnet with Adam, and its arguments for a batch of n."""
    model, opt = (
        nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10)),
        optim.adam(1e-3),
    )
    params, _ = model.init(rt.random.key(0))

    def step(params, state, x, y):
        value, slope = rt.value_and_grad(lambda p: nn.cross_entropy(model(p, x), y))(params)
        updates, state = opt.update(slope, state, params)
        return optim.apply_updates(params, updates), state, value

    return step, lambda n: (params, opt.init(params), rnp.ones((n, 1, 8, 8), "float32"), rnp.zeros(n, "int32"))


@pytest.mark.parametrize(
    "make",
    [lambda: (steps.step, lambda n: (steps.params(), *steps.batch(n))), convnet_step],
    ids=["mlp", "convnet"],
)
def test_other_batch_sizes_share_all_kernels(make):
    step, arguments = make()
    jitted = rt.jit(step)
    jitted(*arguments(37))
    before = kernels()
    for n in (64, 100):
        got = jitted(*arguments(n))
        assert kernels() == before
        for a, b in zip(rt.tree.leaves(got), rt.tree.leaves(step(*arguments(n))), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)
        before = kernels()
    assert jitted.__name__ == "step"


def head_step(width):
    """A step of a network with a head of some classes, and its arguments for a batch of n."""
    model, opt = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, width)), optim.adam(1e-3)
    params, _ = model.init(rt.random.key(0))

    def step(params, state, x, y):
        value, slope = rt.value_and_grad(lambda p: nn.cross_entropy(model(p, x), y))(params)
        updates, state = opt.update(slope, state, params)
        return optim.apply_updates(params, updates), state, value

    return step, lambda n: (params, opt.init(params), rnp.ones((n, 6), "float32"), rnp.zeros(n, "int32"))


@pytest.mark.parametrize("width", [1, 2, 3, 10])
def test_small_heads_share_all_kernels(width):
    """A head's width times a batch is an extent too, and no bucket of sizes may end between batches."""
    step, arguments = head_step(width)
    jitted = rt.jit(step)
    jitted(*arguments(37))
    before = kernels()
    for n in (64, 100):
        jitted(*arguments(n))
        assert kernels() == before, n


PROCESS = """
import json
import rustorch_fn as rt
from promises import steps
from rustorch_fn import lax
step = rt.jit(steps.step)
ps = steps.params()
values = []
for n in (37, 64):
    value, ps = step(ps, *steps.batch(n))
    values.append(float(value))
values.append(float(lax.fori_loop(0, 10, lambda i, s: s * 1.5 + i, 1.0)))
values.append(float(rt.jit(lambda x: (x * 3.25 + 7).sum())(rt.numpy.arange(5.0))))
print(json.dumps([values, rt.compile_stats()]))
"""


def process(folder):
    tests = str(Path(__file__).parents[1])
    done = python("-c", PROCESS, RT_CACHE_DIR=str(folder), PYTHONPATH=os.pathsep.join((WHERE, tests)))
    assert done.returncode == 0, done.stderr
    values, stats = json.loads(done.stdout)
    return values, {name: stats[name] for name in COUNTS}


def test_a_second_process_neither_compiles_nor_lowers(tmp_path):
    values, first = process(tmp_path)
    again, second = process(tmp_path)
    assert again == values
    assert first["compiled"] > 3
    assert (first["loaded"], first["recalled"]) == (0, 0)
    assert (second["compiled"], second["lowered"]) == (0, 0)
    assert (second["loaded"], second["recalled"]) == (first["compiled"], first["lowered"])


def test_a_damaged_plan_is_made_again(tmp_path):
    values, first = process(tmp_path)
    for file in tmp_path.glob("*.o"):
        file.write_bytes(file.read_bytes()[:-3] + b"xyz")
    again, second = process(tmp_path)
    assert again == values
    assert (second["compiled"], second["lowered"]) == (first["compiled"], first["lowered"])


def test_a_recalled_program_can_show_its_kernels():
    def f(x):
        return x * 2.125 + 1.0

    x = rnp.arange(4.0)
    text = rt.jit(f).lower(x).compile().as_text()
    rt.clear_caches()
    before = counts()
    program = rt.jit(f).lower(x).compile()
    assert program.as_text() == text
    assert "define i64 @k_" in text
    assert program.cost_analysis()["flops"] > 0
    after = counts()
    assert after["lowered"] == before["lowered"]
    assert after["recalled"] == before["recalled"] + 1
