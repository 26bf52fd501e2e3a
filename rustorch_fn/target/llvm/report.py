"""What this target finds on the machine, in words; nothing is compiled, and no folder is made."""

from __future__ import annotations

import contextlib
import os
import platform as system
import re

from rustorch_fn import flags
from rustorch_fn.errors import MissingExtra
from rustorch_fn.target.llvm import cache, engine, platform

# those that change what kernels look like, widest first
NAMED = (
    "amx-bf16", "amx-int8", "avx512fp16", "avx512bf16", "avx512vnni", "avx512bw", "avx512vl", "avx512f", "avx2",
    "fma", "f16c", "avx", "sse4.2", "sse4.1", "neon", "fullfp16", "bf16", "sve",
)  # fmt: skip


def found() -> str:
    """The compiler's version, or MissingExtra."""
    try:
        import llvmlite
        import llvmlite.binding as binding
    except ImportError as error:
        raise MissingExtra("compiling for the CPU", "llvmlite") from error
    return f"llvmlite {llvmlite.__version__} with LLVM {'.'.join(map(str, binding.llvm_version_info))}"


def facts() -> dict[str, str]:
    """Processor, vectors, caches of the processor, threads, and kernels on disk."""
    cpu, features = engine.processor()
    have = {word[1:] for word in features.split(",") if word.startswith("+")}
    machine = engine.describe(cpu, features)
    sizes = zip(("L1", "L2", "L3"), (machine.l1_bytes, machine.l2_bytes, machine.l3_bytes), strict=True)
    return {
        "processor": f"{_model()}, compiled for as {cpu}",
        "features": ", ".join(word for word in NAMED if word in have) or "none that kernels use",
        "vectors": f"{machine.width_bytes} bytes, {machine.registers} registers",
        "caches": ", ".join(f"{name} {_bytes(size)}" for name, size in sizes),
        "threads": f"{platform.threads()} of {platform.cores()} usable cores",
        "cache": _cache(),
    }


def _model() -> str:
    listed = re.search(r"^model name\s*: (.*)$", platform.read("/proc/cpuinfo"), re.MULTILINE)
    return listed[1] if listed else system.processor() or system.machine()


def _cache() -> str:
    path = cache.place()
    if path is None:
        return "off: kernels are kept in memory only"
    sizes = []
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                sizes.append(entry.stat(follow_symlinks=False).st_size)
    refusal = cache.refusal(path) if os.path.lexists(path) else ""
    if refusal:
        return f"not used: {refusal}"
    return f"{path} with {len(sizes)} entries, {_bytes(sum(sizes))} of {_bytes(flags.get('RT_CACHE_BYTES'))}"


def _bytes(count: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
