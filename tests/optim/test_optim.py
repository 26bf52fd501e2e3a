"""Optimisers learn, pass through transforms, and say what is wrong."""

import math

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors, optim
from rustorch_fn import numpy as rnp

OPTIMIZERS = {
    "sgd": optim.sgd(0.1),
    "momentum": optim.sgd(0.05, momentum=0.9),
    "dampened": optim.sgd(0.1, momentum=0.5, dampening=0.5),
    "nesterov": optim.sgd(0.05, momentum=0.9, nesterov=True),
    "adam": optim.adam(0.1),
    "adamw": optim.adamw(0.1, weight_decay=1e-4),
    "scheduled": optim.adam(optim.warmup_cosine_decay_schedule(0.0, 0.3, 10, 100)),
    "clipped": optim.chain(optim.clip_by_global_norm(1.0), optim.clip(0.9), optim.sgd(0.1)),
}


def valley(params):
    return ((params["x"] - 3) ** 2).sum() + (params["y"] + 1) ** 2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_finds_the_bottom_of_a_valley(name):
    opt = OPTIMIZERS[name]

    @rt.jit
    def step(params, state):
        updates, state = opt.update(rt.grad(valley)(params), state, params)
        return optim.apply_updates(params, updates), state

    params = {"x": rnp.zeros(2), "y": rnp.zeros(())}
    state = opt.init(params)
    for _ in range(100):
        params, state = step(params, state)
    assert float(valley(params)) < 1e-2


def test_an_ensemble_takes_the_steps_of_its_members():
    opt = optim.adam(0.1)
    params, grads = rnp.arange(6.0).reshape(3, 2), rnp.ones((3, 2))
    together, _ = rt.vmap(opt.update)(grads, rt.vmap(opt.init)(params), params)
    for i in range(3):
        alone, _ = opt.update(grads[i], opt.init(params[i]), params[i])
        np.testing.assert_allclose(together[i], alone, rtol=1e-6)


def test_parameters_keep_their_dtype():
    params = {"w": rnp.ones(3, "bfloat16"), "n": rnp.ones(2)}
    for opt in OPTIMIZERS.values():
        updates, _ = opt.update(params, opt.init(params), params)
        after = optim.apply_updates(params, updates)
        assert [str(p.dtype) for p in rt.tree.leaves(after)] == ["float32", "bfloat16"]


def test_clip_by_global_norm():
    grads = {"a": rnp.array([3.0, 0.0]), "b": rnp.array([4.0])}
    assert float(optim.global_norm(grads)) == 5.0
    for longest, factor in ((10.0, 1.0), (2.5, 0.5)):
        clipped, _ = optim.clip_by_global_norm(longest).update(grads, ())
        np.testing.assert_allclose(clipped["a"], [3.0 * factor, 0.0], rtol=1e-6)
        np.testing.assert_allclose(clipped["b"], [4.0 * factor], rtol=1e-6)
    assert float(optim.global_norm({})) == 0.0


def test_decay_can_leave_parameters_out():
    params = {"w": rnp.ones(2), "b": rnp.ones(2)}
    for mask in ({"w": True, "b": False}, lambda p: {"w": True, "b": False}):
        opt = optim.add_decayed_weights(0.5, mask)
        updates, _ = opt.update(rt.tree.map(rnp.zeros_like, params), opt.init(params), params)
        assert [float(u.sum()) for u in (updates["w"], updates["b"])] == [1.0, 0.0]


