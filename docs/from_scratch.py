"""rustorch_fn in about 300 lines of code: trace, differentiate, batch and compile. `python docs/from_scratch.py`.

The package is this file with more ops, better loops and kinder errors. Numbers are float64 here, arrays are NumPy's,
and every idea is as small as it gets. Read it from the top: each part uses only what stands above it.
"""

import ctypes
from contextlib import contextmanager
from itertools import count

import llvmlite.binding as llvm
import numpy as np

# --- 1. Programs ---
# A program is a list of equations. Each one names an op, what it reads, its attributes, and the variable it defines.


class Var:
    def __init__(self, shape):
        self.shape = shape


class Func:
    def __init__(self, inputs, equations, outputs):
        self.inputs, self.equations, self.outputs = inputs, equations, outputs

    def __str__(self):
        names = {}

        def name(v):
            return names.setdefault(v, f"v{len(names)}")

        lines = [f"func({', '.join(f'{name(v)}: f64{list(v.shape)}' for v in self.inputs)}) {{"]
        for op, reads, attrs, v in self.equations:
            words = [op.name, *map(name, reads), *(f"{k}={value}" for k, value in attrs.items())]
            lines.append(f"  {name(v)}: f64{list(v.shape)} = {' '.join(words)}")
        return "\n".join([*lines, f"  return {', '.join(map(name, self.outputs))}", "}"])


# --- 2. Interpreters ---
# Applying an op asks the current interpreter what that means: Eval computes, Stage writes an equation. One rule lets
# transforms nest: an interpreter treats values that are not its own as constants, and does its own work in its
# parent, the interpreter that was current when it was made.


class Value:
    """What the values of all interpreters share: operators."""

    __array_ufunc__ = None  # NumPy leaves `array * value` to us
    __add__ = __radd__ = lambda x, y: add(x, y)
    __mul__ = __rmul__ = lambda x, y: mul(x, y)

    def __sub__(x, y):
        return add(x, mul(-1.0, y))

    def __rsub__(x, y):
        return add(y, mul(-1.0, x))


class Eval:
    def bind(self, op, xs, attrs):
        return op.ref(*xs, **attrs)


current = Eval()


@contextmanager
def running(interpreter):
    global current
    before, current = current, interpreter
    try:
        yield
    finally:
        current = before


class Staged(Value):
    def __init__(self, owner, var):
        self.owner, self.var, self.shape = owner, var, var.shape


class Stage:
    def __init__(self, constants_now=False):
        self.parent, self.constants_now = current, constants_now
        self.equations, self.captured = [], {}

    def bind(self, op, xs, attrs):
        if self.constants_now and not any(self.owns(x) for x in xs):
            with running(self.parent):
                return op(*xs, **attrs)
        out = Var(op.shape(*(x.shape for x in xs), **attrs))
        self.equations.append((op, [self.read(x) for x in xs], attrs, out))
        return Staged(self, out)

    def owns(self, x):
        return isinstance(x, Staged) and x.owner is self

    def read(self, x):
        """The variable of a value; one from outside becomes one more input of the program."""
        return x.var if self.owns(x) else self.captured.setdefault(id(x), (x, Var(x.shape)))[1]

    def close(self, inputs, outputs):
        """The program, and the values from outside that are its first inputs."""
        outputs = [self.read(lift(y)) for y in outputs]
        outside = self.captured.values()
        return Func([*(v for _, v in outside), *inputs], self.equations, outputs), [x for x, _ in outside]


def trace(f, shapes):
    """The program of f, which gives a tuple of results."""
    stage = Stage()
    inputs = [Var(shape) for shape in shapes]
    with running(stage):
        ys = f(*(Staged(stage, v) for v in inputs))
    return stage.close(inputs, ys)


def evaluate(func, args):
    """Apply each equation in the current interpreter: this runs a program, and transforms it too."""
    env = dict(zip(func.inputs, args, strict=True))
    for op, reads, attrs, out in func.equations:
        env[out] = op(*(env[v] for v in reads), **attrs)
    return [env[v] for v in func.outputs]


# --- 3. Ops ---
# An op is one class that answers questions. shape: what comes out? ref: what does it mean, in NumPy? at: what is its
# element at an index? lin: its value, and a linear function of tangents. transpose: the cotangents of its linear
# operands. batch: what is it with one more axis in front?


class Op:
    def __call__(self, *xs, **attrs):
        return current.bind(self, xs, attrs)


