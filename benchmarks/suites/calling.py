"""What a call costs beside its arithmetic."""

import numpy as np

import rustorch_fn as rt


class Dispatch:
    """Small arrays: nearly all of the time is ours."""

    def setup(self):
        self.x = rt.numpy.float32(1.0)
        self.tree = {f"leaf{i}": rt.numpy.float32(i) for i in range(20)}
        self.add = rt.jit(lambda x: x + 1)
        self.add_all = rt.jit(lambda tree: rt.tree.map(lambda x: x + 1, tree))
        self.add(self.x)
        self.add_all(self.tree)

    def time_jitted_scalar(self):
        self.add(self.x)

    def time_jitted_tree_of_20(self):
        self.add_all(self.tree)

    def time_eager_scalar(self):
        self.x + 1

    def time_eager_gradient(self):
        rt.grad(lambda x: rt.numpy.sin(x) * x)(self.x)

    def time_eager_cond_with_fresh_lambdas(self):
        rt.lax.cond(True, lambda x: x + 1, lambda x: x - 1, self.x)

    def time_tree_map(self):
        rt.tree.map(lambda x: x, self.tree)


class Eager:
    """Calls outside of jit on small arrays, by the words that programs use most."""

    def setup(self):
        self.x, self.y = rt.numpy.float32(1.5), rt.numpy.float32(2.5)
        self.v, self.m, self.theirs = rt.numpy.ones(16), rt.numpy.ones((128, 128)), np.ones(16, "float32")
        for name in dir(self):
            if name.startswith("time_"):
                getattr(self, name)()

    def time_scalar_plus_scalar(self):
        self.x + self.y

    def time_vector_plus_number(self):
        self.v + 1

    def time_vector_plus_vector(self):
        self.v + self.v

    def time_vector_plus_numpys(self):
        self.v + self.theirs

    def time_numpys_plus_vector(self):
        self.theirs + self.v

    def time_exp(self):
        rt.numpy.exp(self.v)

    def time_sum(self):
        rt.numpy.sum(self.v)

    def time_where(self):
        rt.numpy.where(self.v > 0, self.v, 0.0)

    def time_one_element(self):
        self.m[3, 5]

    def time_a_row_with_one_element_set(self):
        self.v.at[3].set(0.0)

    def time_reshape(self):
        self.v.reshape(4, 4)

    def time_product_of_matrices(self):
        self.m @ self.m

    def time_asarray_of_numpys(self):
        rt.numpy.asarray(self.theirs)

    def time_zeros(self):
        rt.numpy.zeros(3)


class Loops:
    """What one iteration of compiled control flow costs."""

    def setup(self):
        self.x = rt.numpy.zeros(16)
        self.scan = rt.jit(lambda x: rt.lax.scan(lambda c, _: (rt.numpy.tanh(c + 1), None), x, length=10_000)[0])
        self.loop = rt.jit(lambda x: rt.lax.while_loop(lambda c: c[0] < 10_000.0, lambda c: c + 1, x))
        self.scan(self.x)
        self.loop(self.x)

    def time_scan_of_10_000(self):
        self.scan(self.x)

    def time_while_of_10_000(self):
        self.loop(self.x)


class Branches:
    """One of two ways, chosen inside of a compiled program, alone and in every step of a loop."""

    def setup(self):
        self.x = rt.numpy.ones(16)
        self.cond = rt.jit(lambda x: rt.lax.cond(x[0] > 0, rt.numpy.sin, rt.numpy.cos, x))
        self.steps = rt.jit(lambda x: rt.lax.fori_loop(0, 1_000, self.step, x))
        self.cond(self.x)
        self.steps(self.x)

    def step(self, i, x):
        return rt.lax.cond(i % 2 == 0, lambda y: y + 1, lambda y: y * 0.5, x)

    def time_cond(self):
        self.cond(self.x)

    def time_1_000_conds(self):
        self.steps(self.x)
