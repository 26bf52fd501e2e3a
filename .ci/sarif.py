"""Lint as SARIF 2.1.0: `python .ci/sarif.py [FOLDER]` prints one line a finding and fails where there is one.

SARIF is what code hosts read. `--out FILE` keeps it; what ruff printed is checked against the parts of the format that
readers rely on, so that an upload is not refused later.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def wrong(log: Any) -> Iterator[str]:
    """What a reader of SARIF would refuse, as sentences."""
    if not isinstance(log, dict) or log.get("version") != "2.1.0" or "sarif" not in str(log.get("$schema")):
        yield "this is no SARIF 2.1.0"
        return
    if not log.get("runs"):
        yield "it holds no run"
    for run in log.get("runs", ()):
        driver = run.get("tool", {}).get("driver", {})
        if not driver.get("name"):
            yield "a run does not name its tool"
        if not isinstance(run.get("results"), list):
            yield "a run has no list of results"
            continue
        for n, result in enumerate(run["results"]):
            yield from (f"result {n}: {words}" for words in _wrong_result(result))


def _wrong_result(result: dict[str, Any]) -> Iterator[str]:
    if not result.get("message", {}).get("text"):
        yield "it has no message"
    if not result.get("ruleId"):
        yield "it names no rule"
    if not result.get("locations"):
        yield "it has no place"
    for each in result.get("locations", ()):
        place = each.get("physicalLocation", {})
        if not place.get("artifactLocation", {}).get("uri"):
            yield "its place has no file"
        if not place.get("region", {}).get("startLine", 0) >= 1:
            yield "its place has no line"


def findings(log: dict[str, Any]) -> Iterator[str]:
    """Each result as one line."""
    for result in (result for run in log["runs"] for result in run["results"]):
        place = result["locations"][0]["physicalLocation"]
        file = place["artifactLocation"]["uri"].rpartition("/")[2]
        yield f"{file}:{place['region']['startLine']}: {result['ruleId']} {result['message']['text']}"


def main() -> int:
    """Run ruff, check what it says, and give 1 where the format or the code is at fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--out", type=Path, help="where to keep the SARIF")
    chosen = parser.parse_args()
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "sarif", "--exit-zero", chosen.folder]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    log = json.loads(text)
    faults = list(wrong(log))
    said = faults or list(findings(log))
    print("\n".join([*said, f"SARIF: {len(faults)} faults of the format, {0 if faults else len(said)} findings"]))
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
