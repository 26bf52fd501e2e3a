"""Run programs of `kernel/plan.py` on the CPU.

    executable = Executable(program, engine.kernels(texts), consts=(pointer, ...), hosts={0: function})
    executable.run(input_pointers, output_pointers)       # integers; blocks until done

An `Executable` is read only and may run in any number of threads at once. It holds its kernels; the caller keeps
alive what the pointers show, and the constants (give them as `keep`). `run` takes the arena for temps from
`memory.block`. Programs that turn out to take longer than about 20 microseconds release the GIL; control steps let
Python handle signals about every 10 ms, so Ctrl-C raises KeyboardInterrupt out of `run`. An exception of a host
callback comes out of `run` as it is. A kernel that gives a status other than 0 ends the program, and `run` raises
`explain(step, status)`, by default an InternalError.

`executable.call(arena, *inputs, *outputs)` is the bare native call: `arena` is an address of `executable.arena_bytes`
bytes (or 0 if that is 0); where `executable.scratch_bytes` is not 0, memory of that size is one more input; a result
other than None goes to `executable.fail(result)`. `executable.short(...)` takes and gives arrays.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
import threading
from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TypeAlias

from rustorch_fn.core import forks
from rustorch_fn.core.array import Form
from rustorch_fn.errors import InternalError
from rustorch_fn.kernel.plan import (
    ALIGN,
    Branch,
    Carry,
    Copy,
    Fill,
    Host,
    Launch,
    Layout,
    Loop,
    Place,
    Program,
    Step,
    Steps,
    While,
    base,
    moves,
    place,
    walk,
    with_scratch,
)
from rustorch_fn.target.llvm import arrays, engine, memory, platform
from rustorch_fn.target.llvm.arrays import Short
from rustorch_fn.target.source import filled

Call: TypeAlias = Callable[..., int | None]

HEADER = 12  # words of an image before its tables
FRAME = 16  # words of a frame before its slots
SMALL = 8 << 10  # an arena up to this many bytes lies in the frame, on the stack
CHUNKS = 64  # most parts that one launch is split into
CHUNK_NS = 4000.0  # and the least work that is worth a part
RAISED = -2  # status of a host step whose callback raised
BUILTINS = ("rawcall.ll", "arrays.ll")  # after the executor
WORDS = {Launch: 0, Copy: 1, Fill: 2, Host: 3, While: 4, Branch: 5, Loop: 6}


# --- from plan to words ---


class _Encoder:
    """Writes the words of one program; `kernels/executor.ll` says what they mean."""

    def __init__(self, program: Program, layout: Layout, kernels: Mapping[str, int], hosts: Mapping[int, int]) -> None:
        self.slots, self.kernels, self.hosts = program.slots, kernels, hosts
        self.inputs, self.outputs = program.count("input"), program.count("output")
        temps = [k for k, offset in enumerate(layout.offsets) if offset >= 0]
        self.others = [k for k, s in enumerate(program.slots) if s.kind in ("const", "row")]
        self.index: dict[int, int] = {}
        for k, slot in enumerate(program.slots):
            if slot.kind in ("input", "output"):
                self.index[k] = slot.index + (self.inputs if slot.kind == "output" else 0)
        first = self.inputs + self.outputs
        self.index.update((k, first + n) for n, k in enumerate([*temps, *self.others]))
        self.offsets = [layout.offsets[k] for k in temps]
        self.guests = layout.guests
        self.words: list[int] = []
        self.number = itertools.count()

    def image(self, consts: Sequence[int], program: Program, threads: int, inside_bytes: int) -> array[int]:
        """Header, tables and steps. `inside_bytes` of the frame are the arena."""
        stride = 1 + max((len(s.bufs) for s in walk(program.steps) if isinstance(s, Launch | Host)), default=0)
        values = [consts[self.slots[k].index] if self.slots[k].kind == "const" else 0 for k in self.others]
        begin = HEADER + len(self.offsets) + len(values)
        frame = FRAME + self.inputs + 2 * self.outputs + len(self.offsets) + len(values) + stride * threads
        self.words = [0] * HEADER + self.offsets + values
        self.steps(program.steps)
        counts = (self.inputs, self.outputs, len(self.offsets), len(values))
        inside = _round(8 * frame) // 8 if inside_bytes else 0
        frame = inside + inside_bytes // 8 if inside else frame
        self.words[:HEADER] = [*counts, frame, stride, threads, 0, begin, len(self.words), inside, 0]
        return array("q", [(w & (1 << 64) - 1) - (w >> 63 & 1) * (1 << 64) for w in self.words])

    def steps(self, steps: Steps) -> tuple[int, int]:
        begin = len(self.words)
        for step in steps:
            self.step(step)
        return begin, len(self.words)

    def step(self, step: Step) -> None:
        start = len(self.words)
        work = step.work if isinstance(step, Launch) else step.nbytes / 10 if isinstance(step, Copy | Fill) else 0
        self.words += [WORDS[type(step)], 0, next(self.number), int(work)]
        match step:
            case Launch():
                # the split depends on the plan alone, never on the number of threads
                pieces = -(-step.extent // step.grain)
                parts = min(CHUNKS, max(2, int(step.work / CHUNK_NS)))
                chunk = step.grain * max(1, -(-pieces // parts))
                address = self.kernels[step.kernel]
                scratch = _round(step.scratch)
                self.words += [address, step.extent, chunk, scratch, len(step.bufs), len(step.ctx)]
                self.words += self.place((step.room, 0)) if scratch else (0, 0)
                self.words += [*self.places(step.bufs), *step.ctx]
            case Copy():
                self.words += [*self.place(step.dst), *self.place(step.src), step.nbytes]
            case Fill():
                self.words += [*self.place(step.dst), step.nbytes, step.byte]
            case Host():
                self.words += [self.hosts[step.callback], len(step.bufs), len(step.ctx)]
                self.words += [*self.places(step.bufs), *step.ctx]
            case While():
                self.while_(step)
            case Branch():
                self.branch(step)
            case Loop():
                self.loop(step)
        self.words[start + 1] = len(self.words)

    def while_(self, step: While) -> None:
        cycles, homes = self.carries(step.carries)
        operands = len(self.words)
        self.words += [*self.place((step.pred, 0)), 0, 0, 0, len(cycles), len(homes) // 4, *cycles, *homes]
        cond, body = self.steps(step.cond), self.steps(step.body)
        self.words[operands + 2 : operands + 5] = [*cond, body[1]]

    def branch(self, step: Branch) -> None:
        operands = len(self.words) + 4
        self.words += [*self.place((step.index, 0)), self.slots[step.index].nbytes, len(step.branches)]
        self.words += [0, 0] * len(step.branches)
        for k, branch in enumerate(step.branches):
            self.words[operands + 2 * k : operands + 2 * k + 2] = self.steps(branch)

    def loop(self, step: Loop) -> None:
        cycles, homes = self.carries(step.carries)
        counts = step.counter >= 0
        counter = self.place((step.counter, 0)) if counts else (-1, 0)
        rows = [w for row, whole, stride in step.rows for w in (self.index[row], *self.place((whole, 0)), stride)]
        self.words += [step.length, step.reverse, *counter, self.slots[step.counter].nbytes if counts else 0]
        self.words += [len(step.rows), len(cycles), len(homes) // 4]
        operands = len(self.words)
        self.words += [0, 0, *rows, *cycles, *homes]
        self.words[operands : operands + 2] = self.steps(step.body)

    def carries(self, carries: tuple[Carry, ...]) -> tuple[list[int], list[int]]:
        """Cycles of slots to rotate, and which outputs to bring home in the end: (in, partner, bytes, output)."""
        cycles = [w for cycle in moves(carries) for w in (len(cycle), *(self.index[s] for s in cycle))]
        homes = [
            word
            for into, out, nbytes in carries
            if self.slots[into].kind == "output"
            for word in (self.index[into], self.index[out], nbytes, self.slots[into].index)
        ]
        return cycles, homes

    def place(self, where: Place) -> Place:
        slot, offset = base(self.slots, *where)
        if slot in self.guests:
            slot, more = self.guests[slot]
            offset += more
        return self.index[slot], offset

    def places(self, bufs: Iterable[Place]) -> list[int]:
        return [word for buf in bufs for word in self.place(buf)]


def _round(nbytes: int) -> int:
    return -(-nbytes // ALIGN) * ALIGN


# --- native part ---


_callbacks: dict[int, Callable[[tuple[int, ...], tuple[int, ...]], object]] = {}
_callback_ids = itertools.count(1)
_raised: dict[int, BaseException] = {}  # thread -> what its host callback raised
_HOST = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p, ctypes.c_int64] * 2)
_RUN = ctypes.PYFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 3)


@_HOST  # type: ignore[untyped-decorator]
def _host(callback: int, bufs: int | None, nbufs: int, ctx: int | None, nctx: int) -> int:
    """Called by the executor, in any thread, with or without the GIL released."""
    try:
        pointers = (ctypes.c_int64 * nbufs).from_address(bufs or 0) if nbufs else ()
        numbers = (ctypes.c_int64 * nctx).from_address(ctx or 0) if nctx else ()
        _callbacks[callback](tuple(pointers), tuple(numbers))
    except BaseException as error:  # `run` raises it again
        _raised[threading.get_ident()] = error
        return RAISED
    return 0


_EXPORTS = ("rt_run", "rt_host", "rt_main_thread", "rt_team", "rt_pool_pause", "rt_pool_resume", "rt_pool_reset")


def text(system: platform.System | None = None) -> str:
    """The sources of the native code as one module, for this system or another."""
    system = system or platform.here()
    words = {
        **platform.words(system),
        "words": arrays.WORDS,
        "head": arrays.HEAD,
        "type": arrays.TYPE,
        "count": arrays.COUNT,
    }
    names = ("executor.ll", "pool.ll", *platform.sources(system), *(BUILTINS if arrays.linkable(system.name) else ()))
    return "\n".join(filled(name, **words) for name in names)


class _Runtime:
    """The linked native code: `enter(image)` gives the function that runs an image."""

    def __init__(self) -> None:
        builtins = ("rt_call", *arrays.EXPORTS) if arrays.linkable(sys.platform) else ()
        self.address = engine.engine().library(text(), (*_EXPORTS, *builtins))
        pool = ("rt_pool_pause", "rt_pool_resume", "rt_pool_reset")
        self.pause, self.resume, self.reset = (ctypes.CFUNCTYPE(None)(self.address[name]) for name in pool)
        self.team = (ctypes.c_int64 * 4).from_address(self.address["rt_team"])
        self.threads = self.team[0] = platform.threads()
        ctypes.c_void_p.from_address(self.address["rt_host"]).value = ctypes.cast(_host, ctypes.c_void_p).value
        self.know_main_thread()
        self._run = _RUN(self.address["rt_run"])
        self.enter: Callable[[int], Call] = self.by_ctypes
        self.native: arrays.Native | None = None
        if arrays.expected() and self._fast_works():
            self.enter = self.by_fastcall
            native = arrays.Native(self.address)
            arrays.forever(native, engine.engine())
            allocator = memory.Allocator(memory.BOUND, shelves=native)
            if native.works(allocator):
                self.native = native
                memory.use(allocator)

    def know_main_thread(self) -> None:
        """Tell the executor which thread handles Python's signals."""
        ctypes.c_int64.from_address(self.address["rt_main_thread"]).value = threading.main_thread().ident or 0

    def by_ctypes(self, image: int) -> Call:
        """The slower entry that works with every interpreter."""
        run = self._run
        count = sum((ctypes.c_int64 * 2).from_address(image))

        def call(arena: int, *pointers: int) -> int | None:
            if len(pointers) != count:
                raise TypeError(f"this program takes {count} arrays, got {len(pointers)}")
            return run(image, arena, (ctypes.c_void_p * count)(*pointers)) or None

        return call

    def by_fastcall(self, image: int) -> Call:
        """A builtin function made from IR."""
        return arrays.builtin(self.address["rt_call"], image)

    def _fast_works(self) -> bool:
        """Whether a builtin made from IR behaves in this interpreter: tried on a program of no steps."""
        image = array("q", [0, 0, 0, 0, FRAME + 1, 1, 1, 0, HEADER, HEADER, 0, 0])
        call = self.by_fastcall(image.buffer_info()[0])
        try:
            call(0, 1)
        except TypeError:
            return call(0) is None
        return False


