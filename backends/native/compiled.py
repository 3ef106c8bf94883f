"""Native functions as machine code: compiled once for each machine, kept in the object cache."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..cpu.cache import canonical, object_cache
from ..cpu.compile import compile_text, compiler_version
from ..cpu.loader import load
from ..cpu.machine import detect_machine
from .language import Native


def compiled(name: str, roots: Sequence[Any]) -> dict[str, int]:
    """Addresses of exported native functions and of variables, by their short names.

    Args:
        name: What the object is called in messages.
        roots: Functions marked with `entry`, and variables that Python needs as well.
    """
    machine = detect_machine()
    symbols = tuple(root.symbol for root in roots)
    modules = sorted({_module_of(root) for root in roots})
    digests = tuple(_digest(Path(sys.modules[m].__file__ or "").parent) for m in modules)
    parts = ("native", name, symbols, digests, _digest(Path(__file__).parent))
    key = canonical((*parts, machine.target.name, machine.features, compiler_version()))
    image = object_cache().get(key)
    if image is None:
        image = compile_text(_text(roots, machine.triple), machine, name, optimize=True)
        object_cache().put(key, image)
    found = load(image, symbols)
    return {symbol.rpartition(".")[2]: at for symbol, at in found.items()}


def _module_of(root: Any) -> str:
    return root.function.__module__ if isinstance(root, Native) else root.kind.__module__


def _text(roots: Sequence[Any], triple: str) -> str:
    from .translate import translate  # the compiler's half, not needed once an object is cached

    return translate([root for root in roots if isinstance(root, Native)], triple)


@cache
def _digest(folder: Path) -> str:
    """SHA-256 over the sources of a folder, which decide what its native functions are."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
