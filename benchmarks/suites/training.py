"""Whole steps of training: loss, gradient and update in one compiled call."""

import rustorch_fn as rt
from rustorch_fn import nn, optim


def cross_entropy(model, params, x, labels):
    return nn.cross_entropy(model(params, x), labels)


def step_of(model, optimizer):
    @rt.jit
    def step(params, moments, x, labels):
        value, slopes = rt.value_and_grad(lambda p: cross_entropy(model, p, x, labels))(params)
        updates, moments = optimizer.update(slopes, moments, params)
        return optim.apply_updates(params, updates), moments, value

    return step


class Training:
    """One step with Adam, batch of 128."""

    params = ("mlp", "convnet")
    param_names = ("model",)

    def setup(self, model):
        if model == "mlp":
            shape = (784,)
            net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
        else:
            shape = (1, 8, 8)
            net = nn.Sequential(
                nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)
            )
        adam = optim.adam(1e-3)
        self.weights, _ = net.init(rt.random.key(0))
        self.moments = adam.init(self.weights)
        self.x = rt.random.normal(rt.random.key(1), (128, *shape))
        self.labels = rt.numpy.arange(128) % 10
        self.step = step_of(net, adam)
        self.time_step(model)

    def time_step(self, model):
        self.step(self.weights, self.moments, self.x, self.labels)

    def peakmem_step(self, model):
        self.step(self.weights, self.moments, self.x, self.labels)
