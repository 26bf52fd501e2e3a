"""Ours beside JAX, PyTorch and NumPy in one run, as ratios: `python benchmarks/peers.py --help`.

Every library works in a process of its own, so that no pool of threads disturbs another. They take turns on each
row, on the same data; a row's time is the median over turns, of processor time on one thread and of wall time on
more. `ratio` is the better peer's time divided by ours: more than 1 is faster. Results are compared first.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent))  # as a script and as `python -m benchmarks.peers` alike

from rows import ROWS, Row  # noqa: E402

LIBRARIES = ("ours", "jax", "torch", "numpy")
OWN = ("ours", "kernel")
SAMPLE = 256  # elements of each result that are compared
POOLS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RT_NUM_THREADS", "NPROC")
IMPORT, FIRST = "import", ("mlp train step", "gemm 256x256x256", "softmax 64x1024")


# -- libraries ------------------------------------------------------------------------------------------------------


class Functional:
    """rustorch_fn or JAX: the same names."""

    def __init__(self, module: Any, ready: Callable[[Any], Any]) -> None:
        self.jit, self.value_and_grad, self.ready = module.jit, module.value_and_grad, ready
        self.numpy, self.nn, self.lax = module.numpy, module.nn, module.lax


class Eager:
    """PyTorch or NumPy."""

    def __init__(self, module: Any, of: Callable[[Any], Any]) -> None:
        self.m, self.of, self.f = module, of, getattr(getattr(module, "nn", None), "functional", None)

    def ready(self, result: Any) -> Any:
        return result


def load(library: str, threads: int) -> Functional | Eager:
    """Imports one library and nothing of the others."""
    if library == "ours":
        import rustorch_fn

        return Functional(rustorch_fn, lambda result: result)
    if library == "jax":
        import jax

        return Functional(jax, jax.block_until_ready)
    if library == "torch":
        import torch

        torch.set_num_threads(threads)
        return Eager(torch, torch.from_numpy)
    import numpy

    return Eager(numpy, numpy.asarray)


# -- the worker: one library, told what to do line by line --------------------------------------------------------


def leaves(result: Any) -> Iterator[Any]:
    """Arrays of a result, in one order for all libraries."""
    import numpy as np

    if isinstance(result, dict):
        result = [result[k] for k in sorted(result)]
    if isinstance(result, list | tuple):
        for x in result:
            yield from leaves(x)
    else:
        yield np.asarray(result.detach() if hasattr(result, "detach") else result)


def sample(result: Any) -> list[list[float]]:
    """Evenly spaced elements of each array."""
    flat = [x.reshape(-1) for x in leaves(result)]
    return [[float(v) for v in x[:: max(1, x.size // SAMPLE)][:SAMPLE]] for x in flat]


class Server:
    """Answers requests about one library: prepare a row, find how many calls fill a turn, time a turn."""

    def __init__(self, library: str, threads: int, clock: str) -> None:
        self.library, self.lib = library, load(library, threads)
        self.now = time.process_time if clock == "cpu" else time.perf_counter
        self.call: Callable[[], Any] = lambda: None

    def prepare(self, row: str) -> dict[str, Any]:
        """The first call: trace, compile, run."""
        chosen = ROWS[row]
        data = chosen.data()
        began = self.now()
        self.call = chosen.make[self.library](self.lib, **data)
        result = self.call()
        return {"first": self.now() - began, "sample": sample(result)}

    def turn(self, count: int) -> dict[str, Any]:
        began = self.now()
        for _ in range(count):
            self.call()
        return {"time": (self.now() - began) / count, "count": count}

    def calibrate(self, seconds: float) -> dict[str, Any]:
        self.call()
        answer = self.turn(1)
        while answer["time"] * answer["count"] < seconds:
            wanted = seconds / max(answer["time"], 1e-8)
            answer = self.turn(max(2 * answer["count"], math.ceil(min(wanted, 100 * answer["count"]))))
        return answer

    def run(self) -> None:
        answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print is no answer
        for text in sys.stdin:
            name, arguments = json.loads(text)
            try:
                answer = getattr(self, name)(**arguments)
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"[:300]}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


class Worker:
    """A library in a process of its own, on as many cores as it has threads."""

    def __init__(self, library: str, threads: int, clock: str, cores: list[int]) -> None:
        environment = own_path() | dict.fromkeys(POOLS, str(threads))
        if threads == 1:
            environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        command = [sys.executable, str(HERE), "--serve", library, "--threads", str(threads), "--clock", clock]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
        if cores:
            os.sched_setaffinity(self.process.pid, cores[:threads])

    def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        try:
            self.process.stdin.write(json.dumps([name, arguments]) + "\n")  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]
            text = self.process.stdout.readline()  # type: ignore[union-attr]
        except BrokenPipeError:
            text = ""
        return json.loads(text) if text else {"error": "the process ended"}

    def close(self) -> None:
        self.process.communicate()


def own_path() -> dict[str, str]:
    """The environment in which this checkout is what `import rustorch_fn` finds."""
    path = os.pathsep.join(p for p in (str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")) if p)
    return {**os.environ, "PYTHONPATH": path}


# -- measuring --------------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What one row showed."""

    row: str
    group: str
    times: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    flops: float = 0.0

    def own(self) -> float | None:
        return next((self.times[library] for library in OWN if library in self.times), None)

    def ratio(self) -> float | None:
        """Time of the better peer over ours."""
        peers, own = [t for library, t in self.times.items() if library not in OWN], self.own()
        return min(peers) / own if peers and own else None


