"""Compile and run single nests directly, without a program around them: for tests and sweeps."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from rustorch_fn.kernel.expr import Axis, Buffer, Expr, axis, load, table
from rustorch_fn.kernel.interp import DTYPES
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store
from rustorch_fn.kernel.recipes import plan_nest

from .emit import Kernel, compile_nest

Array = np.ndarray[Any, np.dtype[Any]]


@cache
def host() -> Machine:
    """The machine this process runs on."""
    import llvmlite.binding as llvm

    have = llvm.get_host_cpu_features()
    wide = all(have.get(f) for f in ("avx512f", "avx512bw", "avx512vl", "avx512dq"))
    width = 64 if wide else 32 if have.get("avx2") else 16
    return Machine("host", width, masks=wide, fma=bool(have.get("fma")), f16=bool(have.get("f16c")), avx512bw=wide)


class _Linker:
    """Text to address, each text once."""

    def __init__(self) -> None:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_triple(llvm.get_process_triple())
        features = llvm.get_host_cpu_features().flatten()
        self.llvm = llvm
        self.machine = target.create_target_machine(
            cpu="x86-64", features=features, opt=1, jit=True, reloc="pic", codemodel="small"
        )
        self.jit = llvm.create_lljit_compiler(
            target.create_target_machine(cpu="x86-64", features=features, opt=1, jit=True), use_jit_link=True
        )
        self.known: dict[str, Any] = {}

    def assembly(self, text: str) -> str:
        return str(self.machine.emit_assembly(self.llvm.parse_assembly(text)))

    def address(self, kernel: Kernel) -> int:
        if kernel.key not in self.known:
            module = self.llvm.parse_assembly(kernel.text)
            module.verify()
            name = f"k_{kernel.key}"
            builder = self.llvm.JITLibraryBuilder().add_object_img(self.machine.emit_object(module))
            self.known[kernel.key] = builder.add_current_process().export_symbol(name).link(self.jit, kernel.key)
        return int(self.known[kernel.key][f"k_{kernel.key}"])


linker = cache(_Linker)


def launch(kernel: Kernel, memory: Mapping[Buffer, Array], parts: int = 1) -> None:
    """Run a kernel on flat arrays, its parallel axis cut into parts."""
    function = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2)(linker().address(kernel))
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
