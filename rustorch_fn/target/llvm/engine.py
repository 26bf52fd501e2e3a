"""IR text becomes machine code: through memory, the disk cache, or LLVM.

    addresses = kernels({"3fa8…": "define i64 @k_3fa8…(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) {…}"})

A key stands for its text: the digest of the text without the name. The function inside is called `k_<key>`. A value
may also be a callable that makes the text; it is called only when neither memory nor disk knows the key. llvmlite is
imported at the first use. Code generation runs at level 1 without IR passes: explicit vectors need none.

Kernels live in generations of about 64, each with its own JIT. Once all of them together exceed a bound, generations
that nobody holds are dropped whole, which returns their memory. What `kernels` gives holds its kernels; so does
`hold(keys)`.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rustorch_fn import flags
from rustorch_fn.core import forks
from rustorch_fn.errors import CompileError, MissingExtra, OutOfMemory
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.target.llvm import cache, foreign, memory, platform
from rustorch_fn.version import TESTED, warn_untested

Text: TypeAlias = str | Callable[[], str]

GENERATION = 64
ROOM = 64 << 20  # LLVM ends the process when it gets no memory, so it begins only where this could be had
BOUND = 256 << 20  # bytes of loaded objects
CODEGEN = "codegen=1 lsr=0"  # part of every key on disk

# Features that RT_CPU takes away, by what their names begin with. LLVM lets +fma bring +avx back: all must go.
_BEYOND_AVX2 = ("avx512", "avx10", "amx", "evex512")
_BEYOND_SSE = (*_BEYOND_AVX2, "avx", "fma", "f16c", "vaes", "vpclmul", "xop", "sha512", "sm3", "sm4")
_NARROW = {"avx512": ((), "x86-64-v4"), "avx2": (_BEYOND_AVX2, "x86-64-v3"), "sse4": (_BEYOND_SSE, "x86-64-v2")}

_TILED = ("sapphirerapids", "emeraldrapids", "graniterapids", "diamondrapids")
_WIDE = ("skylake-avx512", "cascade", "cooper", "icelake", "tigerlake", "rocket", "znver4", "znver5")


@dataclass(slots=True)
class Generation:
    """Kernels that come and go together."""

    jit: Any
    trackers: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    nbytes: int = 0

    def close(self) -> None:
        """Unload the code. Libraries go before the JIT that made them."""
        self.trackers.clear()
        self.jit.close()


class Hold:
    """Keeps kernels loaded for as long as this object lives."""

    __slots__ = ("_dropped", "_keys")

    def __init__(self, keys: tuple[str, ...], dropped: deque[tuple[str, ...]]) -> None:
        self._keys, self._dropped = keys, dropped

    def __del__(self) -> None:
        self._dropped.append(self._keys)  # only noted: the collector may run while the engine's lock is taken


class Loaded(dict[str, int]):
    """Key -> address, with a hold on the kernels."""

    __slots__ = ("hold",)
    hold: Hold


# a child whose parent's other thread was inside of LLVM would wait for it forever
_compiling = forks.lock()
_making = forks.lock()


class Engine:
    """One per process: see `engine()`."""

    def __init__(self) -> None:
        self.binding = _binding()
        self.cpu, self.features = _target(self.binding)
        self.lock = _compiling
        self.folder = cache.open_default()
        self.generations: list[Generation] = []
        self.addresses: dict[str, int] = {}
        self._held: Counter[str] = Counter()
        self._dropped: deque[tuple[str, ...]] = deque()
        self._salt = "\0".join((str(self.binding.llvm_version_info), self.cpu, self.features, CODEGEN)).encode()
        self._emit = _unlocked_emit()
        self._forever: list[Generation] = []
        self._names = 0
        self.compiled = self.loaded = self.compiled_ns = self.loaded_ns = 0
        self.lowered = self.recalled = 0  # plans made here, and found on disk
        self.donated = self.declined = 0  # arguments whose memory a result took, and those that others held too

    def target_machine(self) -> Any:
        """LLVM's code generator for the chosen processor."""
        return generator(self.binding, self.binding.get_process_triple(), self.cpu, self.features)

    def kernels(self, texts: Mapping[str, Text]) -> Loaded:
        """The addresses of `k_<key>` for every key, valid for as long as the result lives."""
        with self.lock:
            missing = {key: text for key, text in texts.items() if key not in self.addresses}
            if missing:
                objects = self._objects(missing)
                self._evict(set(texts))
                for start in range(0, len(missing), GENERATION):
                    self._link({key: objects[key] for key in [*missing][start : start + GENERATION]})
            found = Loaded((key, self.addresses[key]) for key in texts)
            found.hold = self.hold(texts)
            return found

    def find(self, keys: Iterable[str]) -> Loaded | None:
        """The addresses of kernels that memory and disk know; None when a single one would have to be compiled."""
        with self.lock:
            try:
                return self.kernels(dict.fromkeys(keys, _absent))
            except LookupError:
                return None

    def recall(self, name: str) -> bytes | None:
        """What an earlier process on such a processor remembered under a name (a digest and what it is of)."""
        return self.folder.read(self._disk_key(name)) if self.folder else None

    def remember(self, name: str, data: bytes) -> None:
        """Keep bytes beside the kernels, for `recall`."""
        if self.folder:
            self.folder.write(self._disk_key(name), data)

    def hold(self, keys: Iterable[str]) -> Hold:
        """Say that these kernels are in use until the result is dropped."""
        kept = tuple(keys)
        with self.lock:
            self._held.update(kept)
        return Hold(kept, self._dropped)

    def library(self, text: str, names: Iterable[str]) -> dict[str, int]:
        """Compile or load one module for good and give the addresses of several of its functions."""
        key = hashlib.sha256(text.encode()).hexdigest()
        with self.lock:
            code = self._objects({key: text})[key]
            generation = Generation(self._jit())
            self._forever.append(generation)
            return self._add(generation, [code], tuple(names))

    def _objects(self, texts: Mapping[str, Text]) -> dict[str, bytes]:
        if not _spare(ROOM):
            memory.default().trim()
            if not _spare(ROOM):
                raise OutOfMemory(ROOM, op="compiling")
        began = time.perf_counter_ns()
        found: dict[str, bytes] = {}
        for key in texts:
            data = self.recall(key)
            if data is not None:
                found[key] = data
        self.loaded += len(found)
        self.loaded_ns += time.perf_counter_ns() - began
        rest = [key for key in texts if key not in found]
        if rest:
            began = time.perf_counter_ns()
            found.update(zip(rest, self._compile([_text(texts[key]) for key in rest]), strict=True))
            self.compiled += len(rest)
            self.compiled_ns += time.perf_counter_ns() - began
            for key in rest:
                self.remember(key, found[key])
        return found

    def _compile(self, texts: list[str]) -> list[bytes]:
        """Object code of modules, on several threads when there are several."""
        with _without_lsr(self.binding):
            team = min(len(texts), platform.threads())
            if team < 2 or not _spare(team * ROOM):
                return [self._object(text) for text in texts]
            from concurrent.futures import ThreadPoolExecutor  # 4 ms that a warm start does not need

            codes: list[Callable[[], bytes]] = []
            with ThreadPoolExecutor(team) as pool:
                for text in texts:
                    try:
                        codes.append(pool.submit(self._object, text).result)
                    except RuntimeError:  # no more threads, or Python is about to end
                        codes.append(functools.partial(self._object, text))
                return [code() for code in codes]

    def _object(self, text: str) -> bytes:
        began = time.perf_counter_ns()
        # a context of its own: types and constants go away with it, and other threads may compile meanwhile
        try:
            module = self.binding.parse_assembly(text, self.binding.create_context())
            module.verify()
        except RuntimeError as error:
            raise CompileError(f"LLVM does not take the kernel {_title(text)}", got=error) from error
        with module:
            code = self._emit(self.target_machine(), module)
        level = flags.get("RT_DEBUG")
        if level >= 4:
            print(text, file=sys.stderr)
        if level >= 2:
            spent = (time.perf_counter_ns() - began) / 1e6
            print(f"compiled {_title(text)}: {spent:.1f} ms, {len(code)} bytes", file=sys.stderr)
        return code

    def _disk_key(self, key: str) -> bytes:
        return hashlib.sha256(self._salt + b"\0" + key.encode()).digest()

    def _jit(self) -> Any:
        return self.binding.create_lljit_compiler(self.target_machine(), use_jit_link=True)

    def _link(self, objects: Mapping[str, bytes]) -> None:
        if not self.generations or len(self.generations[-1].keys) + len(objects) > GENERATION:
            self.generations.append(Generation(self._jit()))
        generation = self.generations[-1]
        found = self._add(generation, list(objects.values()), tuple(f"k_{key}" for key in objects))
        generation.keys.extend(objects)
        self.addresses.update((key, found[f"k_{key}"]) for key in objects)

    def _add(self, generation: Generation, codes: list[bytes], names: tuple[str, ...]) -> dict[str, int]:
        builder = self.binding.JITLibraryBuilder().add_current_process()
        outside = {k: a for code in codes for k, a in foreign.asked(code).items()}
        for name, address in {**platform.supplied(), **outside}.items():
            builder.import_symbol(name, address)
        for code in codes:
            builder.add_object_img(code)
        for name in names:
            builder.export_symbol(name)
        self._names += 1
        try:
            tracker = builder.link(generation.jit, f"library{self._names}")
        except RuntimeError as error:
            raise CompileError("LLVM cannot link a kernel", got=error) from error
        generation.trackers.append(tracker)
        generation.nbytes += sum(map(len, codes))
        return {name: tracker[name] for name in names}

    def _evict(self, wanted: set[str]) -> None:
        while self._dropped:
            self._held.subtract(self._dropped.popleft())
        if sum(g.nbytes for g in self.generations) <= BOUND:
            return
        for generation in self.generations[:]:
            if not any(self._held[key] > 0 or key in wanted for key in generation.keys):
                self.generations.remove(generation)
                for key in generation.keys:
                    del self.addresses[key]
                generation.close()
        self._held = +self._held

    def stats(self) -> dict[str, float]:
        """What compilation has cost so far."""
        return {
            "compiled": self.compiled,
            "loaded": self.loaded,
            "in_memory": len(self.addresses),
            "bytes": sum(g.nbytes for g in self.generations),
            "generations": len(self.generations),
            "compile_ms": self.compiled_ns / 1e6,
            "load_ms": self.loaded_ns / 1e6,
            "lowered": self.lowered,
            "recalled": self.recalled,
            "donated": self.donated,
            "declined": self.declined,
        }


