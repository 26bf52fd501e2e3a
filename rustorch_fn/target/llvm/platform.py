"""What differs between systems: memory from the system, cores, caches of the processor, words of the pool.

Everything that is Linux's alone is here, each with a plain fallback, which RT_PORTABLE=1 chooses.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys
from pathlib import Path
from typing import NamedTuple

from rustorch_fn import flags

WINDOWS = sys.platform == "win32"
ASK = 256 << 20  # whoever wants so many bytes gets them only where the machine has them


@functools.cache
def linux() -> bool:
    """Whether Linux's own calls may be used."""
    return sys.platform.startswith("linux") and not flags.get("RT_PORTABLE")


@functools.cache
def x86() -> bool:
    """Whether the processor is a 64-bit x86."""
    return platform.machine().lower() in ("x86_64", "amd64")


@functools.cache
def arm() -> bool:
    """Whether the processor is a 64-bit ARM."""
    return platform.machine().lower() in ("aarch64", "arm64")


# --- memory ---


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL("msvcrt") if WINDOWS else ctypes.CDLL(None)
    if WINDOWS:
        libc._aligned_malloc.restype, libc._aligned_malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t] * 2
        libc._aligned_free.argtypes, libc._aligned_free.restype = [ctypes.c_void_p], None
    else:
        libc.posix_memalign.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t, ctypes.c_size_t]
        libc.free.argtypes, libc.free.restype = [ctypes.c_void_p], None
    return libc


def take(nbytes: int, align: int = 64) -> int:
    """Memory from the system, or 0 when there is none."""
    if nbytes >= ASK and nbytes > available_bytes():
        return 0  # some systems would promise them, and kill the process when it writes there
    libc = _libc()
    if WINDOWS:
        return libc._aligned_malloc(nbytes, align) or 0
    pointer = ctypes.c_void_p()
    failed = libc.posix_memalign(ctypes.byref(pointer), align, nbytes)
    return 0 if failed else pointer.value or 0


def give(pointer: int) -> None:
    """Return what `take` gave."""
    (_libc()._aligned_free if WINDOWS else _libc().free)(pointer)


def trim() -> None:
    """Ask the system's allocator to return what it keeps."""
    if linux() and hasattr(_libc(), "malloc_trim"):
        _libc().malloc_trim(ctypes.c_size_t(0))


def physical_bytes() -> int:
    """The memory that this process may use: the machine's, or what its control groups allow."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 4 << 30
    limits = [read(str(folder / "memory.max")) for folder in _groups()] if linux() else []
    limits.append(read("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])


def available_bytes() -> int:
    """The memory that this process may still take, as far as the system says."""
    if not linux():
        return sys.maxsize
    machine = _counts("/proc/meminfo")
    left = [1024 * (machine["MemAvailable:"] + machine.get("SwapFree:", 0))] if "MemAvailable:" in machine else []
    old = "/sys/fs/cgroup/memory/memory"
    files = [(f"{folder}/memory.max", f"{folder}/memory.current", f"{folder}/memory.stat") for folder in _groups()]
    for most, used, stat in (*files, (f"{old}.limit_in_bytes", f"{old}.usage_in_bytes", f"{old}.stat")):
        limit, taken = read(most), read(used)
        if limit.isdigit() and taken.isdigit():
            # files that the system remembers only for speed would go first
            left.append(int(limit) - int(taken) + _counts(stat).get("inactive_file", 0))
    return min(left, default=sys.maxsize)


def _counts(path: str) -> dict[str, int]:
    """The numbers of a file whose lines are a name and a number."""
    rows = (line.split() for line in read(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


# --- processor ---


def read(path: str) -> str:
    """The text of a file of the system's, or an empty string."""
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


@functools.cache
def cores() -> int:
    """How many cores this process may use: its affinity and its control group's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, _quota())) if linux() else count


def _groups() -> list[Path]:
    """The folders of this process's control groups, from its own to the root."""
    group = next((line[3:] for line in read("/proc/self/cgroup").splitlines() if line.startswith("0::")), "/")
    own = Path("/sys/fs/cgroup" + group)
    return [own, *own.parents]


