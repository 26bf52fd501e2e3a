"""Narrower machines and the portable way: a few programs of each kind, in processes of their own.

`nox -s narrow` and `nox -s portable` run the whole suite so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fresh import python

PROGRAMS = """
import sys
import numpy as np
import rustorch_fn as rt
from rustorch_fn.target.llvm import engine, executor, platform

rnp, f32 = rt.numpy, np.float32
rng = np.random.default_rng(0)
x, y = (rnp.asarray(rng.uniform(0.1, 4, (67, 45)).astype(f32)) for _ in range(2))
big = rnp.asarray(rng.uniform(0, 1, 300_000).astype(f32))
image = rnp.asarray(rng.uniform(-1, 1, (2, 3, 17, 19)).astype(f32))
weights = rnp.asarray(rng.uniform(-1, 1, (8, 3, 3, 3)).astype(f32))


def steps(x):
    return rt.lax.scan(lambda c, row: (c * 0.5 + row, c), x[0], x)[1]


exact = {
    "arithmetic": lambda: rt.jit(lambda a, b: (a + b) / (a - 0.3 * b) - rnp.sqrt(a))(x, y),
    "remainder": lambda: rt.jit(rnp.fmod)(x, y),
    "integers": lambda: rt.jit(lambda a: (a * 7919 % 101) << 3)(rnp.arange(1000)),
    "halves": lambda: rt.jit(lambda a: a.astype("float16") * 3)(x).astype("float32"),
    "brains": lambda: rt.jit(lambda a: a.astype("bfloat16") + 1)(x).astype("float32"),
    "bits": lambda: rt.jit(lambda: rt.random.uniform(rt.random.key(3), (1001,)))(),
    "order": lambda: rt.jit(lambda a: rnp.sort(a, axis=0)[::-1].T)(x),
}
near = {
    "functions": lambda: rt.jit(lambda a: rnp.tanh(a) + rnp.exp(-a) * rnp.sin(a) + rnp.log(a))(x),
    "sum": lambda: rt.jit(rnp.sum)(big),
    "softmax": lambda: rt.jit(lambda a: rt.nn.softmax(a, axis=1))(x),
    "product": lambda: rt.jit(lambda a, b: a @ b.T)(x, y),
    "doubles": lambda: rt.jit(lambda a: a.astype("float64") @ a.astype("float64").T)(x),
    "vector": lambda: rt.jit(lambda a, b: a @ b[0])(x, y),
    "convolution": lambda: rt.jit(lambda a, b: rt.lax.conv_general_dilated(a, b, (1, 1), "SAME"))(image, weights),
    "slope": lambda: rt.jit(rt.grad(lambda a: rnp.mean(rnp.tanh(a @ y.T) ** 2)))(x),
    "loop": lambda: rt.jit(steps)(x),
}
made = engine.machine()
words = [str(made.width_bytes), str(int(made.fma)), str(int(platform.here().futex))]
programs = {**{f"exact {name}": f for name, f in exact.items()}, **{f"near {name}": f for name, f in near.items()}}
np.savez(sys.argv[1], **{name: np.asarray(f()) for name, f in programs.items()})
print(*words, executor.runtime().native is not None)
"""


def results(folder: Path, **environment: str) -> tuple[list[str], dict[str, np.ndarray]]:
    """What the machine is then, and what the programs gave."""
    file = folder / "results.npz"
    done = python("-c", PROGRAMS, file, **environment)
    assert done.returncode == 0, done.stderr
    with np.load(file) as found:
        return done.stdout.split(), dict(found)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return results(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize(
    ("names", "machine"),
    [
        ({"RT_CPU": "avx2"}, {"0": "32"}),
        ({"RT_CPU": "sse4"}, {"0": "16", "1": "0"}),
        ({"RT_PORTABLE": "1"}, {"2": "0", "3": "False"}),
        ({"RT_PORTABLE": "1", "RT_CPU": "sse4", "RT_NUM_THREADS": "3"}, {"0": "16", "2": "0", "3": "False"}),
    ],
    ids=lambda names: " ".join(f"{name}={value}" for name, value in names.items() if name.startswith("RT_")),
)
def test_programs_give_the_same(usual, tmp_path, names, machine):
    told, found = results(tmp_path, **names)
    assert {k: told[int(k)] for k in machine} == machine
    for name, want in usual[1].items():
        got = found[name]
        if name.startswith("exact"):
            np.testing.assert_array_equal(got.view(f"u{got.itemsize}"), want.view(f"u{want.itemsize}"), err_msg=name)
        else:
            # sums may be taken in another order, and functions rounded more often where there is no fma
            unit = np.finfo(want.dtype).eps
            np.testing.assert_allclose(got, want, rtol=100 * unit, atol=100 * unit * np.abs(want).max(), err_msg=name)
        assert np.isfinite(got).all(), name
