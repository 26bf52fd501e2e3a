"""Run data-apis/array-api-tests on rustorch_fn.numpy: `python tests/array_api/run.py CHECKOUT [EXAMPLES]`.

The checkout has its submodule array-api in place. What fails has to stand in reasons.txt; what is printed last are the
commit and the counts.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VERSION = "2024.12"
MOST = 5


def reasons(text: str) -> dict[str, list[str]]:
    """Patterns of tests under each reason."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            reason = line.removeprefix("#").strip()
        elif line:
            found.setdefault(reason, []).append(line)
    return found


def explained(test: str, known: dict[str, list[str]]) -> str:
    """The reason why a test fails, or an empty string."""
    # brackets are part of the ids of tests, and mean choices to fnmatch
    plain = re.sub(r"[\[\]]", "?", test)
    return next((why for why, tests in known.items() if any(fnmatchcase(plain, pattern) for pattern in tests)), "")


def commit(checkout: Path) -> str:
    """The commit that is checked out, or what an archive without git is named."""
    words = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 and (checkout / ".git").exists() else checkout.resolve().name


def main(words: list[str]) -> int:
    """Status 0 where every failure has its reason."""
    checkout, examples = Path(words[0]), words[1] if len(words) > 1 else "200"
    if not (checkout / "array-api" / "spec").is_dir():
        raise SystemExit(f"{checkout} has no submodule array-api: git submodule update --init brings it.")
    known = reasons((HERE / "reasons.txt").read_text(encoding="utf-8"))
    environment = {
        **os.environ, "ARRAY_API_TESTS_MODULE": "rustorch_fn.numpy", "ARRAY_API_TESTS_VERSION": VERSION,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "array_api_tests", "-q", "-rf", "--tb=no", "-p", "no:cacheprovider",
               "--max-examples", examples]  # fmt: skip
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) array_api_tests/(.*?)(?: - .*)?$", done.stdout, re.MULTILINE)
    strange = [test for test in failed if not explained(test, known)]
    counts = re.findall(r"^.*\d+ passed.*$", done.stdout, re.MULTILINE)
    for why in known:
        print(f"{sum(explained(test, known) == why for test in failed)} failures: {why}")
    print(*(f"without a reason: {test}" for test in strange), sep="\n")
    print(
        f"array-api-tests {commit(checkout)}, version {VERSION}, {examples} examples: {(counts or [done.stdout])[-1]}"
    )
    return int(bool(strange) or not counts or len(known) > MOST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