class Elementwise(Op):
    """One number from numbers at the same place: a meaning, an instruction, a derivative for each operand."""

    def __init__(self, name, ref, code, *partials):
        self.name, self.ref, self.code, self.partials = name, ref, code, partials

    def shape(self, *shapes):
        return shapes[0]

    def at(self, kernel, index, *reads):
        return kernel.line(self.code.format(*(read(index) for read in reads)))

    def lin(self, *xs):
        y = self(*xs)
        slopes = [partial(y, *xs) for partial in self.partials]

        def push(*ts):
            terms = [t if d is None else times(d, t) for d, t in zip(slopes, ts, strict=True) if t is not None]
            return terms[0] if len(terms) == 1 else plus(*terms)

        return y, push

    def transpose(self, ct, *xs):
        if self is plus:
            return [ct, ct]
        a, b = xs  # times: one is the linear operand, the other a number that is known
        return [times(ct, b), None] if isinstance(a, Var) else [None, times(ct, a)]

    def batch(self, size, xs, mine):
        inner = range(1, 1 + max(len(x.shape) - own for x, own in zip(xs, mine, strict=True)))
        return self(*(x if own else broadcast(x, (size, *x.shape), inner) for x, own in zip(xs, mine, strict=True)))


class Linear(Op):
    """An op that is its own derivative."""

    def lin(self, x, **attrs):
        return self(x, **attrs), lambda t: self(t, **attrs)


class Spread(Linear):
    """x repeated: its axis k is axis axes[k] of the result. All broadcasting is this op."""

    name = "spread"

    def shape(self, x, *, shape, axes):
        return shape

    def ref(self, x, *, shape, axes):
        return np.broadcast_to(np.reshape(x, [n if d in axes else 1 for d, n in enumerate(shape)]), shape)

    def at(self, kernel, index, read, *, shape, axes):
        return read([index[d] for d in axes])

    def transpose(self, ct, x, *, shape, axes):
        return [total(ct, axes=tuple(d for d in range(len(shape)) if d not in axes))]

    def batch(self, size, xs, mine, *, shape, axes):
        return self(*xs, shape=(size, *shape), axes=(0, *(d + 1 for d in axes)))


class Total(Linear):
    """The sum over axes."""

    name = "total"

    def shape(self, x, *, axes):
        return tuple(n for d, n in enumerate(x) if d not in axes)

    def ref(self, x, *, axes):
        return np.sum(x, axis=axes)

    def transpose(self, ct, x, *, axes):
        return [broadcast(ct, x.shape, [d for d in range(len(x.shape)) if d not in axes])]

    def batch(self, size, xs, mine, *, axes):
        return self(*xs, axes=tuple(d + 1 for d in axes))


plus = Elementwise("plus", np.add, "fadd double {}, {}", lambda z, x, y: None, lambda z, x, y: None)  # None: 1
times = Elementwise("times", np.multiply, "fmul double {}, {}", lambda z, x, y: y, lambda z, x, y: x)
exp = Elementwise("exp", np.exp, "call double @llvm.exp.f64(double {})", lambda y, x: y)
recip = Elementwise("recip", np.reciprocal, "fdiv double 1.0, {}", lambda y, x: mul(-1.0, mul(y, y)))
spread, total = Spread(), Total()

# What users call. Broadcasting is made explicit here, so that no op above has to know of it.


def lift(x):
    return x if isinstance(x, Value) else np.asarray(x, float)


def broadcast(x, shape, axes):
    return x if x.shape == shape else spread(x, shape=tuple(shape), axes=tuple(axes))


def together(op, x, y):
    x, y = lift(x), lift(y)
    shape = np.broadcast_shapes(x.shape, y.shape)  # scalars grow, and leading axes are added; axes of size 1 stay
    return op(*(broadcast(v, shape, range(len(shape) - len(v.shape), len(shape))) for v in (x, y)))


def add(x, y):
    return together(plus, x, y)


def mul(x, y):
    return together(times, x, y)


def tanh(x):
    return 1.0 - 2.0 * recip(exp(2.0 * x) + 1.0)


def matmul(x, y):
    (n, k), (_, m) = x.shape, y.shape
    return total(times(broadcast(x, (n, k, m), (0, 1)), broadcast(y, (n, k, m), (1, 2))), axes=(1,))


def mean(x):
    return mul(total(x, axes=tuple(range(len(x.shape)))), 1 / np.prod(x.shape))


# --- 4. Derivatives ---
# One pass gives two things: the value, now, and a tape, the linear program from tangents to tangents. Forward mode
# runs the tape, reverse mode walks it back. Only linear ops are on it: what they multiply by was computed at once.


class Dual(Value):
    def __init__(self, owner, primal, tangent):
        self.owner, self.primal, self.tangent, self.shape = owner, primal, tangent, primal.shape


