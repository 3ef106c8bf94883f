"""Native functions as machine code: compiled once for each machine, kept as kernels are."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..cache.key import OPTIMIZED
from ..cpu.cache import OBJECTS, Recipe, canonical, get_object
from ..cpu.loader import load
from ..cpu.machine import Machine, detect_machine
from .language import Native


class NativeObject:
    """Exported native functions and variables in one object, which bundles hold.

    Attributes:
        name: What the object is called in messages.
        roots: Functions marked with `entry`, and variables that Python needs as well.
    """

    def __init__(self, name: str, roots: Sequence[Any]) -> None:
        self.name = name
        self.roots = tuple(roots)
        self._symbols = tuple(root.symbol for root in roots)

    def recipe(self, machine: Machine) -> Recipe:
        """How the object is made for a machine."""
        modules = sorted({_module_of(root) for root in self.roots})
        digests = tuple(_digest(Path(sys.modules[m].__file__ or "").parent) for m in modules)
        structure = canonical(("native", self._symbols, digests, _digest(Path(__file__).parent)))

        def source() -> str:
            from .translate import translate  # the compiler's half: only to compile

            functions = [root for root in self.roots if isinstance(root, Native)]
            return translate(functions, machine.triple)

        return Recipe(self.name, structure, machine, self._symbols, source, options=OPTIMIZED)

    def load(self) -> dict[str, int]:
        """Addresses in this process by short names."""
        image = get_object(self.recipe(detect_machine()))
        found = load(image, self._symbols)
        return {symbol.rpartition(".")[2]: at for symbol, at in found.items()}


def bundled(name: str, roots: Sequence[Any]) -> NativeObject:
    """A native object that any program may need: it comes with the package's kernels."""
    made = NativeObject(name, roots)
    OBJECTS.append(made.recipe)
    return made


def _module_of(root: Any) -> str:
    return root.function.__module__ if isinstance(root, Native) else root.kind.__module__


@cache
def _digest(folder: Path) -> str:
    """SHA-256 over the sources of a folder, which decide what its native functions are."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
