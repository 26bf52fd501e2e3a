"""Bytes: what programs say that they take, and what a process really takes."""

import rustorch_fn as rt

LAYERS, WIDTH, BATCH = 20, 64, 1_024
ACTIVATIONS = {"tanh": rt.numpy.tanh, "relu": rt.nn.relu, "gelu": rt.nn.gelu, "softplus": rt.nn.softplus}


def chain(activate, wrap):
    """The loss of a deep network whose layers are wrapped by fives."""

    def five(weights, x):
        for w in weights:
            x = activate(x @ w)
        return x

    def loss(weights, x):
        for k in range(0, LAYERS, 5):
            x = wrap(five)(weights[k : k + 5], x)
        return (x * x).sum()

    return loss


class Gradient:
    """The gradient of a network of 20 layers, with and without checkpoints."""

    params = (tuple(ACTIVATIONS), ("plain", "checkpoint"))
    param_names = ("activation", "way")

    def setup(self, activation, way):
        wrap = rt.checkpoint if way == "checkpoint" else lambda f: f
        self.given = [rt.numpy.ones((WIDTH, WIDTH)) / WIDTH] * LAYERS, rt.numpy.ones((BATCH, WIDTH))
        self.slope = rt.jit(rt.grad(chain(ACTIVATIONS[activation], wrap)))

    def track_temporary_bytes(self, activation, way):
        return self.slope.lower(*self.given).compile().memory_analysis().temp_size_in_bytes

    track_temporary_bytes.unit = "bytes"

    def peakmem_run(self, activation, way):
        self.slope(*self.given)


class Calls:
    """What stays after many calls: of one program, and of functions that are new each time."""

    def track_bytes_after_calls(self):
        f, x = rt.jit(lambda x: x * 2 + 1), rt.numpy.ones(1_000)
        f(x)
        return self.growth(lambda: f(x), 1_000)

    def track_bytes_after_fresh_functions(self):
        x = rt.numpy.ones(10)
        return self.growth(lambda: rt.grad(lambda y: (y * y).sum())(x), 200)

    def growth(self, call, times):
        """The bytes that Python's objects gained."""
        import tracemalloc

        call()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            call()
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return after - before

    track_bytes_after_calls.unit = track_bytes_after_fresh_functions.unit = "bytes"