SCHEDULES = {
    "constant": (optim.constant_schedule(0.3), [0.3, 0.3, 0.3]),
    "linear": (optim.linear_schedule(1.0, 0.0, 4, transition_begin=1), [1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]),
    "cosine": (optim.cosine_decay_schedule(1.0, 2, alpha=0.1), [1.0, 0.55, 0.1, 0.1]),
    "cosine squared": (optim.cosine_decay_schedule(1.0, 2, exponent=2.0), [1.0, 0.25, 0.0]),
    "exponential": (optim.exponential_decay(1.0, 2, 0.25), [1.0, 0.5, 0.25]),
    "warm-up": (
        optim.warmup_cosine_decay_schedule(0.0, 1.0, 2, 6, end_value=0.2),
        [0.0, 0.5, 1.0, 0.2 + 0.8 * (1 + math.cos(math.pi / 4)) / 2, 0.6, 0.2 + 0.8 * (1 - math.cos(math.pi / 4)) / 2]
        + [0.2, 0.2],
    ),
    "joined": (
        optim.join_schedules([optim.constant_schedule(1.0), optim.linear_schedule(4.0, 2.0, 2)], [2]),
        [1.0, 1.0, 4.0, 3.0, 2.0],
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule(name):
    schedule, values = SCHEDULES[name]
    np.testing.assert_allclose([float(schedule(step)) for step in range(len(values))], values, atol=1e-6)
    traced = rt.jit(lambda step: rnp.asarray(schedule(step)))
    np.testing.assert_allclose([float(traced(rnp.asarray(i))) for i in range(len(values))], values, atol=1e-6)


MISTAKES = {
    "lr": (lambda: optim.sgd(lr=-1.0), "optim.sgd: lr is not right"),
    "betas": (lambda: optim.adam(betas=(0.9, 1.0)), "optim.adam: betas is not right"),
    "nesterov": (lambda: optim.sgd(nesterov=True), "A momentum above 0"),
    "params": (lambda: optim.adamw().update(rnp.ones(2), optim.adamw().init(rnp.ones(2))), "third argument of update"),
    "steps": (lambda: optim.cosine_decay_schedule(1.0, 0), "decay_steps is not right"),
    "warm-up": (lambda: optim.warmup_cosine_decay_schedule(0.0, 1.0, 5, 5), "warmup_steps is not right"),
    "boundaries": (lambda: optim.join_schedules([], [1]), "boundaries is not right"),
    "state": (lambda: optim.adam().update(rnp.ones(2), (), rnp.ones(2)), "state is of type tuple"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name):
    call, words = MISTAKES[name]
    with pytest.raises(errors.RustorchError, match=words):
        call()


@pytest.mark.parametrize("name", ["nesterov", "adamw", "scheduled", "clipped"])
def test_a_scan_of_steps_is_the_loop(name):
    opt = OPTIMIZERS[name]

    def step(carry, _):
        params, state = carry
        value, grads = rt.value_and_grad(valley)(params)
        updates, state = opt.update(grads, state, params)
        return (optim.apply_updates(params, updates), state), value

    params = {"x": rnp.zeros(2), "y": rnp.zeros(())}
    carry, looped = (params, opt.init(params)), []
    (last, _), values = rt.lax.scan(step, carry, None, length=8)
    for _ in range(8):
        carry, value = step(carry, None)
        looped.append(value)
    np.testing.assert_allclose(values, looped, rtol=1e-5)
    np.testing.assert_allclose(last["x"], carry[0]["x"], rtol=1e-5, atol=1e-6)


def test_a_learning_rate_can_be_learned():
    """The loss after three steps, differentiated by the rate that the steps took."""

    def after(rate):
        opt = optim.sgd(rate, momentum=0.5)
        params = {"x": rnp.zeros(2), "y": rnp.zeros(())}
        state = opt.init(params)
        for _ in range(3):
            updates, state = opt.update(rt.grad(valley)(params), state, params)
            params = optim.apply_updates(params, updates)
        return valley(params)

    rate, step = 0.1, 1e-2
    slope = (float(after(rnp.asarray(rate + step))) - float(after(rnp.asarray(rate - step)))) / (2 * step)
    assert abs(float(rt.grad(after)(rate)) - slope) < 0.03 * abs(slope)
    assert abs(float(rt.jit(rt.grad(after))(rate)) - slope) < 0.03 * abs(slope)
