"""Every f32 number, and a hundred thousand f64 numbers, through each elementary function (`nox -s sweeps`)."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from ulps import FUNCTIONS, exact_pair, points, ulp_error

from rustorch_fn.target.llvm.check import compile_map

pytestmark = pytest.mark.sweep

CHUNK = 1 << 18  # temporaries stay in the cache
SPAN = 1 << 26  # what one thread does at a time


def doubtful(got, truth, bound: float) -> np.ndarray:
    """Where an error may be above `bound` units: all but ordinary numbers that are seen at once to be closer."""
    unit = (truth.view(np.int64) & (0x7FF << 52)).view(np.float64) * 2.0**-23
    # denormals have a larger unit than this, and what is not a number compares as false
    return np.flatnonzero(~(np.abs(got - truth) <= bound * unit))


def worst_of_span(f, kernel, start: int) -> tuple[float, np.float32]:
    """The largest error among SPAN bit patterns, and where."""
    worst, where = 0.0, np.float32(0)
    for begin in range(start, start + SPAN, CHUNK):
        x = np.arange(begin, begin + CHUNK, dtype=np.uint64).astype(np.uint32).view(np.float32)
        with np.errstate(all="ignore"):
            got, truth = kernel(x), f.truth(x)
            rest = doubtful(got, truth, worst)
        if rest.size:
            error = ulp_error(got[rest], truth[rest], least=f.least(x[rest]))
            i = int(np.argmax(error))
            if error[i] > worst:
                worst, where = float(error[i]), x[rest[i]]
    return worst, where


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_all_f32(f):
    kernel = compile_map(f.build, "f32")
    kernel(np.zeros(CHUNK, np.float32))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as team:
        worst, where = max(team.map(lambda start: worst_of_span(f, kernel, start), range(0, 1 << 32, SPAN)))
    print(f"{f.name} f32: at most {worst:.4f} ulp, at {where!r}")
    assert worst <= f.limit("f32")


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_many_f64(f):
    x = points(f, 16_000)
    error = ulp_error(compile_map(f.build, "f64")(x), *exact_pair(f, x), f.least(x))
    i = int(np.argmax(error))
    print(f"{f.name} f64: at most {error[i]:.4f} ulp of {x.size} numbers, at {x[i]!r}")
    assert error[i] <= f.limit("f64")
