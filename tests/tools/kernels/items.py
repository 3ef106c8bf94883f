"""A few items, and what is asked about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsmith.backends.cache.format import make_item
from tensorsmith.backends.cpu.machine import MACHINES

TARGET, OTHER = "x86-64-v3", "aarch64"
ITEMS = [make_item((f"plan {n}", f"content {n}"), bytes([n]) * 500) for n in range(5)]
V3 = MACHINES[TARGET]
Answer = Callable[..., Any]