def measure(chosen: Row, workers: dict[str, Worker], rounds: int, seconds: float) -> Result:
    """Compares results, then times the libraries in turns."""
    result, samples, counts = Result(chosen.name, chosen.group, flops=chosen.flops), {}, {}
    for library in (name for name in workers if name in chosen.make):
        answer = workers[library].ask("prepare", row=chosen.name)
        samples[library] = answer.get("sample", [])
        answer = answer if "error" in answer else workers[library].ask("calibrate", seconds=seconds)
        counts[library] = answer.get("count", 0)
        if "error" in answer:
            result.errors[library] = answer["error"]
            del samples[library], counts[library]
    result.errors |= disagreements(samples, chosen.tolerance)
    turns: dict[str, list[float]] = {library: [] for library in counts}
    for _ in range(rounds):
        for library, times in turns.items():
            times.append(workers[library].ask("turn", count=counts[library])["time"])
    result.times = {library: statistics.median(times) for library, times in turns.items()}
    return result


def disagreements(samples: dict[str, list[list[float]]], tolerance: float) -> dict[str, str]:
    """Libraries whose results differ from the first peer's by more than the tolerance of its largest element."""
    peer = next((library for library in samples if library not in OWN), None)
    wrong: dict[str, str] = {}
    for library, got in samples.items() if peer else ():
        wanted = samples[peer or ""]
        if [len(x) for x in got] != [len(x) for x in wanted]:
            wrong[library] = f"results of other sizes than those of {peer}"
            continue
        for x, y in zip(got, wanted, strict=True):
            limit = tolerance * max(map(abs, y), default=0.0)
            far = [abs(p - q) for p, q in zip(x, y, strict=True) if not abs(p - q) <= limit]  # NaN is far too
            if far:
                wrong[library] = f"differs from {peer} by {max(far):.2g}"
    return wrong


def imports(libraries: list[str], rounds: int) -> Result:
    """Import beyond NumPy in fresh processes, in wall time."""
    program = "import time, numpy; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
    modules = {"ours": "rustorch_fn", "jax": "jax", "torch": "torch"}
    environment = {name: value for name, value in own_path().items() if name != "PYTHONDONTWRITEBYTECODE"}
    turns: dict[str, list[float]] = {library: [] for library in libraries if library in modules}
    for _ in range(rounds + 1):
        for library, times in turns.items():
            command = [sys.executable, "-c", program.format(modules[library])]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            times.append(float(done.stdout))
    # the first of each warms the disk's cache
    return Result(IMPORT, IMPORT, {library: statistics.median(times[1:]) for library, times in turns.items()})


