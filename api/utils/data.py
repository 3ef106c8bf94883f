"""`tensorsmith.utils.data`: data sets, samplers and loaders."""

from __future__ import annotations

from ..data import *  # noqa: F403
