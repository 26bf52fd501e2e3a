"""The CPU target: loop programs become LLVM IR text, machine code, and steps of a small native executor."""

from rustorch_fn.core import forks


def compile(func: object, donated: tuple[bool, ...], options: dict[str, object]) -> object:
    """A program for a tidied Func."""
    made: object = forks.module(f"{__name__}.program").Program(func, donated)
    return made


def stats() -> dict[str, float]:
    """What the kernel compiler did in this process so far."""
    from rustorch_fn.target.llvm import engine

    return engine.stats()


def clear_disk_cache() -> None:
    """Delete the kernels and plans that are kept on disk."""
    from rustorch_fn.target.llvm import engine

    engine.clear_disk_cache()


def found() -> str:
    """What kernels are compiled with; MissingExtra where it is not installed."""
    from rustorch_fn.target.llvm import report

    return report.found()


def facts() -> dict[str, str]:
    """The machine as kernels see it, in words; nothing is compiled for it."""
    from rustorch_fn.target.llvm import report

    return report.facts()