def _quota() -> int:
    """Cores that the control groups of this process allow, rounded up."""
    best = 1 << 20
    for folder in _groups():
        words = read(str(folder / "cpu.max")).split()
        if len(words) == 2 and words[0].isdigit() and int(words[1]):
            best = min(best, -(-int(words[0]) // int(words[1])))
    quota, period = read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
    if quota.isdigit() and period.isdigit() and int(period):
        best = min(best, -(-int(quota) // int(period)))
    return best


def threads() -> int:
    """Threads that a program may use: RT_NUM_THREADS, else all usable cores."""
    return flags.get("RT_NUM_THREADS") or cores()


def cache_bytes() -> tuple[int, int, int]:
    """Sizes of the first, second and third data cache that one core sees."""
    sizes = [32 << 10, 256 << 10, 4 << 20]
    root = "/sys/devices/system/cpu/cpu0/cache"
    for index in range(5) if linux() else ():
        level, size = read(f"{root}/index{index}/level"), read(f"{root}/index{index}/size")
        if read(f"{root}/index{index}/type") in ("Data", "Unified") and level in "123" and size[:-1].isdigit():
            sizes[int(level) - 1] = int(size[:-1]) << {"K": 10, "M": 20}.get(size[-1], 0)
    return sizes[0], sizes[1], sizes[2]


def allow_tiles() -> bool:
    """Ask Linux for the right to use AMX tiles in this process; True when it is granted."""
    if not (linux() and x86()):
        return False
    request, tile_data = 0x1023, 18  # ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    libc = ctypes.CDLL(None)
    arch_prctl = 158
    return bool(libc.syscall(ctypes.c_long(arch_prctl), ctypes.c_long(request), ctypes.c_long(tile_data)) == 0)


# --- sources under kernels/ ---


class System(NamedTuple):
    """What native code is made for: linux, darwin or win32, and x86_64 or aarch64. `futex`: Linux's own calls may be
    used."""

    name: str
    processor: str
    futex: bool = False


FUTEX = {"x86_64": 202, "aarch64": 98}  # numbers of Linux's system call


def here() -> System:
    """The system of this process. One that is none of those is taken for a POSIX system like Linux."""
    processor = "x86_64" if x86() else "aarch64" if arm() else platform.machine().lower()
    return System(sys.platform, processor, linux() and processor in FUTEX)


def sources(system: System) -> tuple[str, ...]:
    """The sources that say what a system and a processor have: threads, time, rest, floating-point modes."""
    floats = "floats_x86.ll" if system.processor == "x86_64" else "floats_plain.ll"
    if system.name == "win32":
        return "windows.ll", floats
    return "posix.ll", "futex.ll" if system.futex else "condition.ll", floats


def words(system: System) -> dict[str, object]:
    """Placeholders of the sources: how a thread waits for a moment, and numbers that systems define differently."""
    pauses = {
        "x86_64": ("declare void @llvm.x86.sse2.pause()", "call void @llvm.x86.sse2.pause()"),
        "aarch64": ("declare void @llvm.aarch64.hint(i32)", "call void @llvm.aarch64.hint(i32 1)"),
    }
    declared, pause = pauses.get(system.processor, ("", 'fence syncscope("singlethread") seq_cst'))
    return {
        "pause": pause,
        "declare_pause": declared,
        "setmask": 2 if system.name.startswith("linux") else 3,  # SIG_SETMASK
        "monotonic": 6 if system.name == "darwin" else 1,  # CLOCK_MONOTONIC
        "futex": FUTEX.get(system.processor, 0),
    }


@functools.cache
def supplied() -> dict[str, int]:
    """Addresses of what objects for this system ask for beyond memcpy and its kin, and no library shows to the JIT."""
    if not WINDOWS:
        return {}
    probe = ctypes.WinDLL("ntdll")["__chkstk"]  # type: ignore[attr-defined]  # touches the pages of a large frame
    return {"_fltused": ctypes.addressof(_uses_floats), "__chkstk": ctypes.cast(probe, ctypes.c_void_p).value or 0}


_uses_floats = ctypes.c_int(1)


# --- folders ---


def cache_folder() -> Path | None:
    """Where this system keeps caches of a user; None where no home is known."""
    home = _home()
    if WINDOWS:
        base = _named("LOCALAPPDATA") or (home and home / "AppData" / "Local")
        return base and base / "rustorch_fn" / "Cache"
    if sys.platform == "darwin":
        return home and home / "Library" / "Caches" / "rustorch_fn"
    base = _named("XDG_CACHE_HOME") or (home and home / ".cache")
    return base and base / "rustorch_fn"


def _named(variable: str) -> Path | None:
    """The folder that a variable names. One that is not a whole path is none, as the XDG rules say."""
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None


def _home() -> Path | None:
    if WINDOWS:
        return _named("USERPROFILE")
    import pwd

    try:
        return _named("HOME") or Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None
