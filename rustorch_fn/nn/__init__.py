"""Neural networks: modules as immutable records, losses, and the functions that they are made of."""

from rustorch_fn.nn import init, initializers
from rustorch_fn.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from rustorch_fn.nn.attention import dot_product_attention
from rustorch_fn.nn.container import Sequential
from rustorch_fn.nn.convolution import Conv2d
from rustorch_fn.nn.dropout import Dropout
from rustorch_fn.nn.embedding import Embedding
from rustorch_fn.nn.functions import (
    celu,
    elu,
    gelu,
    glu,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    identity,
    leaky_relu,
    log1mexp,
    log_sigmoid,
    log_softmax,
    logmeanexp,
    logsumexp,
    mish,
    one_hot,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_sign,
    softmax,
    softplus,
    sparse_plus,
    sparse_sigmoid,
    squareplus,
    standardize,
    swish,
    tanh,
)
from rustorch_fn.nn.linear import Flatten, Identity, Linear
from rustorch_fn.nn.losses import cross_entropy, mse_loss
from rustorch_fn.nn.module import Module, ModuleDict, ModuleList, Param
from rustorch_fn.nn.names import flatten_names, state_dict, unflatten_names
from rustorch_fn.nn.normalization import BatchNorm2d, LayerNorm
from rustorch_fn.nn.pooling import AvgPool2d, MaxPool2d
from rustorch_fn.nn.view import View

__all__ = [
    "ELU",
    "GELU",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "Identity",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Param",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "View",
    "celu",
    "cross_entropy",
    "dot_product_attention",
    "elu",
    "flatten_names",
    "gelu",
    "glu",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "identity",
    "init",
    "initializers",
    "leaky_relu",
    "log1mexp",
    "log_sigmoid",
    "log_softmax",
    "logmeanexp",
    "logsumexp",
    "mish",
    "mse_loss",
    "one_hot",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_sign",
    "softmax",
    "softplus",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "standardize",
    "state_dict",
    "swish",
    "tanh",
    "unflatten_names",
]


def __dir__() -> list[str]:
    return __all__
