"""A caching allocator. Fresh pages cost more than arithmetic, so memory given back is kept, up to a bound, and reused.

`allocate(nbytes)` gives the address of a 64-byte aligned block, `release(pointer)` takes it back. Blocks come in size
classes, four a doubling (whole pages from 1 MB on); small ones are cut from slabs. `release` never waits for a
lock, so `__del__` may call it from anywhere, also while the interpreter shuts down.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from rustorch_fn.errors import OutOfMemory
from rustorch_fn.target.llvm import platform

ALIGN = 64
SLAB = 64 << 10
SMALL = 4 << 10  # up to here blocks are cut from slabs
LARGE = 1 << 20
PAGE = 4096
ADDRESSES = 1 << 47  # no machine gives more


def size_class(nbytes: int) -> int:
    """The bytes that a request of this size really gets.

    >>> [size_class(n) for n in (0, 1, 64, 65, 1000, 5000, 1 << 20, (1 << 20) + 1)]
    [64, 64, 64, 128, 1024, 5120, 1048576, 1052672]
    """
    if nbytes <= 512:
        return (nbytes + 63) & -64 or 64
    step = PAGE if nbytes > LARGE else 1 << max((nbytes - 1).bit_length() - 3, 6)
    return (nbytes + step - 1) & -step


class Allocator:
    """Blocks by size class.

    The common paths take no lock: popping a list, appending to it and storing into a dict are atomic, and the GIL
    does not change hands inside of a statement like `a.b += c`. Where there is no GIL every call takes the lock.
    """

    def __init__(
        self, bound: int, take: Callable[[int], int] = platform.take, give: Callable[[int], None] = platform.give
    ) -> None:
        self.bound = bound
        self._take, self._give = take, give
        self._lock = threading.RLock()
        self._free: dict[int, list[int]] = {}
        self._live: dict[int, int] = {}
        self.live_bytes = self.peak_bytes = self.fresh = 0
        self._held = 0  # all memory taken from the system
        self._slabs = 0
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            self.allocate, self.release = self._locked(self.allocate), self._locked(self.release)  # type: ignore

    def _locked(self, method: Callable[[int], Any]) -> Callable[[int], Any]:
        def call(number: int) -> Any:
            with self._lock:
                return method(number)

        return call

    def allocate(self, nbytes: int) -> int:
        """The address of at least this many bytes, aligned to 64. Raises OutOfMemory."""
        size = (nbytes + 63) & -64 if 0 < nbytes <= 512 else size_class(nbytes)
        try:
            pointer = self._free[size].pop()
        except (KeyError, IndexError):
            pointer, size = self._more(size)
        self._live[pointer] = size
        live = self.live_bytes = self.live_bytes + size
        if live > self.peak_bytes:
            self.peak_bytes = live
        return pointer

    def release(self, pointer: int) -> None:
        """Take a block back. Never waits, never raises; a pointer that is not live is ignored."""
        size = self._live.pop(pointer, 0)
        if size:
            self._free[size].append(pointer)
            self.live_bytes -= size
            if self._held - self.live_bytes > self.bound + self._slabs and self._lock.acquire(blocking=False):
                try:
                    self._shrink(self.bound)
                finally:
                    self._lock.release()

    def _more(self, size: int) -> tuple[int, int]:
        """A block that no free list of this very class has: a slightly larger one, or fresh memory."""
        with self._lock:
            free = self._free.setdefault(size, [])
            if size <= SMALL:
                slab = self._fresh(SLAB)
                self._slabs += SLAB
                free.extend(slab + k * size for k in reversed(range(1, SLAB // size)))
                return slab, size
            if size >= LARGE:
                for near in sorted(s for s in self._free if size < s <= size + size // 8):
                    with contextlib.suppress(KeyError, IndexError):
                        return self._free[near].pop(), near
            return self._fresh(size), size

    def _fresh(self, size: int) -> int:
        pointer = self._take(size) if size < ADDRESSES else 0
        if not pointer:
            self._shrink(0)
            platform.trim()
            pointer = self._take(size) if size < ADDRESSES else 0
            if not pointer:
                raise OutOfMemory(size)
        self.fresh += 1
        self._held += size
        return pointer

    def _shrink(self, bound: int) -> None:
        """Give cached blocks back to the system, large ones first; slabs stay."""
        for size in sorted(self._free, reverse=True):
            if size <= SMALL:
                return
            blocks = self._free[size]
            while self._held - self.live_bytes > bound + self._slabs:
                try:
                    pointer = blocks.pop()
                except IndexError:
                    break
                self._held -= size
                self._give(pointer)

    def trim(self, bound: int = 0) -> None:
        """Return cached memory beyond `bound` bytes to the system."""
        with self._lock:
            self._shrink(bound)
        platform.trim()

    def stats(self) -> dict[str, int]:
        """Bytes in use, bytes kept for reuse, the most ever in use since `reset_peak`, fresh blocks taken."""
        return {
            "live_bytes": self.live_bytes,
            "cached_bytes": self._held - self.live_bytes,
            "peak_bytes": self.peak_bytes,
            "live_blocks": len(self._live),
            "fresh_blocks": self.fresh,
        }

    def reset_peak(self) -> None:
        """Start the high-water mark anew at what is live now."""
        self.peak_bytes = self.live_bytes


_default = Allocator(bound=min(platform.physical_bytes() // 4, 8 << 30))
allocate = _default.allocate
release = _default.release
trim = _default.trim
stats = _default.stats
reset_peak = _default.reset_peak


def set_bound(nbytes: int) -> None:
    """How many bytes may stay cached for reuse."""
    _default.bound = nbytes
    _default.trim(nbytes)


def _before_fork() -> None:
    _default._lock.acquire()


def _after_fork() -> None:
    _default._lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