class Linearize:
    def __init__(self, tape):
        self.parent, self.tape = current, tape

    def bind(self, op, xs, attrs):
        mine = [isinstance(x, Dual) and x.owner is self for x in xs]
        primals = [x.primal if own else x for x, own in zip(xs, mine, strict=True)]
        with running(self.parent):
            if not any(mine):
                return op(*primals, **attrs)
            y, push = op.lin(*primals, **attrs)
        with running(self.tape):
            return Dual(self, y, push(*(x.tangent if own else None for x, own in zip(xs, mine, strict=True))))


def linearize(f, *xs):
    """The value of f, the tape, and the numbers that are the tape's first inputs."""
    tape = Stage(constants_now=True)
    inputs = [Var(x.shape) for x in xs]
    now = Linearize(tape)
    with running(now):
        y = f(*(Dual(now, x, Staged(tape, v)) for x, v in zip(xs, inputs, strict=True)))
    if not (isinstance(y, Dual) and y.owner is now):
        y = Dual(now, lift(y), np.zeros(np.shape(y)))
    return y.primal, *tape.close(inputs, [y.tangent])


def jvp(f, xs, ts):
    y, tape, numbers = linearize(f, *map(lift, xs))
    return y, evaluate(tape, [*numbers, *map(lift, ts)])[0]


def backward(tape, numbers, ct):
    """The tape from its end to its start: each linear op hands its cotangent on to what it read."""
    known = dict(zip(tape.inputs, numbers, strict=False))
    cts = {tape.outputs[0]: ct}
    for op, reads, attrs, out in reversed(tape.equations):
        if out in cts:
            parts = op.transpose(cts[out], *(known.get(v, v) for v in reads), **attrs)
            for v, part in zip(reads, parts, strict=True):
                if part is not None:
                    cts[v] = plus(cts[v], part) if v in cts else part
    return tuple(cts.get(v, np.zeros(v.shape)) for v in tape.inputs[len(numbers) :])


def value_and_grad(f):
    def both(*xs):
        y, tape, numbers = linearize(f, *map(lift, xs))
        return y, *backward(tape, numbers, np.ones(()))

    return both


def grad(f):
    return lambda *xs: value_and_grad(f)(*xs)[1]


# --- 5. Batches ---
# One more axis, always in front. Every op knows what it is with one, so nothing runs twice.


class Batched(Value):
    def __init__(self, owner, value):
        self.owner, self.value, self.shape = owner, value, value.shape[1:]


class Batch:
    def __init__(self, size):
        self.parent, self.size = current, size

    def bind(self, op, xs, attrs):
        mine = [isinstance(x, Batched) and x.owner is self for x in xs]
        values = [x.value if own else x for x, own in zip(xs, mine, strict=True)]
        with running(self.parent):
            if not any(mine):
                return op(*values, **attrs)
            return Batched(self, op.batch(self.size, values, mine, **attrs))


def vmap(f, mapped):
    """f for each row of the arguments that are marked."""

    def each(*xs):
        xs = [lift(x) for x in xs]
        now = Batch(next(x.shape[0] for x, on in zip(xs, mapped, strict=True) if on))
        with running(now):
            y = f(*(Batched(now, x) if on else x for x, on in zip(xs, mapped, strict=True)))
        mine = isinstance(y, Batched) and y.owner is now
        return y.value if mine else broadcast(y, (now.size, *y.shape), range(1, 1 + len(y.shape)))

    return each


# --- 6. Machine code ---
# Sums and results get memory, and loops that fill it. All else is composed: who needs an element asks `at` for it,
# down to a load. So a chain of ops with broadcasts between them becomes one loop; that is what fusion means here.


