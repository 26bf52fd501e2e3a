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


# --- words for the sources under kernels/ ---


def pool_words() -> dict[str, object]:
    """Placeholders of pool.ll: how a thread rests and is woken, and numbers that systems define differently."""
    pause = "call void @llvm.x86.sse2.pause()" if x86() else 'fence syncscope("singlethread") seq_cst'
    if platform.machine().lower() in ("aarch64", "arm64"):
        pause = "call void @llvm.aarch64.hint(i32 1)"
    declare = {"x": "declare void @llvm.x86.sse2.pause()", "a": "declare void @llvm.aarch64.hint(i32)"}
    return {
        "pause": pause,
        "declare_pause": declare["x"] if x86() else declare["a"] if "aarch64" in pause else "",
        "setmask": 2 if sys.platform.startswith("linux") else 3,  # SIG_SETMASK
        "monotonic": 6 if sys.platform == "darwin" else 1,  # CLOCK_MONOTONIC
        "futex": {"x86_64": 202, "aarch64": 98, "arm64": 98}.get(platform.machine().lower(), 0),
    }


def has_futex() -> bool:
    """Whether threads may rest on a futex; else on a condition variable."""
    return linux() and bool(pool_words()["futex"])


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
