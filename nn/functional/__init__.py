"""Functions of neural networks: `torch.nn.functional`.

Most come from the op registry; those that draw random numbers, keep statistics or choose between
ops are written here.
"""

from __future__ import annotations

from typing import Any

from ...tensor.functions.generated import FUNCTIONAL as _FROM_REGISTRY
from .activation import gumbel_softmax as gumbel_softmax
from .activation import hardsigmoid as hardsigmoid
from .activation import hardswish as hardswish
from .activation import log_softmax as log_softmax
from .activation import mish as mish
from .activation import prelu as prelu
from .activation import rrelu as rrelu
from .activation import silu as silu
from .activation import softmax as softmax
from .activation import softmin as softmin
from .activation import threshold as threshold
from .attention import scaled_dot_product_attention as scaled_dot_product_attention
from .convolution import conv1d as conv1d
from .convolution import conv2d as conv2d
from .convolution import conv3d as conv3d
from .dropout import alpha_dropout as alpha_dropout
from .dropout import dropout as dropout
from .dropout import dropout1d as dropout1d
from .dropout import dropout2d as dropout2d
from .dropout import dropout3d as dropout3d
from .dropout import feature_alpha_dropout as feature_alpha_dropout
from .embedding import embedding as embedding
from .embedding import one_hot as one_hot
from .loss import cross_entropy as cross_entropy
from .loss import huber_loss as huber_loss
from .loss import l1_loss as l1_loss
from .loss import mse_loss as mse_loss
from .loss import smooth_l1_loss as smooth_l1_loss
from .loss import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from .normalization import batch_norm as batch_norm
from .normalization import instance_norm as instance_norm
from .padding import pad as pad
from .pooling import adaptive_avg_pool1d as adaptive_avg_pool1d
from .pooling import adaptive_avg_pool2d as adaptive_avg_pool2d
from .pooling import adaptive_avg_pool3d as adaptive_avg_pool3d
from .pooling import adaptive_max_pool1d as adaptive_max_pool1d
from .pooling import adaptive_max_pool2d as adaptive_max_pool2d
from .pooling import adaptive_max_pool3d as adaptive_max_pool3d
from .pooling import max_pool1d as max_pool1d
from .pooling import max_pool2d as max_pool2d
from .pooling import max_pool3d as max_pool3d
from .resize import affine_grid as affine_grid
from .resize import grid_sample as grid_sample
from .resize import interpolate as interpolate
from .resize import upsample as upsample
from .unpooling import max_unpool1d as max_unpool1d
from .unpooling import max_unpool2d as max_unpool2d
from .unpooling import max_unpool3d as max_unpool3d

for _name, _function in _FROM_REGISTRY.items():
    globals().setdefault(_name, _function)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