def first_calls(chosen: Row, libraries: list[str], rounds: int, threads: int, clock: str, cores: list[int]) -> Result:
    """Trace, compile and run in fresh processes whose caches are empty; eager libraries have no part."""
    result = Result(f"first call: {chosen.name}", "first call")
    turns: dict[str, list[float]] = {name: [] for name in libraries if name in ("ours", "jax")}
    for _ in range(rounds):
        for library, times in turns.items():
            with tempfile.TemporaryDirectory() as folder:
                os.environ["RT_CACHE_DIR"] = folder
                worker = Worker(library, threads, clock, cores)
                answer = worker.ask("prepare", row=chosen.name)
                worker.close()
                del os.environ["RT_CACHE_DIR"]
            times.append(answer.get("first", math.nan))
            result.errors |= {library: answer["error"]} if "error" in answer else {}
    result.times = {name: statistics.median(t) for name, t in turns.items() if name not in result.errors}
    return result


# -- the table --------------------------------------------------------------------------------------------------------


def shown(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    unit, size = next(((u, s) for u, s in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)) if seconds >= s), ("ns", 1e-9))
    return f"{seconds / size:.3g} {unit}"


def line(result: Result, libraries: list[str]) -> str:
    cells = "".join(f"{shown(result.times.get(library)):>10}" for library in libraries)
    ratio, own = result.ratio(), result.own()
    speed = f"{result.flops / own / 1e9:6.0f} GF/s" if own and result.flops else ""
    errors = "".join(f"\n    {library}: {error}" for library, error in result.errors.items())
    return f"{result.row:30}{cells}{f'{ratio:8.2f}' if ratio else '       -'}{speed:>12}".rstrip() + errors


def run(options: argparse.Namespace, names: list[str]) -> list[Result]:
    """Measures the rows and prints each as it is known."""
    libraries, threads = options.libraries.split(","), options.threads
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    rounds, seconds = (3, 0.01) if options.quick else (9, 0.03)
    print(f"{threads} thread{'s' * (threads > 1)}, {options.clock} time, median of {rounds} turns")
    print(f"{'':30}" + "".join(f"{library:>10}" for library in libraries) + "   ratio")
    workers = {library: Worker(library, threads, options.clock, cores) for library in libraries}
    results = []
    for name in names:
        if name == IMPORT:
            results.append(imports(libraries, rounds))
        elif name in ROWS:
            results.append(measure(ROWS[name], workers, rounds, seconds))
        else:
            chosen = ROWS[name.removeprefix("first call: ")]
            results.append(first_calls(chosen, libraries, 1 if options.quick else 3, threads, options.clock, cores))
        print(line(results[-1], libraries), flush=True)
    for worker in workers.values():
        worker.close()
    return results


def summary(results: list[Result]) -> str:
    """Geometric means of the ratios by group."""
    lines = ["", "geometric means of the ratio"]
    for group in dict.fromkeys(r.group for r in results):
        ratios = [ratio for r in results if r.group == group and (ratio := r.ratio())]
        if ratios:
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            lines.append(f"{group:30}{mean:8.2f}   worst {min(ratios):.2f} of {len(ratios)}")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ours beside JAX, PyTorch and NumPy, as ratios.")
    parser.add_argument("--threads", type=int, default=1, help="threads of every library (default 1)")
    parser.add_argument("--rows", default="*", help="patterns of names with commas between, as 'gemm*,import'")
    parser.add_argument("--quick", action="store_true", help="few and short turns")
    parser.add_argument("--json", type=Path, help="also write every time to this file")
    parser.add_argument("--libraries", default=",".join(LIBRARIES), help="also: kernel, our contractions alone")
    parser.add_argument("--clock", choices=("cpu", "wall"), help="default: cpu for one thread, wall for more")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and stop")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.clock = options.clock or ("cpu" if options.threads == 1 else "wall")
    return options


def main() -> None:
    """Exits with the number of rows where a library failed or results differ."""
    options = arguments()
    if options.serve:
        Server(options.serve, options.threads, options.clock).run()
        return
    every = [*ROWS, IMPORT, *(f"first call: {name}" for name in FIRST)]
    names = [name for name in every if any(fnmatch.fnmatch(name, p) for p in options.rows.split(","))]
    if options.list:
        print("\n".join(names))
        return
    results = run(options, names)
    print(summary(results))
    if options.json:
        rows = [
            {"row": r.row, "group": r.group, "times": r.times, "errors": r.errors, "ratio": r.ratio()} for r in results
        ]
        table = {"threads": options.threads, "clock": options.clock, "rows": rows}
        options.json.write_text(json.dumps(table, indent=1), encoding="utf-8")
    sys.exit(sum(bool(r.errors) for r in results))


if __name__ == "__main__":
    main()
