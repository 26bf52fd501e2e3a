"""A process that compares names with JAX, and is replaced when it has grown: JAX keeps all that it compiled."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pkgutil
import queue
import resource
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from peers import names, rows

MOST = 2 << 30


def load() -> dict[str, rows.Row]:
    """The rows of all files in names/."""
    for module in pkgutil.iter_modules(names.__path__):
        importlib.import_module(f"{names.__name__}.{module.name}")
    return rows.ROWS


def serve(pipe: Any) -> None:
    """Answer with a report for each (name, options), until the other side has gone."""
    from peers.differ import examine

    os.nice(5)  # tests that look at the clock run meanwhile
    every = load()
    while True:
        try:
            name, options = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(examine(every[name], **options))
        except Exception as error:
            pipe.send(error)


class Worker:
    """Asks a process of its own; a new one where that has more than 2 GB."""

    def __init__(self) -> None:
        self.process: Any = None

    def start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, there = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def __call__(self, name: str, **options: Any) -> Any:
        """The report about a name."""
        if self.process is None or grown(self.process.pid) > MOST:
            self.stop()
            self.start()
        self.pipe.send((name, options))
        report = self.pipe.recv()
        if isinstance(report, Exception):
            raise report
        return report

    def stop(self) -> None:
        if self.process is not None:
            self.pipe.close()
            self.process.join()
            self.process = None


class Workers:
    """Several of them, which are asked beforehand for all that is going to be wanted."""

    def __init__(self, count: int) -> None:
        self.free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self.every = [Worker() for _ in range(count)]
        for worker in self.every:
            self.free.put(worker)
        self.pool = ThreadPoolExecutor(count)
        self.reports: dict[Any, Future[Any]] = {}

    def ask(self, name: str, **options: Any) -> None:
        """Let one of them look at a name, as soon as one is free."""
        self.reports[name, *sorted(options.items())] = self.pool.submit(self.report, name, options)

    def report(self, name: str, options: dict[str, Any]) -> Any:
        worker = self.free.get()
        try:
            return worker(name, **options)
        finally:
            self.free.put(worker)

    def __call__(self, name: str, **options: Any) -> Any:
        """The report about a name that was asked for."""
        return self.reports.pop((name, *sorted(options.items()))).result()

    def stop(self) -> None:
        self.pool.shutdown(cancel_futures=True)
        for worker in self.every:
            worker.stop()


def grown(pid: int) -> int:
    """The memory that a process holds, in bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main(words: list[str]) -> None:
    """`python -m peers.worker NAME... [CASES]`: what is found about some names, here and now."""
    from peers.differ import examine

    every = load()
    cases = int(words.pop()) if words[-1].isdigit() else 4
    for name in every:
        if any(name == w or name.startswith(f"{w}.") for w in words):
            report = examine(every[name], cases)
            print(name, f"{report.cases} cases, {report.rejected} rejected", dict(report.checks), *report.problems[:9],
                  sep="\n    ")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