_engine: Engine | None = None


def engine() -> Engine:
    """The process's engine, made at the first call."""
    global _engine
    if _engine is None:
        with _making:
            if _engine is None:
                _engine = Engine()
    return _engine


def kernels(texts: Mapping[str, Text]) -> Loaded:
    """Compile or load IR texts: key -> address of its function `k_<key>`, valid for as long as the result lives."""
    return engine().kernels(texts)


def hold(keys: Iterable[str]) -> Hold:
    """Keep kernels loaded until the result is dropped."""
    return engine().hold(keys)


def clear_disk_cache() -> None:
    """Delete what is kept on disk."""
    folder = engine().folder
    if folder:
        folder.clear()


def stats() -> dict[str, float]:
    """Kernels compiled, loaded from disk and kept in memory; the time and bytes they took; and plans made
    (`lowered`) or found on disk (`recalled`); and what became of donated arguments."""
    names = "compiled loaded in_memory bytes generations compile_ms load_ms lowered recalled donated declined".split()
    return _engine.stats() if _engine is not None else dict.fromkeys(names, 0)


_machine: Machine | None = None


def machine() -> Machine:
    """The processor that kernels are made for, as RT_CPU narrows it."""
    global _machine
    if _machine is None:
        made = engine()
        _machine = describe(made.cpu, made.features)
    return _machine


