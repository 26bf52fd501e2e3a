"""Import time beyond NumPy, in fresh processes: ours beside JAX, median of nine, as a ratio."""

import os
import statistics
import subprocess
import sys

ROUNDS = 9
# bytecode counts as installed: pip compiles it, so a process that may not write it would measure the compiler
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PROGRAM = "import time, numpy; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def seconds(name: str) -> float:
    """What one import costs a process that already holds NumPy."""
    command = [sys.executable, "-c", PROGRAM.format(name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return float(done.stdout)


def main() -> None:
    """Measure in turns, so that a busy moment of the machine falls on both."""
    names = ("rustorch_fn", "jax")
    for name in names:
        seconds(name)  # bytecode, and the disk's own cache
    rounds = [[seconds(name) for name in names] for _ in range(ROUNDS)]
    ours, jax = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"import beyond numpy: rustorch_fn {1e3 * ours:.0f} ms, jax {1e3 * jax:.0f} ms, jax / ours {jax / ours:.2f}")


if __name__ == "__main__":
    main()
