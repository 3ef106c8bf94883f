"""Gradient scaling: losses multiplied by a factor, so that float16 gradients do not vanish."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from enum import Enum
from typing import Any, ClassVar

from ..autograd import no_grad
from ..autograd.autocast import is_autocast_available
from ..tensor import Tensor, as_tensor, float16, float32
from ..tensor.calls.each import call_each
from .optimizer import Optimizer


class _Stage(Enum):
    """How far an optimizer has come since the last `update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


class GradScaler:
    """Scales losses, undoes that on gradients, leaves out steps that overflowed, adapts the scale.

    Args:
        device: `cpu` or `cuda`: where the losses are.
        init_scale: The factor to begin with.
        growth_factor: What the scale is multiplied by after `growth_interval` steps without
            infinite or NaN gradients.
        backoff_factor: What it is multiplied by after a step with such gradients.
        growth_interval: Steps without them before the scale grows.
        enabled: False makes all methods do nothing, and `step` step.

    Source:
        Micikevicius et al. 2018, arXiv:1710.03740, section 3.2.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if enabled and not is_autocast_available(device):
            warnings.warn(
                f"GradScaler is enabled, but {device.upper()} is not available.  Disabling.",
                stacklevel=2,
            )
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._scale = float(init_scale)
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        self._stages: dict[int, _Stage] = {}
        self._found: dict[int, Tensor] = {}  # by optimizer: 1 if a gradient overflowed, else 0

    def scale(self, outputs: Any) -> Any:
        """A loss, or an iterable of losses, multiplied by the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divides the gradients of an optimizer's parameters by the scale, once before each step.

        Raises:
            RuntimeError: It was called before since the last `update`, or after `step`.
            ValueError: A gradient is of float16.
        """
        if not self._enabled:
            return
        stage = self._stages.get(id(optimizer), _Stage.READY)
        if stage is _Stage.UNSCALED:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        if stage is _Stage.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        self._found[id(optimizer)] = self._unscale(optimizer, 1.0 / self._scale)
        self._stages[id(optimizer)] = _Stage.UNSCALED

    def _unscale(self, optimizer: Optimizer, factor: float) -> Tensor:
        found = as_tensor(0.0, dtype=float32, device=self._device)
        parameters = [x for group in optimizer.param_groups for x in group["params"]]
        gradients = [x.grad for x in parameters if x.grad is not None]
        if not gradients:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        if any(x.dtype is float16 for x in gradients):
            raise ValueError("Attempting to unscale FP16 gradients.")
        with no_grad():
            call_each("unscale", [(x, found) for x in gradients], (factor,), (0, 1))
        return found

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """What `optimizer.step(*args, **kwargs)` returns; None if a gradient is infinite or NaN,
        and the step is left out. Gradients are unscaled first, if they were not.

        Raises:
            RuntimeError: A closure is given, or the optimizer has stepped since `update`.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        stage = self._stages.get(id(optimizer), _Stage.READY)
        if stage is _Stage.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if stage is _Stage.READY:
            self.unscale_(optimizer)
        overflowed = self._found[id(optimizer)].item() != 0
        self._stages[id(optimizer)] = _Stage.STEPPED
        return None if overflowed else optimizer.step(*args, **kwargs)

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Adapts the scale to what the gradients since the last update were, or sets it.

        Raises:
            AssertionError: No gradient was looked at since then.
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._found:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif any(found.item() for found in self._found.values()):
            self._scale *= self._backoff_factor
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._grow()
        self._stages, self._found = {}, {}

    def _grow(self) -> None:
        """The scale grows while float32 can hold it."""
        grown = self._scale * self._growth_factor
        if grown <= LARGEST:
            self._scale = grown
        self._growth_tracker = 0

    def get_scale(self) -> float:
        """The scale; 1 if scaling is disabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Sets what the scale is multiplied by when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by after an overflow."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Sets what the scale is multiplied by after an overflow."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many steps without overflow make the scale grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Sets how many steps without overflow make the scale grow."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether losses are scaled."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """Scale, factors, interval and tracker; empty if scaling is disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes what `state_dict` gave.

        Raises:
            RuntimeError: It is empty: it is of a scaler that was disabled.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled "
                "instance of GradScaler."
            )
        self._scale = float(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]

    def __getstate__(self) -> dict[str, Any]:
        if self._enabled and self._stages:
            raise AssertionError(
                "A GradScaler instance may only be pickled at the beginning of an iteration, or at "
                "the end after scaler.update()."
            )
        return self.__dict__.copy()


LARGEST = 3.4028234663852886e38  # of float32, in which losses are scaled


class DeviceGradScaler(GradScaler):
    """A `GradScaler` whose class says the device: that of `cpu.amp` and of `cuda.amp`."""

    device_type: ClassVar[str]

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(
            self.device_type, init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )
