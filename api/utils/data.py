"""`tensorsmith.utils.data`: data sets, samplers and loaders."""

from __future__ import annotations

from ..data import *  # noqa: F403
from ..data import __all__ as __all__
