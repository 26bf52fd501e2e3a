"""Neural networks: modules as immutable records, losses, and the functions that they are made of."""

from rustorch_fn.nn import init
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
from rustorch_fn.nn.container import Sequential
from rustorch_fn.nn.convolution import Conv2d
from rustorch_fn.nn.dropout import Dropout
from rustorch_fn.nn.embedding import Embedding
from rustorch_fn.nn.linear import Flatten, Identity, Linear
from rustorch_fn.nn.losses import cross_entropy, mse_loss
from rustorch_fn.nn.module import (
    Module,
    ModuleDict,
    ModuleList,
    Param,
    flatten_names,
    state_dict,
    unflatten_names,
)
from rustorch_fn.nn.normalization import BatchNorm2d, LayerNorm
from rustorch_fn.nn.pooling import AvgPool2d, MaxPool2d
