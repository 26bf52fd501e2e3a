"""`import jax` gives rustorch_fn where as_jax was called, and only there. Each program runs in a process of its own."""

import textwrap

from fresh import python


def printed(program):
    done = python("-c", textwrap.dedent(program))
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def test_a_call_lasts_and_a_block_ends():
    assert printed("""
        import sys
        import rustorch_fn as rt
        with rt.compat.as_jax() as outer:
            import jax
            import jax.numpy as jnp
            from jax import lax, tree_util
            from jax.scipy import integrate
            with rt.compat.as_jax() as inner:
                pass
            print(jax.jit(jax.grad(jnp.sin))(0.0), jax.__version__, outer.active, inner.active)
        print(outer.active, "jax" in sys.modules, "jax.numpy" in sys.modules)
        print(jax.Array is rt.Array, jnp.sum is rt.numpy.sum, lax.add is rt.lax.add)
        print(tree_util.tree_map is rt.tree_util.tree_map)
        rt.compat.as_jax()
        import jax as again
        print(again.vmap is rt.vmap, again is jax, jnp.issubdtype(jax.random.key(0).dtype, jax.dtypes.prng_key))
    """) == ["1.0 0.10.2 True False", "False False False", "True True True", "True", "True False True"]


def test_what_is_not_there_is_said():
    assert printed("""
        import rustorch_fn as rt
        rt.compat.as_jax()
        import jax
        for name in ("pmap", "no_such_name"):
            try:
                getattr(jax, name)
            except AttributeError as error:
                print(type(error).__name__, error.code, error.what, error.hint)
        try:
            import jax.experimental
        except ModuleNotFoundError as error:
            print(error)
    """) == [
        "MissingName RT0751 jax on rustorch_fn has no 'pmap' "
        "Programs over several devices come later: this release runs on one.",
        "MissingName RT0751 jax on rustorch_fn has no 'no_such_name' ",
        "No module named 'jax.experimental'",
    ]


def test_jax_itself_is_never_replaced():
    assert printed("""
        import jax
        import rustorch_fn as rt
        try:
            rt.compat.as_jax()
        except ImportError as error:
            print(type(error).__name__, error.code, "JAX itself" in str(error), jax.lax is rt.lax)
    """) == ["ForeignJax RT0752 True False"]


def test_the_settings_say_what_they_can_keep():
    assert printed("""
        import logging
        import rustorch_fn as rt
        rt.compat.as_jax()
        import jax
        import jax.numpy as jnp
        with jax.enable_x64(True):
            print(jax.config.jax_enable_x64, jax.config.read("jax_enable_x64"))
        print(jax.config.jax_enable_x64, jnp.zeros(2, "float64").dtype, jax.dtypes.canonicalize_dtype("float64"))
        for name, value in (("jax_threefry_partitionable", False), ("jax_none_such", 1)):
            try:
                jax.config.update(name, value)
            except rt.errors.RustorchError as error:
                print(type(error).__name__, error.what)
        class Kept(logging.Handler):
            def emit(self, record):
                print(record.getMessage()[:33])
        logging.getLogger("jax").addHandler(Kept())
        f = jax.jit(lambda x: x * 3 + 1)
        f(1.0)
        with jax.log_compiles():
            jax.jit(lambda x: x * 4 - 1)(1.0)
            f(2.0)
        jax.jit(lambda x: x * 5 - 1)(1.0)
    """) == [
        "True True",
        "False float64 float64",
        "BadArgument jax.config.update: jax_threefry_partitionable is not right",
        "MissingName jax.config on rustorch_fn has no 'jax_none_such'",
        "Finished rustorch_fn compilation ",
    ]
