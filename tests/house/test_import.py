"""`import rustorch_fn` brings only what it needs."""

import pytest
from fresh import python

LATE = ["llvmlite", "jax", "scipy", "onnx", "torch", "pyopencl", "mpi4py", "safetensors", "tqdm", "opt_einsum"]
SHOW = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"


def imported(statement):
    """The top names of all modules that a fresh process holds after a statement."""
    return set(python("-c", f"{statement}; {SHOW}").stdout.split())


def test_heavy_packages_come_at_first_use():
    found = imported("import rustorch_fn")
    assert "rustorch_fn" in found
    assert found.isdisjoint(LATE)


@pytest.mark.parametrize("name", ["llvmlite", "opt_einsum"])
def test_an_early_import_would_be_seen(name):
    assert name in imported(f"import {name}")
