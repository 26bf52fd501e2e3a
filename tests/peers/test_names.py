"""Every public name beside JAX's: `pytest tests/peers/test_names.py`, with more cases by `--cases 40`.

A row of `names/` says how the arguments of a name are drawn; `listed.json` are the names that there have to be,
`declined.txt` those that there will not be and why, and `later.txt` those that are still to come.
"""

import json
import operator
from collections import Counter
from pathlib import Path

import pytest
from peers.worker import load

import rustorch_fn as rt

HERE = Path(__file__).parent
ROWS = load()
REPORTS = {}


def listed():
    """The names that there have to be: "numpy.sin"."""
    rooms = json.loads((HERE / "listed.json").read_text(encoding="utf-8"))
    return [f"{room}.{name}".removeprefix("rustorch_fn.") for room, names in rooms.items() for name in names]


def lines(file):
    """Names of a file, each with what follows it."""
    text = (HERE / file).read_text(encoding="utf-8").splitlines()
    return {line.split(None, 1)[0]: line.partition(" ")[2].strip() for line in text if line and line[0] != "#"}


def state(name):
    """Where a name stands: tested, declined, later, or nothing at all."""
    if name in ROWS:
        return "tested"
    return next((where for where in ("declined", "later") if name in lines(f"{where}.txt")), "")


def test_every_listed_name_is_tested_or_said_why_not():
    assert [name for name in listed() if not state(name)] == []
    for where in ("declined", "later"):
        assert [name for name in lines(f"{where}.txt") if state(name) != where] == []
    assert len(lines("declined.txt")) <= 25
    assert all(lines("declined.txt").values())


def test_names_left_to_later_say_so():
    for name in lines("later.txt"):
        with pytest.raises(AttributeError, match="later"):
            operator.attrgetter(name)(rt)


@pytest.mark.parametrize("name", ROWS)
def test_name_equals_jax(name, reports, request):
    report = reports(name, cases=request.config.getoption("--cases"))
    REPORTS[name] = report
    assert report.problems == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["value", "dtype"])
@pytest.mark.parametrize("name", ROWS)
def test_a_planted_fault_is_noticed(name, fault, reports):
    assert reports(name, fault=fault).problems


def table():
    """A line for each listed name, and one for all."""
    states = {name: state(name) for name in listed()}
    yield f"{'name':34}{'cases':>6}{'rejected':>9}  checks, kinds of shapes, classes of dtypes"
    for name, where in states.items():
        report = REPORTS.get(name)
        if report is None:
            yield f"{name:34}{where}"
            continue
        checks = ", ".join(f"{n} {what}" for what, n in report.checks.items())
        known = ", ".join(f"{what}: {ROWS[name].differs[what]}" for what in report.differences)
        yield (
            f"{name:34}{report.cases:6}{report.rejected:9}  {checks}; {' '.join(sorted(report.kinds))}; "
            f"{', '.join(sorted(report.classes))}{'; differs in ' + known if known else ''}"
        )
    counts = Counter(states.values())
    cases = sum(r.cases for r in REPORTS.values())
    rejected = sum(r.rejected for r in REPORTS.values())
    names = ", ".join(f"{counts[w]} {w}" for w in ("tested", "declined", "later"))
    yield f"{len(states)} names: {names}; {cases} cases, {rejected} rejected"


def test_the_table_is_printed():
    print("", *table(), sep="\n")
    assert all(name in ROWS for name in REPORTS)