_made: list[_Runtime] = []


def runtime() -> _Runtime:
    """The executor, compiled or loaded at the first use."""
    if not _made:
        with _making:
            if not _made:
                _made.append(_Runtime())
    return _made[0]


# --- programs that run ---


class Executable:
    """A program with its kernels, ready to run."""

    def __init__(
        self,
        program: Program,
        kernels: Mapping[str, int],
        consts: Sequence[int] = (),
        hosts: Mapping[int, Callable[[tuple[int, ...], tuple[int, ...]], object]] | None = None,
        keep: object = None,
        explain: Callable[[Step, int], BaseException] | None = None,
        taken: Container[int] = (),
    ) -> None:
        self.program, self.keep, self.explain = program, keep, explain or _explain
        self._hold = (kernels, engine.hold(program.kernels()))
        self._hosts = {k: next(_callback_ids) for k in hosts or ()}
        _callbacks.update((self._hosts[k], function) for k, function in (hosts or {}).items())
        threads = runtime().threads
        program, self.scratch_bytes = with_scratch(program, threads)
        self.layout = place(program, taken)
        self.arena_bytes = self.layout.nbytes
        encoder = _Encoder(program, self.layout, kernels, self._hosts)
        inside = self.arena_bytes if self.arena_bytes <= SMALL else 0
        self.arena_bytes -= inside
        self._image = encoder.image(consts, program, threads, inside)
        self.call: Call = runtime().enter(self._image.buffer_info()[0])

    def run(self, inputs: Iterable[int], outputs: Iterable[int]) -> None:
        """Run once over these addresses."""
        allocator = memory.default()
        # held by name until the program has run
        arena = allocator.block(self.arena_bytes) if self.arena_bytes else None
        loan = allocator.borrow(self.scratch_bytes) if self.scratch_bytes else None
        try:
            result = self.call(arena.ptr if arena else 0, *inputs, *(loan[1:] if loan else ()), *outputs)
        finally:
            if loan:
                allocator.give_back(*loan)
        if result is not None:
            self.fail(result)

    def short(
        self, arguments: Sequence[Form], results: Sequence[tuple[Form, int]], takeovers: Mapping[int, int]
    ) -> Short | None:
        """A function of arrays of these Forms (results with their bytes), where this interpreter has that."""
        native = runtime().native
        if native is None:
            return None
        work = memory.workspace(self.scratch_bytes) if self.scratch_bytes else 0
        return native.short(self._image.buffer_info()[0], arguments, results, takeovers, self.arena_bytes, work, self)

    def fail(self, result: int) -> None:
        """Raise what a call that gave a number means."""
        number, status = result >> 32, result & 0xFFFFFFFF
        if status == RAISED & 0xFFFFFFFF:
            raise _raised.pop(threading.get_ident())
        step = next(itertools.islice(walk(self.program.steps), number, None))
        raise self.explain(step, status)

    def __del__(self) -> None:
        callbacks = _callbacks
        if callbacks is not None:  # None while the interpreter ends
            for k in getattr(self, "_hosts", {}).values():
                callbacks.pop(k, None)


def _explain(step: Step, status: int) -> BaseException:
    name = step.kernel if isinstance(step, Launch) else type(step).__name__
    return InternalError(f"the step {name[:16]} failed with status {status}")


def _before_fork() -> None:
    for made in _made:
        made.pause()


def _after_in_parent() -> None:
    for made in _made:
        made.resume()


def _after_in_child() -> None:
    for made in _made:
        made.reset()
        made.know_main_thread()


forks.around(_before_fork, _after_in_parent, _after_in_child)
# a fork takes it before it pauses the pool, which may be in the making
_making = forks.lock()