class Kernel:
    def __init__(self, func):
        self.lines, self.fresh, self.block, self.known = [], count(), "entry", {}
        self.made = {out: equation for *equation, out in func.equations}
        stored = [v for v, (op, *_) in self.made.items() if op is total or v in func.outputs]
        self.slots = {v: k for k, v in enumerate(dict.fromkeys([*func.inputs, *func.outputs, *stored]))}
        for v in stored:
            self.fill(v)

    def line(self, code):
        self.lines.append(f"  %t{next(self.fresh)} = {code}")
        return self.lines[-1].split()[0]

    def address(self, v, index):
        flat = "0"
        for i, n in zip(index, v.shape, strict=True):
            flat = self.line(f"add i64 {self.line(f'mul i64 {flat}, {n}')}, {i}")
        return self.line(f"getelementptr double, ptr %p{self.slots[v]}, i64 {flat}")

    def element(self, v, index):
        """v[index] in a register: computed once in a loop's body, loaded where v has memory."""
        if (v, *index) not in self.known:
            loaded = v in self.slots
            got = self.line(f"load double, ptr {self.address(v, index)}") if loaded else self.compose(v, index)
            self.known[v, *index] = got
        return self.known[v, *index]

    def compose(self, v, index):
        op, reads, attrs = self.made[v]
        return op.at(self, index, *(lambda i, r=r: self.element(r, i) for r in reads), **attrs)

    def store(self, register, v, index):
        self.lines.append(f"  store double {register}, ptr {self.address(v, index)}")

    def fill(self, v):
        op, reads, attrs = self.made[v]
        if op is not total:
            self.loops(v.shape, lambda i: self.store(self.compose(v, i), v, i))
            return

        def step(i):
            where = [n for d, n in enumerate(i) if d not in attrs["axes"]]
            before = self.line(f"load double, ptr {self.address(v, where)}")
            self.store(self.line(f"fadd double {before}, {self.element(reads[0], i)}"), v, where)

        self.loops(v.shape, lambda i: self.store("0.0", v, i))
        self.loops(reads[0].shape, step)

    def loops(self, shape, body):
        """body(index), for every index."""
        names = [f"{next(self.fresh)}" for _ in shape]
        for k, n in zip(names, shape, strict=True):
            self.lines += [f"  br label %head{k}", f"head{k}:"]
            self.lines += [f"  %i{k} = phi i64 [ 0, %{self.block} ], [ %n{k}, %next{k} ]"]
            self.lines += [f"  %more{k} = icmp slt i64 %i{k}, {n}", f"  br i1 %more{k}, label %body{k}, label %done{k}"]
            self.lines += [f"body{k}:"]
            self.block = f"body{k}"
        self.known = {}
        body([f"%i{k}" for k in names])
        self.known = {}
        for k in reversed(names):
            self.lines += [f"  br label %next{k}", f"next{k}:", f"  %n{k} = add i64 %i{k}, 1", f"  br label %head{k}"]
            self.lines += [f"done{k}:"]
            self.block = f"done{k}"

    def text(self):
        slots = [f"  %q{k} = getelementptr ptr, ptr %slots, i64 {k}" for k in self.slots.values()]
        slots += [f"  %p{k} = load ptr, ptr %q{k}" for k in self.slots.values()]
        head = ["declare double @llvm.exp.f64(double)", "define void @run(ptr %slots) {", "entry:"]
        return "\n".join([*head, *slots, *self.lines, "  ret void", "}"])


def compiled(func):
    """A program as a function of arrays that runs machine code."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    kernel = Kernel(func)
    machine = llvm.Target.from_default_triple().create_target_machine(opt=3)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(kernel.text()), machine)
    engine.finalize_object()
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(engine.get_function_address("run"))

    def call(args):
        arrays = {v: np.ascontiguousarray(x) for v, x in zip(func.inputs, args, strict=True)}
        arrays |= {v: np.empty(v.shape) for v in kernel.slots if v not in arrays}
        run((ctypes.c_void_p * len(arrays))(*(arrays[v].ctypes.data for v in kernel.slots)))
        return tuple(arrays[v] for v in func.outputs)

    call.engine = engine  # the code lives as long as its engine
    return call


def jit(f):
    """f, which gives a tuple of results, compiled for each tuple of shapes; under another transform f itself runs."""
    known = {}

    def fast(*xs):
        if not isinstance(current, Eval):
            return f(*xs)
        xs = [lift(x) for x in xs]
        shapes = tuple(x.shape for x in xs)
        if shapes not in known:
            func, captured = trace(f, shapes)
            known[shapes] = compiled(func), captured
        program, captured = known[shapes]
        return program([*captured, *xs])

    return fast


# --- 7. A network learns XOR ---


def loss(w, v, x, y):
    error = matmul(tanh(matmul(x, w)), v) - y
    return mean(error * error)


def main():
    print(trace(lambda x: [mean(x * tanh(x))], [(3,)])[0])
    rng = np.random.default_rng(0)
    x, y = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1.0]]), np.array([[0], [1], [1], [0.0]])
    w, v = rng.normal(size=(3, 8)), rng.normal(size=(8, 1)) / 2
    step = jit(value_and_grad(lambda w, v: loss(w, v, x, y)))
    for k in range(101):
        value, dw, dv = step(w, v)
        w, v = w - 0.2 * dw, v - 0.2 * dv
        if k % 25 == 0:
            print(f"step {k}: loss {float(value):.4f}")
    return float(value)


if __name__ == "__main__":
    main()
