"""Every module that stands in for one of JAX's is there."""

import importlib

import pytest

from rustorch_fn.compat import table


@pytest.mark.parametrize("name", table.MODULES)
def test_what_stands_behind_is_there(name):
    for source in table.MODULES[name]:
        if isinstance(source, str):
            assert importlib.import_module(source).__all__
