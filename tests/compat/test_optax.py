"""optax, unchanged, on rustorch_fn: its steps are those that it takes on JAX."""

import json
import re
import textwrap
from functools import partial

import numpy as np
import pytest
from compare import agree, from_jax
from fresh import python

# what each one is made with, and whether its update wants more than gradients
MADE = {
    "adabelief": (0.1,), "adadelta": (0.1,), "adagrad": (0.1,), "adam": (0.1,), "adamax": (0.1,), "adamw": (0.1,),
    "amsgrad": (0.1,), "fromage": (0.1,), "lamb": (0.1,), "lion": (0.1,), "nadam": (0.1,), "noisy_sgd": (0.1,),
    "novograd": (0.1,), "optimistic_gradient_descent": (0.1,), "radam": (0.1,), "rmsprop": (0.1,), "rprop": (0.1,),
    "sgd": (0.1, 0.9), "sign_sgd": (0.1,), "sm3": (0.1,), "yogi": (0.1,), "adafactor": (0.1,),
}  # fmt: skip
PARAMS = {"w": np.linspace(-1, 2, 6, dtype=np.float32).reshape(2, 3), "b": np.array([0.5, -0.25], np.float32)}
STEPS = textwrap.dedent("""
    import json
    import jax
    import jax.numpy as jnp
    import optax

    def steps(name, args, params):
        optimizer = getattr(optax, name)(*args, **({"key": 0} if name == "noisy_sgd" else {}))
        loss = lambda p: jnp.sum(jnp.sin(p["w"]) ** 2) + jnp.sum((p["b"] - 1.0) ** 2)

        @jax.jit
        def step(params, state):
            updates, state = optimizer.update(jax.grad(loss)(params), state, params)
            return optax.apply_updates(params, updates), state

        state = optimizer.init(params)
        for _ in range(4):
            params, state = step(params, state)
        return params
""")


@pytest.fixture(scope="module")
def ours():
    begin = "import rustorch_fn as rt\nrt.compat.as_jax()\n"
    params = {k: v.tolist() for k, v in PARAMS.items()}
    end = f"""
params = {{k: jnp.asarray(v, "float32") for k, v in {params}.items()}}
ends = {{name: steps(name, args, params) for name, args in {MADE}.items()}}
print(json.dumps(jax.tree.map(lambda x: x.tolist(), ends)))
"""
    done = python("-W", "ignore", "-c", begin + STEPS + end)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", MADE)
def test_an_optimizer_takes_the_same_steps(name, ours):
    scope = {}
    exec(STEPS, scope)
    peer, truth = from_jax(partial(scope["steps"], name, MADE[name]), PARAMS)
    # noise in float64 is drawn from other bits
    agree({k: np.float32(v) for k, v in ours[name].items()}, peer, peer if name == "noisy_sgd" else truth)


# of optax's own tests, which its wheel brings along, those that take little time; `nox -s optax` runs all
OWN = ["optax._src.base_test", "optax._src.combine_test", "optax._src.update_test", "optax.transforms._clipping_test"]
RUN = "import rustorch_fn as rt, sys\nrt.compat.as_jax()\nimport pytest\nsys.exit(pytest.main(sys.argv[1:]))"


def test_optaxs_own_tests_pass(tmp_path):
    words = ["-q", "-W", "ignore", "-p", "no:cacheprovider", "--rootdir", tmp_path, "--pyargs", *OWN]
    done = python("-c", RUN, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 20
