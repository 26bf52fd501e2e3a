"""Classic optimisers equal `torch.optim`, step for step; clipping and schedules equal their formulas."""

import numpy as np
import pytest
import torch
from compare import agree

import rustorch_fn as rt
from rustorch_fn import numpy as rnp
from rustorch_fn import optim

STEPS = 6
OPTIMIZERS = {
    "sgd": ({"lr": 0.1}, optim.sgd, torch.optim.SGD),
    "sgd with momentum": ({"lr": 0.1, "momentum": 0.9}, optim.sgd, torch.optim.SGD),
    "sgd with everything": (
        {"lr": 0.1, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1},
        optim.sgd,
        torch.optim.SGD,
    ),
    "nesterov": ({"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, optim.sgd, torch.optim.SGD),
    "adam": ({"lr": 0.05}, optim.adam, torch.optim.Adam),
    "adam with everything": (
        {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        optim.adam,
        torch.optim.Adam,
    ),
    "adamw": ({"lr": 0.05}, optim.adamw, torch.optim.AdamW),
    "adamw with everything": (
        {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.2},
        optim.adamw,
        torch.optim.AdamW,
    ),
}


def start():
    draw = np.random.default_rng(0)
    params = {"w": draw.normal(size=(3, 2)), "b": draw.normal(size=2)}
    grads = [{name: draw.normal(size=p.shape) for name, p in params.items()} for _ in range(STEPS)]
    return params, grads


def peer(make, words, dtype):
    """The parameters after each step of a torch optimiser."""
    params, grads = start()
    tensors = {name: torch.tensor(p, dtype=dtype, requires_grad=True) for name, p in params.items()}
    opt, path = make(tensors.values(), **words), []
    for grad in grads:
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(grad[name], dtype=dtype)
        opt.step()
        path.append({name: tensor.detach().numpy().copy() for name, tensor in tensors.items()})
    return path


@pytest.mark.parametrize("jitted", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name, jitted):
    words, ours, theirs = OPTIMIZERS[name]
    opt, (params, grads) = ours(**words), start()
    update = rt.jit(opt.update) if jitted else opt.update
    params = rt.tree.map(lambda p: rnp.asarray(p, dtype="float32"), params)
    state, path = opt.init(params), []
    for grad in grads:
        updates, state = update(rt.tree.map(lambda g: rnp.asarray(g, dtype="float32"), grad), state, params)
        params = optim.apply_updates(params, updates)
        path.append(params)
    agree(path, peer(theirs, words, torch.float32), peer(theirs, words, torch.float64))


def test_a_schedule_is_followed_as_the_peers_scheduler():
    rate = optim.cosine_decay_schedule(0.1, STEPS)
    tensor = torch.tensor([1.0], requires_grad=True)
    theirs = torch.optim.SGD([tensor], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, STEPS)
    opt, params = optim.sgd(rate), rnp.ones(1)
    state = opt.init(params)
    for _ in range(STEPS):
        tensor.grad = torch.tensor([1.0])
        theirs.step()
        scheduler.step()
        updates, state = opt.update(rnp.ones(1), state, params)
        params = optim.apply_updates(params, updates)
        np.testing.assert_allclose(params, tensor.detach().numpy(), rtol=1e-6)
