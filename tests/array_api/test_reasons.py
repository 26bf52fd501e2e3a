"""The reasons for failures of the array API's own tests are few, and match what they speak of alone."""

from array_api.run import HERE, MOST, explained, reasons

KNOWN = reasons((HERE / "reasons.txt").read_text(encoding="utf-8"))


def test_there_are_at_most_five_each_with_its_clause():
    assert 0 < len(KNOWN) <= MOST
    assert all(why.endswith(").") and tests for why, tests in KNOWN.items())


def test_a_failure_without_a_reason_is_found():
    assert explained("test_array_object.py::test_setitem", KNOWN).startswith("Arrays do not change")
    assert "floor_divide" in explained(
        "test_special_cases.py::test_binary[floor_divide(isfinite(x1_i) and x1_i > 0 and x2_i is -infinity) -> -0]",
        KNOWN,
    )
    assert explained("test_special_cases.py::test_binary[floor_divide(x1_i is -0 and x2_i > 0) -> -0]", KNOWN) == ""
    assert explained("test_array_object.py::test_getitem", KNOWN) == ""
