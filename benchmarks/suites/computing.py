"""What the kernels do with their time: elementwise, reductions, contractions."""

import rustorch_fn as rt


def row(count):
    return rt.random.uniform(rt.random.key(count), (count,), minval=-3.0, maxval=3.0)


class Elementwise:
    """One pass over a vector, at sizes that fit L1, L2 and neither."""

    params = (("add", "exp", "tanh", "sin", "gelu"), (4_096, 131_072, 4_194_304))
    param_names = ("function", "elements")

    def setup(self, function, elements):
        self.x = row(elements)
        bodies = {
            "add": lambda x: x + x,
            "exp": rt.numpy.exp,
            "tanh": rt.numpy.tanh,
            "sin": rt.numpy.sin,
            "gelu": rt.nn.gelu,
        }
        self.f = rt.jit(bodies[function])
        self.f(self.x)

    def time_pass(self, function, elements):
        self.f(self.x)


class Reductions:
    """Whole arrays, rows and columns."""

    params = (("all", "rows", "columns", "softmax"), ((64, 64), (4_096, 1_024), (1_000_000, 3)))
    param_names = ("form", "shape")

    def setup(self, form, shape):
        self.x = rt.random.normal(rt.random.key(0), shape)
        bodies = {
            "all": lambda x: x.sum(),
            "rows": lambda x: x.sum(1),
            "columns": lambda x: x.sum(0),
            "softmax": lambda x: rt.nn.softmax(x, axis=1),
        }
        self.f = rt.jit(bodies[form])
        self.f(self.x)

    def time_pass(self, form, shape):
        self.f(self.x)


class Contractions:
    """Matrix products of m x k by k x n."""

    params = (((64, 64, 64), (256, 256, 256), (1_024, 1_024, 1_024), (100, 300, 200), (128, 784, 512)),)
    param_names = ("m, k, n",)

    def setup(self, sizes):
        m, k, n = sizes
        self.a = rt.random.normal(rt.random.key(0), (m, k))
        self.b = rt.random.normal(rt.random.key(1), (k, n))
        self.dot = rt.jit(lambda a, b: a @ b)
        self.dot(self.a, self.b)

    def time_dot(self, sizes):
        self.dot(self.a, self.b)


class Convolutions:
    """Forward and gradient of a 3 x 3 convolution."""

    def setup(self):
        self.x = rt.random.normal(rt.random.key(0), (8, 16, 28, 28))
        self.w = rt.random.normal(rt.random.key(1), (32, 16, 3, 3))
        self.conv = rt.jit(lambda x, w: rt.lax.conv(x, w, (1, 1), "SAME"))
        self.slope = rt.jit(rt.grad(lambda x, w: self.conv(x, w).sum(), argnums=(0, 1)))
        self.conv(self.x, self.w)
        self.slope(self.x, self.w)

    def time_forward(self):
        self.conv(self.x, self.w)

    def time_gradient(self):
        self.slope(self.x, self.w)
