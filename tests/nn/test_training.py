"""Networks of every kind of layer learn, in one compiled step, and their states follow."""

import numpy as np

import rustorch_fn as rt
from rustorch_fn import nn, optim, random
from rustorch_fn import numpy as rnp


def train(model, x, y, opt, steps, key):
    """The losses of some steps on the same examples, and what is learned."""
    params, state = model.init(key, x)

    def loss(params, state, key):
        logits, state = model.apply(params, state, x, train=True, key=key)
        return nn.cross_entropy(logits, y, label_smoothing=0.1), state

    @rt.jit
    def step(params, state, memory, key):
        (value, state), grads = rt.value_and_grad(loss, has_aux=True)(params, state, key)
        updates, memory = opt.update(grads, memory, params)
        return optim.apply_updates(params, updates), state, memory, value

    memory, losses = opt.init(params), []
    for i in range(steps):
        params, state, memory, value = step(params, state, memory, random.fold_in(key, i))
        losses.append(float(value))
    return params, state, losses


def test_images():
    draw = np.random.default_rng(0)
    y = rnp.asarray(draw.integers(0, 3, 24).astype(np.int32))
    x = rnp.asarray((draw.normal(size=(24, 2, 6, 6)) + np.asarray(y)[:, None, None, None]).astype(np.float32))
    model = nn.Sequential(
        nn.Conv2d(None, 6, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(None), nn.ReLU(),
        nn.Conv2d(6, 6, 3, groups=3, padding="same"), nn.GELU(), nn.AvgPool2d(2, ceil_mode=True), nn.Dropout(0.1),
        nn.Flatten(), nn.LayerNorm(24), nn.Linear(None, 3),
    )  # fmt: skip
    params, state, losses = train(model, x, y, optim.adamw(2e-2), 60, random.key(0))
    assert losses[-1] < 0.6 < losses[0]
    assert int(state["1"]["num_batches_tracked"]) == 60
    logits, same = model.apply(params, state, x)
    assert float((logits.argmax(1) == y).mean()) > 0.9
    assert rt.tree.all(rt.tree.map(lambda a, b: a is b, same, state))


class Words(nn.Module):
    """The mean of embedded words, through two layers that share their weight."""

    embed: nn.Embedding
    mix: nn.Linear
    head: nn.Linear

    def forward(self, p, x):
        rows = self.embed(p.embed, x).mean(1)
        for _ in range(2):
            rows = nn.silu(self.mix(p.mix, rows))
        return self.head(p.head, rows)


def test_words():
    ids = np.random.default_rng(1).integers(0, 20, (32, 5)).astype(np.int32)
    y = rnp.asarray((ids == 3).any(1).astype(np.int32))
    model = Words(nn.Embedding(20, 8), nn.Linear(8, 8), nn.Linear(8, 2))
    opt = optim.chain(optim.clip_by_global_norm(1.0), optim.adam(2e-2))
    *_, losses = train(model, rnp.asarray(ids), y, opt, 80, random.key(1))
    assert losses[-1] < 0.35 < losses[0]
