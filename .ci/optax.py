"""optax's own tests on rustorch_fn: `python .ci/optax.py optax-0.2.8.tar.gz` takes its source distribution.

The tests run as they are, with one file beside them that calls `rt.compat.as_jax()` first. Files that need what is
not there by intent (flax, or programs over several devices) are left out, named and counted apart.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SHARE = 0.95  # of the tests that ran
FIRST = "import rustorch_fn as rt\n\nrt.compat.as_jax()\n"
APART = {
    r"^(import|from) flax": "needs flax, which is written on what is inside of JAX",
    r"^ +\('\w+', jax\.sharding\.": "needs shardings, which are still to come",
}


def unpacked(archive: Path, folder: Path) -> Path:
    """The folder with optax in it, and the file that pytest reads first."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    (root / "conftest.py").write_text(FIRST, encoding="utf-8")
    return root


def apart(root: Path) -> dict[str, str]:
    """The test files that are left out, each with the reason."""
    found = {}
    for path in sorted(root.rglob("*_test.py")):
        text = path.read_text(encoding="utf-8")
        for pattern, reason in APART.items():
            if re.search(pattern, text, re.MULTILINE):
                found[str(path.relative_to(root))] = reason
    return found


def counts(last: str) -> dict[str, int]:
    """The numbers of pytest's last line: passed, failed, skipped, error."""
    return {word.rstrip("s"): int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped|errors?)\b", last)}


def main(archive: str) -> int:
    """Run them, say what happened, and fail below the share."""
    with tempfile.TemporaryDirectory() as folder:
        root = unpacked(Path(archive), Path(folder))
        left = apart(root)
        command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "-rfEs", "-p", "no:cacheprovider", "optax"]
        command += [f"--ignore={name}" for name in left]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    print("\n".join(line for line in lines if line.startswith(("FAILED", "SUBFAILED", "ERROR", "SKIPPED"))))
    found = counts(lines[-1] if lines else "")
    ran = sum(n for word, n in found.items() if word != "skipped")
    for name, reason in left.items():
        print(f"left out: {name} {reason}")
    passed = found.get("passed", 0)
    print(
        f"{passed} of {ran} tests of optax pass ({passed / max(ran, 1):.1%}), "
        f"{found.get('skipped', 0)} skipped by themselves"
    )
    return 0 if ran and passed >= SHARE * ran else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
