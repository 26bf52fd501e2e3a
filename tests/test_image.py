"""rustorch_fn.image against jax.image."""

import jax
import jax.image
import numpy as np
import pytest
from compare import agree, from_jax

import rustorch_fn as rt
from rustorch_fn import errors

RNG = np.random.default_rng(0)
PICTURE = RNG.standard_normal((5, 7, 2)).astype(np.float32)
METHODS = ["nearest", "linear", "lanczos3", "lanczos5", "cubic", "cubic-pytorch", "area"]
SHAPES = [(3, 12, 2), (9, 2, 1)]


def resized(image, method, antialias):
    return lambda x: [image.resize(x, shape, method, antialias=antialias) for shape in SHAPES]


def moved(image, method, antialias):
    def move(*given):
        return image.scale_and_translate(given[0], (6, 7, 4), (0, 2), *given[1:], method, antialias)

    return move


def slope(library, f):
    return library.grad(lambda *given: (f(*given) ** 2).sum(), argnums=(0, 1, 2))


CASES = [(method, antialias) for method in METHODS for antialias in (True, False)]
MOVES = [("linear", True), ("lanczos3", False), ("cubic", True), ("area", True)]
GIVEN = PICTURE, np.array([0.7, 1.9], np.float32), np.array([0.3, -0.2], np.float32)


@pytest.fixture(scope="module")
def theirs():
    def f(*given):
        moves = {k: moved(jax.image, *k) for k in MOVES}
        return (
            [resized(jax.image, *k)(given[0]) for k in CASES],
            [(move(*given), slope(jax, move)(*given)) for move in moves.values()],
        )

    peer, truth = from_jax(jax.jit(f), *GIVEN)
    keys = [*CASES, *(("moved", *k) for k in MOVES)]
    return {k: pair for k, *pair in zip(keys, [*peer[0], *peer[1]], [*truth[0], *truth[1]], strict=True)}


@pytest.mark.parametrize(("method", "antialias"), CASES)
def test_resize(method, antialias, theirs):
    f = resized(rt.image, method, antialias)
    agree(f(PICTURE), *theirs[method, antialias])
    agree(rt.jit(f)(PICTURE), *theirs[method, antialias])


@pytest.mark.parametrize(("method", "antialias"), MOVES)
def test_scale_and_translate(method, antialias, theirs):
    f = moved(rt.image, method, antialias)
    agree((f(*GIVEN), slope(rt, f)(*GIVEN)), *theirs["moved", method, antialias])


@pytest.mark.parametrize("kind", [np.int32, np.uint8, np.float16, np.float64])
def test_types(kind):
    x = (RNG.random((3, 4)) * 100).astype(kind)
    for method in ("nearest", "linear"):
        if kind is np.float64:
            with jax.enable_x64(True):
                want = np.asarray(jax.image.resize(x, (5, 2), method))
            agree(rt.image.resize(rt.numpy.asarray(x, kind), (5, 2), method), want)
        else:
            theirs = from_jax(lambda x, m=method: jax.image.resize(x, (5, 2), m), x)
            agree(rt.image.resize(x, (5, 2), method), *theirs)


def test_lanes_and_empty_images():
    stack = np.stack([PICTURE, PICTURE + 1])
    lanes = rt.vmap(lambda x: rt.image.resize(x, (3, 3, 2), "cubic"))(stack)
    agree(lanes, *from_jax(jax.vmap(lambda x: jax.image.resize(x, (3, 3, 2), "cubic")), stack))
    assert rt.image.resize(PICTURE, (0, 7, 2), "linear").shape == (0, 7, 2)


def test_names_of_methods():
    for name in ["bilinear", "trilinear", "triangle", "bicubic", "tricubic", "bicubic-pytorch", *METHODS]:
        assert rt.image.ResizeMethod.from_string(name).name == jax.image.ResizeMethod.from_string(name).name


MISTAKES = {
    "no such method": lambda: rt.image.resize(PICTURE, (1, 1, 1), "fast"),
    "rank": lambda: rt.image.resize(PICTURE, (3, 3), "linear"),
    "nearest cannot move": lambda: moved(rt.image, "nearest", True)(*GIVEN),
    "scales": lambda: moved(rt.image, "linear", True)(PICTURE, np.ones(3), np.ones(2)),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    with pytest.raises(errors.RustorchError, match=r"resize|scale_and_translate|ResizeMethod"):
        MISTAKES[case]()
