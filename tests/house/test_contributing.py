"""The walks through the code in CONTRIBUTING.md run, in a process of their own, as they register ops and a target."""

import re
from pathlib import Path

from fresh import python

PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def run(program, folder):
    path = folder / "walk.py"
    path.write_text(program, encoding="utf-8")
    return python(path, cwd=folder)


def test_the_walks_run(tmp_path):
    assert len(SNIPPETS) >= 4
    done = run("\n".join(SNIPPETS), tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_wrong_walk_would_fail(tmp_path):
    assert run("\n".join([*SNIPPETS[:1], "assert hypot(3.0, 4.0) == 6"]), tmp_path).returncode != 0
