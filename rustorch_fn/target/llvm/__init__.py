"""The CPU target: loop programs become LLVM IR text, machine code, and steps of a small native executor."""


def compile(func: object, donated: tuple[bool, ...], options: dict[str, object]) -> object:
    """A program for a tidied Func."""
    from rustorch_fn.target.llvm.program import Program

    return Program(func, donated)  # type: ignore[arg-type]


def stats() -> dict[str, float]:
    """What the kernel compiler did in this process so far."""
    from rustorch_fn.target.llvm import engine

    return engine.stats()


def clear_disk_cache() -> None:
    """Delete the kernels and plans that are kept on disk."""
    from rustorch_fn.target.llvm import engine

    engine.clear_disk_cache()
