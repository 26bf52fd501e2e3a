"""What a program pays before its first result: import, trace, compile."""

import os
import shutil
import tempfile

import rustorch_fn as rt
from rustorch_fn import flags


def mlp(params, x):
    """Two hidden layers and a loss."""
    for w, b in params:
        x = rt.numpy.tanh(x @ w + b)
    return x.sum()


def weights(width=32, layers=3):
    key = rt.random.key(0)
    return [(rt.random.normal(rt.random.fold_in(key, i), (width, width)), rt.numpy.zeros(width)) for i in range(layers)]


class Import:
    """A fresh process that imports the package, NumPy included."""

    timeout = 120

    def timeraw_numpy(self):
        return "import numpy"

    def timeraw_rustorch_fn(self):
        return "import rustorch_fn"


class Trace:
    """From Python to a typed program."""

    def setup(self):
        self.weights, self.x = weights(), rt.numpy.ones((8, 32))

    def time_forward(self):
        rt.make_jaxpr(mlp)(self.weights, self.x)

    def time_gradient(self):
        rt.make_jaxpr(rt.grad(mlp))(self.weights, self.x)

    def time_gradient_for_each_row(self):
        rt.make_jaxpr(rt.vmap(rt.grad(mlp), in_axes=(None, 0)))(self.weights, self.x)


class Compile:
    """From a call to its first result: cold with no cache at all, warm with kernels on disk."""

    number, repeat, rounds, warmup_time, timeout = 1, 5, 1, 0, 120
    params = ("cold", "warm")
    param_names = ("cache",)

    def setup(self, cache):
        # a folder of its own, as a cold start empties it
        self.folder = tempfile.mkdtemp()
        os.environ["RT_CACHE_DIR"] = self.folder
        flags.refresh()
        self.weights, self.x = weights(), rt.numpy.ones((8, 32))
        rt.grad(mlp)(self.weights, self.x)
        if cache == "warm":
            rt.jit(rt.grad(mlp))(self.weights, self.x)
        rt.clear_caches(disk=cache == "cold")

    def teardown(self, cache):
        shutil.rmtree(self.folder)

    def time_gradient(self, cache):
        rt.jit(rt.grad(mlp))(self.weights, self.x)
