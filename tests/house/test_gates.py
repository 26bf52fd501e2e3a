"""Every quality gate passes on code without faults and fails where its fault is planted; `nox -s gates` runs this.

Dead code, copies, imports, documentation and packages have tests of their own, with their own planted faults.
"""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = 'def double(x: int) -> int:\n    """Twice x."""\n    return 2 * x\n'

pytestmark = pytest.mark.gate


def gate(folder, *command, **environment):
    """What a gate says of a folder: its status and its words."""

    around = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment
    command = [sys.executable, *map(str, command)]
    done = subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    """A small project under our configuration, with one good module."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    for room in ("core", "transform", "kernel"):
        (tmp_path / "rustorch_fn" / room).mkdir(parents=True)
        (tmp_path / "rustorch_fn" / room / "__init__.py").touch()
    (tmp_path / "rustorch_fn" / "__init__.py").touch()
    (tmp_path / "rustorch_fn" / "core" / "good.py").write_text(GOOD)
    return tmp_path


CODE = {
    "format": (["-m", "ruff", "format", "--check", "."], "def triple(x):\n  return 3*x\n", "would be reformatted"),
    "style": (["-m", "ruff", "check", "."], "import os\n", "F401"),
    "complexity": (
        ["-m", "ruff", "check", "."],
        "def much(x):\n" + "".join(f"    if x == {n}:\n        return {n * n}\n" for n in range(20)),
        "C901",
    ),
    "types": (["-m", "mypy"], 'def half(x: int) -> int:\n    return "x"\n', "Incompatible return value type"),
    "annotations": (["-m", "mypy"], "def half(x):\n    return x\n", "Function is missing a type annotation"),
    "SARIF": ([".ci/sarif.py"], "import os\n", "bad.py:1: F401"),
}


@pytest.mark.parametrize("name", CODE)
def test_code_is_judged(name, project):
    command, fault, says = CODE[name]
    status, said = gate(project, *command)
    assert status == 0, said
    (project / "rustorch_fn" / "core" / "bad.py").write_text(fault)
    status, said = gate(project, *command)
    assert status == 1, said
    assert says in said


LOGS = {
    "no version": ({"runs": []}, "this is no SARIF 2.1.0"),
    "no run": ({"runs": [], "version": "2.1.0", "$schema": "sarif"}, "it holds no run"),
    "no tool": ({"runs": [{"results": []}], "version": "2.1.0", "$schema": "sarif"}, "a run does not name its tool"),
    "no place": (
        {"runs": [{"results": [{"ruleId": "x"}]}], "version": "2.1.0", "$schema": "sarif"},
        "result 0: it has no place",
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_format_of_sarif_is_judged(name, tmp_path):
    log, says = LOGS[name]
    (tmp_path / "ruff.py").write_text(f"print({json.dumps(log)!r})")
    status, said = gate(ROOT, ".ci/sarif.py", PYTHONPATH=str(tmp_path))
    assert status == 1
    assert says in said


def installed(folder, name, *lines):
    """A package without files, as pip would leave it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines, ""]))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["License-Expression: AGPL-3.0-only"], "guest: its licence is 'AGPL-3.0-only'"),
        (["License-Expression: MIT AND GPL-2.0-only"], "guest: its licence is 'MIT AND GPL-2.0-only'"),
        (["Classifier: License :: Other/Proprietary License"], "guest: its licence is 'Other/Proprietary License'"),
        ([], "guest: its licence is 'nothing'"),
        (["License: MIT License"], ""),
        (["License-Expression: Apache-2.0 OR BSD-2-Clause"], ""),
    ],
)
def test_licences_are_judged(lines, says, tmp_path):
    installed(tmp_path, "rustorch_fn", "Requires-Dist: host")
    installed(tmp_path, "host", "License-Expression: MIT", "Requires-Dist: guest>=1")
    installed(tmp_path, "guest", *lines)
    status, said = gate(ROOT, ".ci/licences.py", PYTHONPATH=str(tmp_path))
    assert status == bool(says), said
    assert says in said


ADVISORY = {
    "id": "OSV-0000",
    "summary": "planted",
    "affected": [
        {
            "package": {"name": "guest", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
            "versions": ["1.0"],
        }
    ],
}


@contextmanager
def database(advisories):
    """A server that answers as osv.dev does, with these advisories for the package `guest`; gives its address."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = advisories if asked["package"]["name"] == "guest" else []
            text = json.dumps({"vulns": known} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("known", [[], [ADVISORY]])
def test_vulnerabilities_are_judged(known, tmp_path):
    installed(tmp_path, "guest")
    with database(known) as address:
        status, said = gate(ROOT, ".ci/audit.py", "--path", tmp_path, "--osv-url", address)
    assert status == len(known), said
    assert f"1 of 1 packages checked, {len(known)} vulnerabilities" in said
    assert ("guest 1.0: OSV-0000, mended in 1.1" in said) == bool(known)


def test_an_audit_that_reaches_nobody_says_so(tmp_path):
    installed(tmp_path, "guest")
    status, said = gate(ROOT, ".ci/audit.py", "--path", tmp_path, "--osv-url", "http://127.0.0.1:9/v1/query")
    assert status == 0
    assert "left out: the advisory database does not answer: " in said
    status, said = gate(ROOT, ".ci/audit.py", "--no-such-word")
    assert status == 1
    assert "audit: failed" in said


SUITE = """
import time

class Planted:
    number, repeat, rounds, warmup_time = 1, 5, 1, 0

    def time_sleep(self):
        time.sleep({seconds})
"""


@pytest.mark.slow
def test_a_slowdown_is_found(project):
    suites = project / "benchmarks" / "suites"
    suites.mkdir(parents=True)
    (suites / "__init__.py").touch()
    for name in ("asv.conf.json", "regression.py"):
        shutil.copy(ROOT / "benchmarks" / name, project / "benchmarks")
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    said = []
    for seconds in (0.01, 0.01, 0.1, 0.01):
        (suites / "planted.py").write_text(SUITE.format(seconds=seconds))
        said.append(gate(project, "benchmarks/regression.py", "--factor", "3"))
    assert [status for status, _ in said] == [0, 0, 1, 0], said
    assert "1 rows stored" in said[0][1]
    assert "planted.Planted.time_sleep: " in said[2][1]
