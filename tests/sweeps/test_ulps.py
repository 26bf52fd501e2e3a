"""Every f32 number, and a hundred thousand f64 numbers, through each elementary function (`nox -s sweeps`)."""

import numpy as np
import pytest
from ulps import FUNCTIONS, exact_pair, points, ulp_error

from rustorch_fn.target.llvm.check import compile_map

pytestmark = pytest.mark.sweep

CHUNK = 1 << 22


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_all_f32(f):
    kernel = compile_map(f.build, "f32")
    worst, where = 0.0, np.float32(0)
    for start in range(0, 1 << 32, CHUNK):
        x = np.arange(start, start + CHUNK, dtype=np.uint64).astype(np.uint32).view(np.float32)
        error = ulp_error(kernel(x), f.truth(x), least=f.least(x))
        i = int(np.argmax(error))
        if error[i] > worst:
            worst, where = float(error[i]), x[i]
    print(f"{f.name} f32: at most {worst:.4f} ulp, at {where!r}")
    assert worst <= f.limit("f32")


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_many_f64(f):
    x = points(f, 16_000)
    error = ulp_error(compile_map(f.build, "f64")(x), *exact_pair(f, x), f.least(x))
    i = int(np.argmax(error))
    print(f"{f.name} f64: at most {error[i]:.4f} ulp of {x.size} numbers, at {x[i]!r}")
    assert error[i] <= f.limit("f64")
