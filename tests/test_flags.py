"""Settings from the environment: values, defaults, and one warning for what cannot be meant."""

import pytest
from fresh import python

from rustorch_fn import flags
from rustorch_fn.errors import BadFlag


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    for name in flags.FLAGS:
        monkeypatch.delenv(name, raising=False)
    flags.refresh()
    yield
    monkeypatch.undo()
    flags.refresh()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("RT_DEBUG", None, 0),
        ("RT_DEBUG", "3", 3),
        ("RT_SPEC", "1", True),
        ("RT_SPEC", "0", False),
        ("RT_KEYS", "1", True),
        ("RT_NUM_THREADS", None, None),
        ("RT_NUM_THREADS", " 4 ", 4),
        ("RT_CPU", "avx2", "avx2"),
        ("RT_CACHE_DIR", "off", "off"),
        ("RT_CACHE_BYTES", None, 1 << 30),
        ("RT_CACHE_BYTES", "70000", 70000),
        ("RT_CACHE_BYTES", "500m", 500 << 20),
        ("RT_CACHE_BYTES", "2G", 2 << 30),
        ("RT_PORTABLE", "1", True),
    ],
)
def test_values(monkeypatch, name, text, value):
    if text is not None:
        monkeypatch.setenv(name, text)
    assert flags.get(name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RT_DEBUG", "loud"),
        ("RT_DEBUG", "12"),
        ("RT_SPEC", "yes"),
        ("RT_NUM_THREADS", "0"),
        ("RT_CPU", "arm"),
        ("RT_CACHE_BYTES", "G"),
        ("RT_CACHE_BYTES", "-1"),
        ("RT_CACHE_BYTES", "0K"),
    ],
)
def test_a_bad_value_warns_once_and_does_nothing(monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    with pytest.warns(BadFlag, match=f"{name}='{text}' is not understood") as caught:
        assert flags.get(name) == flags.FLAGS[name].default
    assert flags.get(name) == flags.FLAGS[name].default
    assert len(caught) == 1


def test_a_misspelt_name_is_told_the_right_one():
    with pytest.warns(BadFlag, match=r"RT_DEBG does nothing: did you mean RT_DEBUG\?"):
        flags.warn_misspelt({"RT_DEBG": "1", "RT_SPEC": "1", "HOME": "/"})
    with pytest.warns(BadFlag, match="the flags are RT_DEBUG"):
        flags.warn_misspelt({"RT_ZZZZZZ": "1"})


def test_the_table_documents_every_flag():
    page = flags.table()
    assert all(f"`{name}`" in page and flag.doc in page for name, flag in flags.FLAGS.items())


def test_the_environment_is_looked_at_once():
    done = python("-c", "from rustorch_fn import flags; import rustorch_fn.flags", RT_DEBG="1")
    assert done.stderr.count("RT_DEBG does nothing: did you mean RT_DEBUG? [RT1001]") == 1
