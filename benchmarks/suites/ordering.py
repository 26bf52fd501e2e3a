"""What moves elements about, or carries something from one to the next: sorts, running folds, scatters, gathers."""

import rustorch_fn as rt


class Running:
    """Running folds along the last axis and the first, and what the way back costs."""

    params = (("sum", "sum back", "max"), ((64, 64), (1_000, 1_000), (1_000_000, 1), (1, 1_000_000)), (0, 1))
    param_names = ("fold", "shape", "axis")

    def setup(self, fold, shape, axis):
        self.x = rt.random.normal(rt.random.key(0), shape)
        bodies = {
            "sum": lambda x: rt.lax.cumsum(x, axis),
            "sum back": rt.grad(lambda x: (rt.lax.cumsum(x, axis) ** 2).sum()),
            "max": lambda x: rt.lax.cummax(x, axis),
        }
        self.f = rt.jit(bodies[fold])
        self.f(self.x)

    def time_pass(self, fold, shape, axis):
        self.f(self.x)


class Sorting:
    """Rows of random numbers, and the places that would sort them."""

    params = (("sort", "argsort"), ((10, 20), (1_000, 1_000), (1, 1_000_000)))
    param_names = ("function", "shape")

    def setup(self, function, shape):
        self.x = rt.random.normal(rt.random.key(0), shape)
        self.f = rt.jit(lambda x: getattr(rt.numpy, function)(x, axis=1))
        self.f(self.x)

    def time_rows(self, function, shape):
        self.f(self.x)


class Places:
    """Rows of 64 read from, or added into, random places of a table."""

    params = (("gather", "scatter"), ("float32", "bfloat16"), (100, 100_000))
    param_names = ("way", "type", "rows")

    def setup(self, way, dtype, rows):
        table = rt.numpy.zeros((1_000, 64), dtype)
        self.given = table, rt.random.randint(rt.random.key(0), (rows,), 0, 1_000), rt.numpy.ones((rows, 64), dtype)
        bodies = {"gather": lambda table, at, _: table[at], "scatter": lambda table, at, x: table.at[at].add(x)}
        self.f = rt.jit(bodies[way])
        self.f(*self.given)

    def time_rows(self, way, dtype, rows):
        self.f(*self.given)
