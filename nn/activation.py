"""Activations as modules: each applies the function of the same idea in `nn.functional`."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor, full
from . import functional as F
from .module import Module
from .parameter import Parameter

IN_PLACE = ("inplace",)  # the only option of many


class Activation(Module):
    """A function of `nn.functional` with fixed options.

    Args:
        options: Keyword arguments of the function; they are attributes of the module too.

    Attributes:
        function: Name of the function in `nn.functional`.
        shown: Options that are printed as bare values, in order; others print as `name=value`.
    """

    function: str
    shown: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = tuple(options)
        for name, value in options.items():
            setattr(self, name, value)

    def forward(self, input: Tensor) -> Tensor:
        own = self.__dict__
        names = own["_options"]
        function = getattr(F, self.function)
        if not names or (names == IN_PLACE and not own["inplace"]):
            return function(input)  # type: ignore[no-any-return]
        return function(input, **{name: own[name] for name in names})  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        parts = []
        for name in self._options:
            value = getattr(self, name)
            if name == "inplace":
                if value:
                    parts.append("inplace=True")
            else:
                parts.append(str(value) if name in self.shown else f"{name}={value}")
        return ", ".join(parts)


class ReLU(Activation):
    """max(x, 0)."""

    function = "relu"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class ReLU6(Activation):
    """x cut to [0, 6]."""

    function = "relu6"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class LeakyReLU(Activation):
    """x where positive, a gentle slope elsewhere."""

    function = "leaky_relu"

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__(negative_slope=negative_slope, inplace=inplace)


class ELU(Activation):
    """x where positive, alpha * (exp(x) - 1) elsewhere."""

    function = "elu"

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)


class SELU(Activation):
    """The self-normalizing exponential linear unit (Klambauer et al. 2017)."""

    function = "selu"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class CELU(Activation):
    """x where positive, alpha * (exp(x / alpha) - 1) elsewhere."""

    function = "celu"

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)


class GELU(Activation):
    """x times the normal distribution function of x; `approximate` is 'none' or 'tanh'."""

    function = "gelu"

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(approximate=approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Activation):
    """x * sigmoid(x)."""

    function = "silu"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class Mish(Activation):
    """x * tanh(softplus(x))."""

    function = "mish"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class Softplus(Activation):
    """log(1 + exp(beta * x)) / beta; the identity above `threshold`."""

    function = "softplus"

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__(beta=beta, threshold=threshold)


class Softsign(Activation):
    """x / (1 + |x|)."""

    function = "softsign"

    def __init__(self) -> None:
        super().__init__()


class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    function = "sigmoid"

    def __init__(self) -> None:
        super().__init__()


class LogSigmoid(Activation):
    """log(sigmoid(x))."""

    function = "logsigmoid"

    def __init__(self) -> None:
        super().__init__()


class Tanh(Activation):
    """tanh(x)."""

    function = "tanh"

    def __init__(self) -> None:
        super().__init__()


class Tanhshrink(Activation):
    """x - tanh(x)."""

    function = "tanhshrink"

    def __init__(self) -> None:
        super().__init__()


class Hardsigmoid(Activation):
    """relu6(x + 3) / 6."""

    function = "hardsigmoid"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class Hardswish(Activation):
    """x * relu6(x + 3) / 6."""

    function = "hardswish"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class Hardtanh(Activation):
    """x cut to [min_val, max_val]."""

    function = "hardtanh"

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        if min_val > max_val:
            raise ValueError(
                f"Hardtanh: min_val must not be greater than max_val, got {min_val} and {max_val}"
            )
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)


class Hardshrink(Activation):
    """x where |x| > lambd, 0 elsewhere."""

    function = "hardshrink"
    shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)


class Softshrink(Activation):
    """x moved towards 0 by lambd, 0 within it."""

    function = "softshrink"
    shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)


class Threshold(Activation):
    """x where it is above `threshold`, `value` elsewhere."""

    function = "threshold"

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(threshold=threshold, value=value, inplace=inplace)


class GLU(Activation):
    """One half of the input times the sigmoid of the other half."""

    function = "glu"

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim=dim)


class Softmax(Activation):
    """Exponentials normalized to sum to one along `dim`."""

    function = "softmax"

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)


class Softmin(Activation):
    """softmax(-x) along `dim`."""

    function = "softmin"

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)


class LogSoftmax(Activation):
    """log(softmax(x)) along `dim`."""

    function = "log_softmax"

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)


class Softmax2d(Module):
    """Softmax over the channels of [B, C, H, W] or [C, H, W]."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead"
            )
        return F.softmax(input, -3)


class PReLU(Module):
    """x where positive, a learned slope elsewhere.

    Args:
        num_parameters: Slopes: 1, or one for each channel (dim 1).
        init: Initial slope.
        device, dtype: Of the parameter.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(full((num_parameters,), init, device=device, dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """Leaky ReLU with a random slope in training, the mean slope in evaluation."""

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (
            ", inplace=True" if self.inplace else ""
        )
