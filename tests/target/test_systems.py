"""Systems that the tests did not run on: every kernel becomes an object for them that needs nothing that is not there.

Nothing is run here. `nox -s qemu` runs kernels for ARM.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import EXAMPLES, Draw, apply, array, lawful
from target.objects import undefined

import rustorch_fn as rt
from rustorch_fn import dtypes
from rustorch_fn.core.ir import Func
from rustorch_fn.core.parts import real
from rustorch_fn.core.primitive import REGISTRY
from rustorch_fn.core.trace import trace
from rustorch_fn.kernel.contract import Tile
from rustorch_fn.kernel.lower import lower
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.lax import control
from rustorch_fn.target.llvm import engine, executor, gemm
from rustorch_fn.target.llvm.platform import System
from rustorch_fn.target.llvm.program import LLVM
from rustorch_fn.transform.tidy import tidy

V2 = "+cx16,+popcnt,+sahf,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3"
V3 = f"{V2},+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave"
ARM = "+fp-armv8,+neon"
MACHINES = {
    "aarch64-linux-gnu": ("generic", ARM),
    "arm64-apple-darwin": ("apple-m1", f"{ARM},+fullfp16"),
    "x86_64-pc-windows-msvc": ("x86-64-v3", V3),
    "x86_64-pc-windows-msvc, narrow": ("x86-64-v2", V2),
}
C = {"memcpy", "memmove", "memset"}
SUPPLIED = {
    "linux": C,
    "apple": C | {"bzero"},  # libSystem's own word for memset to zero
    "windows": C | {"_fltused", "__chkstk"},  # platform.supplied
}
PYTHON = {
    "PyEval_SaveThread", "PyEval_RestoreThread", "PyErr_CheckSignals", "PyErr_Occurred", "PyErr_SetString",
    "PyLong_AsVoidPtr", "PyLong_AsLongLong", "PyLong_FromLongLong", "PyLong_FromVoidPtr", "PyList_New",
    "PyList_SetItem", "PyObject_Free", "PyType_GenericAlloc", "Py_AddPendingCall", "Py_IncRef", "Py_DecRef",
    "PyExc_TypeError", "_Py_NoneStruct",
}  # fmt: skip
POSIX = {
    "clock_gettime", "sched_yield", "sigfillset", "pthread_create", "pthread_detach", "pthread_self", "pthread_sigmask",
}  # fmt: skip
REST = {f"pthread_{name}" for name in "mutex_init mutex_lock mutex_unlock cond_init cond_wait cond_broadcast".split()}
KERNEL32 = {
    "QueryPerformanceCounter", "QueryPerformanceFrequency", "SwitchToThread", "GetCurrentThreadId", "CreateThread",
    "CloseHandle", "AcquireSRWLockExclusive", "ReleaseSRWLockExclusive", "SleepConditionVariableSRW",
    "WakeAllConditionVariable",
}  # fmt: skip


@pytest.fixture(scope="module")
def binding() -> Any:
    found = engine.engine().binding
    found.initialize_all_targets()
    found.initialize_all_asmprinters()
    return found


def emitted(binding: Any, text: str, triple: str, cpu: str, features: str) -> bytes:
    """The object that the JIT would be given there."""
    module = binding.parse_assembly(text, binding.create_context())
    module.verify()
    with module:
        return engine.generator(binding, triple, cpu, features).emit_object(module)


def missing(binding: Any, text: str, machine: str) -> set[str]:
    """What an object of this text needs there that nobody supplies."""
    triple, (cpu, features) = machine.partition(",")[0], MACHINES[machine]
    supplied = next(names for system, names in SUPPLIED.items() if system in triple)
    return undefined(emitted(binding, text, triple, cpu, features)) - supplied


def described(machine: str) -> Machine:
    return engine.describe(*MACHINES[machine])


def texts(func: Func, machine: Machine) -> dict[str, str]:
    """All kernels of a function."""
    target = LLVM(machine)
    lower(func, target)
    return {key: text if isinstance(text, str) else text() for key, text in target.texts.items()}


_clean: set[tuple[str, str]] = set()


def check(binding: Any, func: Func) -> None:
    """Emit what a function becomes, for every machine, unless it has been before."""
    for machine in MACHINES:
        for key, text in texts(func, described(machine)).items():
            if (machine, key) not in _clean:
                assert not missing(binding, text, machine), f"{machine}: {text.splitlines()[1]}"
                _clean.add((machine, key))


class Singles(Draw):
    """Operands of float32, wherever they may be."""

    def dtype(self, *options: Any) -> Any:
        self.kind = dtypes.float32
        return self.kind


@pytest.mark.parametrize("name", sorted(set(EXAMPLES)))
def test_every_primitive(binding, name):
    @lawful(2)
    @given(st.data())
    def law(data: Any) -> None:
        op = REGISTRY[name]
        for draw in (Singles, Draw):
            c = EXAMPLES[name](draw(data, False))
            func, _ = trace(apply(op, c), [array(x).aval for x in c.args])
            check(binding, real(tidy(func)))

    law()


FORMS = [
    ("f32", "f32", "f32"), ("f64", "f64", "f64"), ("bf16", "bf16", "bf16"), ("f16", "f16", "f16"),
    ("bf16", "bf16", "f32"), ("f16", "f32", "f32"),
]  # fmt: skip


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_every_template_of_contractions(binding, form, machine):
    """Products of matrices, of a matrix and a vector along and across, and convolutions read through a window."""
    there = described(machine)
    lanes = there.lanes(8 if "f64" in form else 4)
    for kind in ("", "a", "b", "across", "along"):
        tile = Tile(*form, lanes, 4, 2, there.fma, there.f16, kind)
        assert not missing(binding, gemm.text(tile)[1], machine)


def models() -> dict[str, Any]:
    """Larger functions: what the templates are chosen for, scans, folds that are cut, and gradients."""
    rnp, ones = rt.numpy, np.ones
    image, weights = ones((4, 8, 20, 20), np.float32), ones((16, 8, 3, 3), np.float32)
    square, column = ones((64, 64), np.float32), ones(4096, np.float32)

    def loss(w: Any, x: Any) -> Any:
        y = rt.nn.gelu(rt.lax.conv_general_dilated(x, w, (2, 2), "SAME"))
        return rnp.mean(rt.nn.log_softmax(y.reshape(4, -1)) ** 2)

    def steps(x: Any) -> Any:
        return control.scan(lambda c, row: (rnp.tanh(c @ x + row), c), x[0], x)[0]

    return {
        "dot": (lambda x: x @ x, square),
        "matrix and vector": (lambda x: (x @ x[0], x[0] @ x), square),
        "batch": (lambda x: rnp.einsum("bij,bkj->bik", x, x), ones((5, 32, 33), np.float32)),
        "doubles": (lambda x: rnp.linalg.norm(x @ x.T), ones((40, 50))),
        "image": (rt.value_and_grad(loss), weights, image),
        "scan": (rt.grad(lambda x: rnp.sum(steps(x))), square),
        "sorting": (lambda x: (rnp.sort(x), rnp.cumsum(x), rnp.var(x), x[::-1]), column),
        "random": (lambda x: rt.random.normal(rt.random.key(0), (999,)) + x[:999], column),
        "remainder": (lambda x: (x % 0.3, rnp.fmod(x, x + 1), rnp.floor_divide(x, 7)), column),
        "halves": (lambda x: rnp.sin(x.astype("float16")).astype("bfloat16") % 3, column),
    }


@pytest.mark.parametrize("name", sorted(models()))
def test_models(binding, name):
    f, *args = models()[name]
    arrays = [rt.numpy.asarray(x, dtype=x.dtype) for x in args]
    func, _ = trace(lambda *xs: rt.tree.leaves(f(*xs)), [x.aval for x in arrays])
    check(binding, tidy(func))


@pytest.mark.parametrize(
    ("system", "triple", "names"),
    [
        (System("linux", "x86_64", True), "x86_64-linux-gnu", POSIX | PYTHON | {"syscall"}),
        (System("linux", "aarch64", True), "aarch64-linux-gnu", POSIX | PYTHON | {"syscall"}),
        (System("linux", "aarch64"), "aarch64-linux-gnu", POSIX | PYTHON | REST),
        (System("darwin", "aarch64"), "arm64-apple-darwin", POSIX | PYTHON | REST),
        (System("darwin", "x86_64"), "x86_64-apple-darwin", POSIX | PYTHON | REST),
        (System("win32", "x86_64"), "x86_64-pc-windows-msvc", KERNEL32 | PYTHON),
        (System("win32", "aarch64"), "aarch64-pc-windows-msvc", KERNEL32 | PYTHON),
    ],
    ids=str,
)
def test_the_executor_and_its_pool(binding, system, triple, names):
    supplied = next(known for word, known in SUPPLIED.items() if word in triple)
    needed = undefined(emitted(binding, executor.text(system), triple, "generic", "")) - supplied
    assert needed <= names
    # everything of the system is used: a name that is listed and not needed would be a list that has gone stale
    assert names - PYTHON <= needed


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_of_a_library_is_seen(binding, machine):
    text = "define double @k_f(double %x, double %y) {\n %z = frem double %x, %y\n ret double %z\n}\n"
    assert missing(binding, text, machine) == {"fmod"}


def test_other_files_are_told():
    with pytest.raises(ValueError, match="no object file"):
        undefined(bytes(100))