def describe(cpu: str, features: str) -> Machine:
    """A Machine from LLVM's words for a processor."""
    have = {word[1:] for word in features.split(",") if word.startswith("+")}
    wide, middle = "avx512f" in have and "avx512vl" in have, "avx2" in have
    l1, l2, l3 = platform.cache_bytes()
    return Machine(
        name=cpu,
        width_bytes=64 if wide else 32 if middle else 16,
        registers=32 if wide or "neon" in have else 16,
        fma="fma" in have or "neon" in have,
        masks=wide,
        f16="f16c" in have or "neon" in have,
        f16_arithmetic="avx512fp16" in have or "fullfp16" in have,
        bf16="avx512bf16" in have or "bf16" in have,
        avx512bw=wide and "avx512bw" in have,
        amx="amx-bf16" in have and platform.allow_tiles(),
        l1_bytes=l1,
        l2_bytes=l2,
        l3_bytes=l3,
        cores=platform.threads(),
    )


def processor() -> tuple[str, str]:
    """LLVM's name for the processor and its features, as RT_CPU narrows them."""
    return _target(_binding())


def _binding() -> Any:
    try:
        import llvmlite
        import llvmlite.binding as binding
    except ImportError as error:
        raise MissingExtra("compiling for the CPU", "llvmlite") from error
    warn_untested("llvmlite", llvmlite.__version__)
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    binding.initialize_native_asmparser()
    return binding


