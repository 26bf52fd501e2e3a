"""docs/record.py writes down what a command said, once for each title."""

import subprocess
import sys
from pathlib import Path

RECORD = Path(__file__).parents[2] / "docs" / "record.py"


def recorded(tmp_path, title, program):
    script = tmp_path / "record.py"
    script.write_text(RECORD.read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, str(script), title, "--", sys.executable, "-c", program]
    status = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False).returncode
    return status, (tmp_path / "verification.md").read_text(encoding="utf-8")


def test_sections_are_added_and_replaced(tmp_path):
    assert recorded(tmp_path, "first", "print(1 + 1)")[0] == 0
    status, _ = recorded(tmp_path, "second", "print('b'); raise SystemExit(3)")
    assert status == 3
    _, page = recorded(tmp_path, "first", "print(40 + 2)")
    first, second = page.split("## ")[1:]
    assert first.startswith("first\n")
    assert "```text\n42\n```" in first
    assert "passed" in first
    assert "failed with status 3" in second
    assert page.count("numpy ") == 2


def test_paths_of_the_machine_are_left_out(tmp_path):
    _, page = recorded(tmp_path, "where", f"import sys; print({str(tmp_path)!r}, sys.executable)")
    assert str(tmp_path) not in page
    assert str(Path(sys.executable).parent) not in page
    assert str(Path.home()) not in page
