"""Compile and run single nests directly, without a program around them: for tests and sweeps."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rustorch_fn.kernel.expr import Axis, Buffer, Expr, axis, load, table
from rustorch_fn.kernel.interp import DTYPES
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store
from rustorch_fn.kernel.recipes import plan_nest

from . import engine
from .emit import Kernel, compile_nest

Array = np.ndarray[Any, np.dtype[Any]]


def host() -> Machine:
    """The machine this process runs on."""
    return engine.machine()


def launch(kernel: Kernel, memory: Mapping[Buffer, Array], parts: int = 1) -> None:
    """Run a kernel on flat arrays, its parallel axis cut into parts."""
    loaded = engine.kernels({kernel.key: kernel.text})
    function = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2)(loaded[kernel.key])
    bufs = (ctypes.c_void_p * max(1, len(kernel.buffers)))(*(memory[b].ctypes.data for b in kernel.buffers))
    ctx = (ctypes.c_int64 * max(1, len(kernel.ctx)))(*kernel.ctx)
    for k in range(parts):
        begin, end = kernel.extent * k // parts, kernel.extent * (k + 1) // parts
        if begin < end:
            status = function(bufs, ctx, begin, end)
            if status:
                raise RuntimeError(f"kernel {kernel.key} returned status {status}")


def run(nest: Nest, memory: Mapping[Buffer, Array], machine: Machine | None = None, parts: int = 1) -> list[Kernel]:
    """Run a whole nest: what `plan_nest` makes of it, in order. Gives the kernels."""
    nests, temps = plan_nest(nest)
    whole = {**memory, **{b: np.zeros(b.size, DTYPES[b.dtype]) for b in temps}}
    kernels = [compile_nest(n, machine or host()) for n in nests]
    for kernel in kernels:
        launch(kernel, whole, parts)
    return kernels


def compile_map(build: Callable[[Expr], Expr], dtype: str, machine: Machine | None = None) -> Callable[[Array], Array]:
    """A function of one number as a function of a flat array, through the whole path of a kernel.

    `machine` must name only features that this processor has.
    """
    kernels: dict[int, tuple[Kernel, Buffer, Buffer]] = {}

    def make(n: int) -> tuple[Kernel, Buffer, Buffer]:
        with table():
            i = Axis(n)
            source = Buffer("x", dtype, n)
            value = build(load(source, axis(i)))
            out = Buffer("y", value.dtype, n)
            return compile_nest(Nest((i,), (Store(out, axis(i), value),)), machine or host()), source, out

    def run(x: Array) -> Array:
        x = np.ascontiguousarray(x, DTYPES[dtype])
        if x.size not in kernels:
            kernels[x.size] = make(x.size)
        kernel, source, out = kernels[x.size]
        y = np.empty(x.size, DTYPES[out.dtype])
        launch(kernel, {source: x.reshape(-1), out: y})
        return y.reshape(x.shape)

    return run
