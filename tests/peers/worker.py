"""A process that compares names with JAX, and is replaced when it has grown: JAX keeps all that it compiled."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pkgutil
import queue
import resource
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
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


def ask_all(pipe: Any, asked: list[tuple[str, dict[str, Any]]], count: int) -> None:
    """Let several of them answer all that is going to be wanted, and send each answer with its question."""
    free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    every = [Worker() for _ in range(count)]
    for worker in every:
        free.put(worker)

    def report(name: str, options: dict[str, Any]) -> Any:
        worker = free.get()
        try:
            return worker(name, **options)
        except Exception as error:
            return error
        finally:
            free.put(worker)

    pool = ThreadPoolExecutor(count)
    questions = {pool.submit(report, name, options): (name, options) for name, options in asked}
    try:
        for done in as_completed(questions):
            pipe.send((question(*questions[done]), done.result()))
    finally:  # whoever asked may have gone
        pool.shutdown(cancel_futures=True)
        for worker in every:
            worker.stop()


def question(name: str, options: dict[str, Any]) -> tuple[Any, ...]:
    return (name, *sorted(options.items()))


class Workers:
    """Several of them, asked from a process of its own: in this one tests look at how much memory is taken."""

    def __init__(self, asked: list[tuple[str, dict[str, Any]]], count: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, there = spawn.Pipe(duplex=False)
        self.process = spawn.Process(target=ask_all, args=(there, asked, count))
        self.process.start()
        there.close()
        self.reports: dict[Any, Any] = {}

    def __call__(self, name: str, **options: Any) -> Any:
        """The report about a name that was asked for."""
        wanted = question(name, options)
        while wanted not in self.reports:
            asked, report = self.pipe.recv()
            self.reports[asked] = report
        report = self.reports.pop(wanted)
        if isinstance(report, Exception):
            raise report
        return report

    def stop(self) -> None:
        self.pipe.close()
        self.process.terminate()  # its workers end when they find it gone
        self.process.join()


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