def _target(binding: Any) -> tuple[str, str]:
    """Processor name and features: the features decide, as names lie under hypervisors."""
    found = dict(binding.get_host_cpu_features())
    narrow = flags.get("RT_CPU") if platform.x86() else ""
    if narrow:
        taken, name = _NARROW[narrow]
        found = {word: have and not word.startswith(taken or "\0") for word, have in found.items()}
        missing = {"avx512": "avx512vl", "avx2": "avx2", "sse4": "sse4.2"}[narrow]
        if not found.get(missing):
            name = "x86-64"
    else:
        name = _name(binding.get_host_cpu_name(), found)
    if platform.arm():  # every 64-bit one has vectors, though LLVM does not see them on each system
        found = {"neon": True, "fp-armv8": True, **found}
    return name, ",".join(f"{'+' if have else '-'}{word}" for word, have in sorted(found.items()))


def _name(host: str, found: Mapping[str, bool]) -> str:
    """The host's own name, unless its features contradict it."""
    if not platform.x86():
        return host
    if found.get("amx-tile"):
        return host if host in _TILED else "sapphirerapids"
    if found.get("avx512vl") or not host.startswith(_WIDE):
        return host
    return "x86-64-v3" if found.get("avx2") else "x86-64-v2"


def generator(binding: Any, triple: str, cpu: str, features: str) -> Any:
    """LLVM's code generator for a processor: machine code to be linked in memory."""
    options = {"opt": 1, "jit": True, "reloc": "default", "codemodel": "jitdefault"}
    return binding.Target.from_triple(triple).create_target_machine(cpu=cpu, features=features, **options)


def _absent() -> str:
    raise LookupError


def _spare(nbytes: int) -> bool:
    """Whether so many bytes could be had now."""
    pointer = platform.take(nbytes)
    if pointer:
        platform.give(pointer)
    return pointer != 0


def _text(text: Text) -> str:
    return text if isinstance(text, str) else text()


def _title(text: str) -> str:
    """The name of the first function of a module."""
    return text.partition("@")[2].partition("(")[0][:40]


def _unlocked_emit() -> Callable[[Any, Any], bytes]:
    """Code generation for one module. llvmlite takes one lock for all of LLVM; modules of different contexts do not
    need it, so this calls the same functions of the library without the lock."""
    import llvmlite
    from llvmlite.binding import ffi

    library = ctypes.CDLL(ffi.lib._name)
    names = ("TargetMachineEmitToMemory", "GetBufferStart", "GetBufferSize", "DisposeMemoryBuffer")
    emit, start, size, dispose = (library[f"LLVMPY_{name}"] for name in names)
    pointer, text = ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p)
    emit.argtypes, emit.restype = [pointer, pointer, ctypes.c_int, text], pointer
    start.argtypes, start.restype = [pointer], pointer
    size.argtypes, size.restype = [pointer], ctypes.c_size_t
    dispose.argtypes, dispose.restype = [pointer], None

    def unlocked(machine: Any, module: Any) -> bytes:
        with ffi.OutputString() as problem:
            buffer = emit(machine._ptr, module._ptr, 1, ctypes.byref(problem._ptr))
            if not buffer:
                raise CompileError("LLVM cannot generate code for a kernel", got=problem)
        try:
            return ctypes.string_at(start(buffer), size(buffer))
        finally:
            dispose(buffer)

    def locked(machine: Any, module: Any) -> bytes:
        code: bytes = machine.emit_object(module)
        return code

    # another version of llvmlite may call these functions otherwise
    return unlocked if f"{llvmlite.__version__}.".startswith(f"{TESTED['llvmlite'][1]}.") else locked


@contextlib.contextmanager
def _without_lsr(binding: Any) -> Iterator[None]:
    """Our addresses are strength-reduced already; LLVM's pass only costs a quarter of the time. Other users of LLVM
    in this process (numba) need it: put it back."""
    binding.set_option("rustorch", "-disable-lsr=true")
    try:
        yield
    finally:
        binding.set_option("rustorch", "-disable-lsr=false")
