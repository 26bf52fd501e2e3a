"""No row of the asv suites slower than before: `python benchmarks/regression.py [--bench REGEX]`.

The first run on a machine stores what it measured in .asv/baseline.json, and `--store` does so again. Later ones fail
where a row is slower than its baseline by more than `--factor`, with both confidence intervals apart, and still is
when measured a second and a third time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from asv.results import Results

HERE = Path(__file__).resolve().parent
STORED = HERE.parent / ".asv" / "baseline.json"
ATTEMPTS = 3

Rows = dict[str, list[float]]
"""Row -> median, and the ends of its 99 % interval."""


def machine() -> str:
    """What a baseline holds for: processor and cores."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{found[1] if found else platform.processor()}, {cores} cores"


def measure(bench: str) -> Rows:
    """Run the suites whose names match, in this environment."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        configuration = json.loads((HERE / "asv.conf.json").read_text(encoding="utf-8"))
        places = {"benchmark_dir": HERE / "suites", "results_dir": results, "env_dir": Path(folder) / "env"}
        configuration |= {"repo": str(HERE.parent)} | {name: str(place) for name, place in places.items()}
        written = Path(folder) / "asv.conf.json"
        written.write_text(json.dumps(configuration), encoding="utf-8")
        asv = [sys.executable, "-m", "asv"]
        subprocess.run([*asv, "machine", "--yes", "--config", written], check=True, stdout=subprocess.DEVNULL)
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, check=True, capture_output=True, text=True)
        words = ["--python=same", f"--set-commit-hash={head.stdout.strip()}", f"--bench={bench}"]
        done = subprocess.run([*asv, "run", "--config", written, *words], check=False)
        files = [path for path in results.glob("*/*.json") if path.name != "machine.json"]
        if done.returncode or not files:
            raise SystemExit(f"regression: asv ended with status {done.returncode} and {len(files)} results")
        return dict(row for path in files for row in rows(Results.load(str(path))))


def rows(results: Results) -> list[tuple[str, list[float]]]:
    """The rows of one result file that have a time, or another number."""
    found = []
    for name in results.get_all_result_keys():
        params = results.get_result_params(name)
        values, stats = results.get_result_value(name, params), results.get_result_stats(name, params)
        for n, (value, spread) in enumerate(zip(values, stats, strict=True)):
            if value is None:
                raise SystemExit(f"regression: {name} failed")
            if math.isnan(value):
                continue  # it skips itself on this machine
            spread = spread or {}
            found.append(
                (f"{name}[{n}]" if params else name, [value, *(spread.get(f"ci_99_{end}") or value for end in "ab")])
            )
    return found


def slower(now: Rows, before: Rows, factor: float) -> dict[str, float]:
    """Row -> how many times slower, for those that are worse than chance and the factor allow."""
    both = [name for name in now if name in before and before[name][0] > 0]
    ratios = {name: now[name][0] / before[name][0] for name in both if now[name][1] > before[name][2]}
    return {name: ratio for name, ratio in ratios.items() if ratio > factor}


def compare(now: Rows, before: Rows, factor: float) -> dict[str, float]:
    """The rows that are slower each time that they are measured."""
    found = slower(now, before, factor)
    for _ in range(ATTEMPTS - 1):
        if found:
            names = "|".join(re.escape(name.partition("[")[0]) for name in found)
            again = measure(f"^({names})$")
            found = {name: ratio for name, ratio in slower(again, before, factor).items() if name in found}
    return found


def store(now: Rows, kept: Mapping[str, object]) -> None:
    """Keep the rows as this machine's baseline."""
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(json.dumps({**kept, "rows": now}, indent=1), encoding="utf-8")
    print(f"regression: {len(now)} rows stored as the baseline of this machine")


def main() -> int:
    """Measure, then store or compare; 1 where a row became slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", action="store_true", help="measure a new baseline")
    parser.add_argument("--bench", default=".", help="a regular expression for the names of rows")
    parser.add_argument("--factor", type=float, default=1.5, help="how much slower is too slow (%(default)s)")
    chosen = parser.parse_args()
    kept = {"machine": machine(), "bench": chosen.bench}
    before = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    now = measure(chosen.bench)
    if chosen.store or before.get("machine") != kept["machine"]:
        store(now, kept)
        return 0
    found = compare(now, before["rows"], chosen.factor)
    for name, ratio in sorted(found.items(), key=lambda pair: -pair[1]):
        print(f"{name}: {ratio:.2f} times its baseline")
    shared = sum(name in before["rows"] for name in now)
    print(f"regression: {shared} rows compared, {len(found)} slower than {chosen.factor:g} times their baseline")
    return 1 if found or not shared else 0


if __name__ == "__main__":
    sys.exit(main())
