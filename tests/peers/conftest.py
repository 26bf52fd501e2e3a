"""The names beside JAX's are compared by processes of their own, which begin before the first test does."""

import os
from pathlib import Path

import pytest
from peers.worker import Workers

HERE = Path(__file__).parent
_workers = pytest.StashKey[Workers]()


def of_names(item):
    """Whether a test is about one of the names."""
    return item.path == HERE / "test_names.py" and "name" in getattr(getattr(item, "callspec", None), "params", {})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Tests of names come last: their answers take JAX's compiler long, and the other tests leave a core free."""
    items.sort(key=lambda item: item.path == HERE / "test_names.py")


def pytest_collection_finish(session):
    if session.config.option.collectonly:
        return
    asked = [item.callspec.params for item in session.items if of_names(item)]
    if asked:
        cases = {"cases": session.config.getoption("--cases")}
        questions = [(p["name"], {"fault": p["fault"]} if "fault" in p else cases) for p in asked]
        session.config.stash[_workers] = Workers(questions, min(4, os.cpu_count() or 1))


@pytest.fixture(scope="session")
def reports(request):
    """report(name, …) of a process of its own; one for each core, as JAX's compiler is what takes the time."""
    return request.config.stash[_workers]


def pytest_sessionfinish(session):
    workers = session.config.stash.get(_workers, None)
    if workers:
        workers.stop()
