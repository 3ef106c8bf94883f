"""`tensorsmith.amp`: automatic mixed precision, that is autocast and gradient scaling."""

from .autograd.autocast import autocast as autocast
from .autograd.autocast import custom_bwd as custom_bwd
from .autograd.autocast import custom_fwd as custom_fwd
from .autograd.autocast import is_autocast_available as is_autocast_available
from .optim.grad_scaler import GradScaler as GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
