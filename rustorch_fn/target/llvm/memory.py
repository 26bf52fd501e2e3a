"""A caching allocator. Fresh pages cost more than arithmetic, so memory given back is kept, up to a bound, and reused.

`block(nbytes)` gives an object that holds 64-byte aligned memory (`ptr`, `nbytes`) until nobody holds it. Blocks come
in size classes, small ones cut from slabs. Free blocks lie on shelves, one a size class: taking one and putting it back
never waits, so a block may go at any time, also while the interpreter shuts down. `kernels/arrays.ll` has shelves that
programs reach without Python; `Shelves` are the plain ones.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from rustorch_fn.core import forks
from rustorch_fn.core.array import Buffer
from rustorch_fn.errors import OutOfMemory
from rustorch_fn.target.llvm import platform

ALIGN = 64
SLAB = 64 << 10
SMALL = 4 << 10  # up to here blocks are cut from slabs
LARGE = 1 << 20
NEAR = 4  # so many size classes further up a large block may come from: an eighth more


def _sizes() -> Iterator[int]:
    """The bytes of each size class: four a doubling, above LARGE thirty-two. Class 0 holds nothing."""
    yield from range(0, 512, ALIGN)
    size = 512
    while size < 1 << 47:  # no machine gives more
        yield size
        size += (1 << size.bit_length() - 1) // (4 if size < LARGE else 32)


SIZES = tuple(_sizes())


def size_class(nbytes: int) -> int:
    """The number of the smallest class that holds so many bytes. Raises OutOfMemory where no machine has as many.

    >>> [SIZES[size_class(n)] for n in (0, 1, 64, 65, 1000, 5000, 1 << 20, (1 << 20) + 1)]
    [64, 64, 64, 128, 1024, 5120, 1048576, 1081344]
    """
    index = bisect_left(SIZES, nbytes, 1)
    if index == len(SIZES):
        raise OutOfMemory(nbytes)
    return index


def workspace(nbytes: int) -> int:
    """The bytes that are lent to whoever needs so many to work in: few sizes, so that programs share them."""
    return 1 << max(nbytes - 1, SMALL).bit_length()


class Shelf(Protocol):
    """Free blocks by size class, and counts of those in use."""

    def block(self, index: int) -> Any:
        """A block of a class that is free, or None."""

    def borrow(self, index: int) -> int:
        """Memory to work in, or 0."""

    def back(self, index: int, pointer: int) -> None:
        """End of a loan, or the first memory to lend."""

    def stock(self, index: int, pointer: int) -> None:
        """Fresh memory."""

    def strip(self, index: int) -> int:
        """Memory of a free block that leaves, or 0."""

    def count(self) -> tuple[int, int, int]:
        """Live bytes, the most of them since `reset`, live blocks."""

    def reset(self) -> None:
        """Start the high-water mark anew."""

    def bound(self, floor: int, low: Callable[[], None]) -> None:
        """Call `low` soon after a block has gone and fewer bytes than `floor` are live."""


class Shelves:
    """The plain ones. List methods are atomic; what is counted too takes a lock where there is no GIL."""

    def __init__(self) -> None:
        self.free: list[list[int]] = [[] for _ in SIZES]
        self.lent: list[list[int]] = [[] for _ in SIZES]
        self.live = self.peak = self.blocks = self.floor = 0
        self.low: Callable[[], None] = lambda: None
        gil = getattr(sys, "_is_gil_enabled", lambda: True)()
        self.lock: Any = contextlib.nullcontext() if gil else threading.RLock()

    def block(self, index: int) -> Buffer | None:
        with self.lock:
            try:
                pointer = self.free[index].pop()
            except IndexError:
                return None
            live = self.live = self.live + SIZES[index]
            if live > self.peak:
                self.peak = live
            self.blocks += 1
        return Buffer(pointer, SIZES[index], self.gone)

    def gone(self, pointer: int, nbytes: int) -> None:
        with self.lock:
            self.free[bisect_left(SIZES, nbytes)].append(pointer)
            self.live -= nbytes
            self.blocks -= 1
        if self.live < self.floor:
            self.low()

    def borrow(self, index: int) -> int:
        try:
            return self.lent[index].pop()
        except IndexError:
            return 0

    def back(self, index: int, pointer: int) -> None:
        self.lent[index].append(pointer)

    def stock(self, index: int, pointer: int) -> None:
        self.free[index].append(pointer)

    def strip(self, index: int) -> int:
        try:
            return self.free[index].pop()
        except IndexError:
            return 0

    def count(self) -> tuple[int, int, int]:
        return self.live, self.peak, self.blocks

    def reset(self) -> None:
        self.peak = self.live

    def bound(self, floor: int, low: Callable[[], None]) -> None:
        self.floor, self.low = floor, low


_shelving = forks.lock()


class Allocator:
    """Fills shelves with memory from the system, and gives back what is too much."""

    def __init__(
        self,
        bound: int,
        take: Callable[[int], int] = platform.take,
        give: Callable[[int], None] = platform.give,
        shelves: Shelf | None = None,
    ) -> None:
        self.kept, self._take, self._give = bound, take, give
        self.shelves = shelves or Shelves()
        self._lock = _shelving
        self.fresh = 0  # blocks taken from the system
        self._held = self._slabs = self._work = 0  # bytes of blocks, of those in slabs, and of memory to work in

    def block(self, nbytes: int) -> Any:
        """At least this many bytes, aligned to 64, for as long as the block is held. Raises OutOfMemory."""
        index = size_class(nbytes)
        found = self.shelves.block(index)
        if found is None and SIZES[index] >= LARGE:
            near = map(self.shelves.block, range(index + 1, min(index + 1 + NEAR, len(SIZES))))
            found = next((block for block in near if block is not None), None)
        while found is None:
            self._more(index)
            found = self.shelves.block(index)
        return found

    def borrow(self, nbytes: int) -> tuple[int, int]:
        """Memory to work in until `give_back(*loan)`: size class and address. It is kept, and lent again."""
        index = size_class(workspace(nbytes))
        pointer = self.shelves.borrow(index)
        if not pointer:
            with self._lock:
                pointer = self._fresh(SIZES[index])
                self._held -= SIZES[index]
                self._work += SIZES[index]
        return index, pointer

    def give_back(self, index: int, pointer: int) -> None:
        """End a loan."""
        self.shelves.back(index, pointer)

    def _more(self, index: int) -> None:
        """Put fresh memory on a shelf that is empty."""
        size = SIZES[index]
        with self._lock:
            if size <= SMALL:
                slab = self._fresh(SLAB)
                self._slabs += SLAB
                for k in reversed(range(SLAB // size)):
                    self.shelves.stock(index, slab + k * size)
            else:
                self.shelves.stock(index, self._fresh(size))
            self._set_floor()

    def _fresh(self, size: int) -> int:
        pointer = self._take(size)
        if not pointer:
            self._shrink(0)
            platform.trim()
            pointer = self._take(size)
            if not pointer:
                raise OutOfMemory(size)
        self.fresh += 1
        self._held += size
        return pointer

    def _shrink(self, bound: int) -> None:
        """Give free blocks back to the system, large ones first; slabs stay."""
        for index in range(len(SIZES) - 1, size_class(SMALL), -1):
            while self.free_bytes() > bound + self._slabs and (pointer := self.shelves.strip(index)):
                self._held -= SIZES[index]
                self._give(pointer)
        self._set_floor()

    def _set_floor(self) -> None:
        self.shelves.bound(self._held - self.kept - self._slabs, self._low)

    def _low(self) -> None:
        # somebody who holds the lock is at it already
        if self._lock.acquire(blocking=False):
            try:
                self._shrink(self.kept)
            finally:
                self._lock.release()

    def free_bytes(self) -> int:
        """Bytes kept for reuse."""
        return self._held - self.shelves.count()[0]

    def trim(self, bound: int = 0) -> None:
        """Return kept memory beyond `bound` bytes to the system, and what nobody works in."""
        with self._lock:
            self._shrink(bound)
            for index in range(len(SIZES) if self._work else 0):
                while pointer := self.shelves.borrow(index):
                    self._work -= SIZES[index]
                    self._give(pointer)
        platform.trim()

    def set_bound(self, nbytes: int) -> None:
        """How many bytes may be kept for reuse."""
        self.kept = nbytes
        self.trim(nbytes)

    def stats(self) -> dict[str, int]:
        """Bytes in use, bytes kept for reuse, the most ever in use since `reset_peak`, bytes that programs work in,
        fresh blocks taken."""
        live, peak, blocks = self.shelves.count()
        return {
            "live_bytes": live,
            "cached_bytes": self._held - live,
            "peak_bytes": peak,
            "work_bytes": self._work,
            "live_blocks": blocks,
            "fresh_blocks": self.fresh,
        }

    def reset_peak(self) -> None:
        """Start the high-water mark anew at what is live now."""
        self.shelves.reset()


BOUND = min(platform.physical_bytes() // 4, 8 << 30)  # bytes kept for reuse, unless `set_bound` says otherwise
_default = Allocator(BOUND)


def use(allocator: Allocator) -> None:
    """Take blocks from here on from this allocator; a block that is out goes back to where it came from."""
    global _default
    _default = allocator


def default() -> Allocator:
    """The allocator of this process."""
    return _default


def block(nbytes: int) -> Any:
    """A block of the process's allocator."""
    return _default.block(nbytes)


def stats() -> dict[str, int]:
    """What the process's allocator counts."""
    return _default.stats()


def reset_peak() -> None:
    """Start the high-water mark of the process's allocator anew."""
    _default.reset_peak()
