"""Stubs of what is put together when the package is imported: its public names, and the methods of
`Tensor`. They are read off the imported package, so that they say what it has.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorsmith as _package

from ..tensor.tensor import Tensor

tensorsmith: Any = _package

TITLE = '"""{}. Written by `tools.generate`; do not edit."""\n\n'
KNOWN = frozenset(
    ["Any", "Callable", "DType", "None", "Sequence", "Size", "Storage", "Tensor", "bool", "bytes",
     "complex", "dict", "float", "int", "list", "str", "tuple", "type"]
)  # fmt: skip  # words that annotations of the methods may use
PLACES = {
    "Generator": "tensor.creation.generator", "Size": "tensor.layout", "Tensor": "tensor.tensor",
    "device": "tensor.devices", "dtype": "ops.dtype", "finfo": "tensor.formats",
    "iinfo": "tensor.formats", "layout": "tensor.formats", "memory_format": "tensor.formats",
}  # fmt: skip  # where classes are defined that say of themselves that they are the package's
BUILTINS = ("bool", "float", "int", "complex", "type", "tuple", "list", "dict", "str", "bytes")


def texts(folder: Path) -> dict[Path, str]:
    """The stubs by their places in a source folder."""
    return {
        folder / "api" / "__init__.pyi": public_text(),
        folder / "tensor" / "signatures.pyi": methods_text(),
    }


def public_text() -> str:
    """`api/__init__.pyi`: where each public name is defined."""
    lines = [_import_of(name, getattr(tensorsmith, name)) for name in sorted(tensorsmith.__all__)]
    lazy = [name for name in sorted(tensorsmith._LAZY) if hasattr(tensorsmith, name)]
    lines += [f"from . import {name} as {name}" for name in lazy]
    header = TITLE.format("The public namespace")
    return header + "\n".join(dict.fromkeys(lines)) + "\n\n__version__: str\n"


def _import_of(name: str, value: Any) -> str:
    if isinstance(value, types.ModuleType):
        return f"from . import {name} as {name}"
    if isinstance(value, float):
        return f"from math import {name} as {name}"
    if value is None:
        return f"{name}: None"
    place, own = _home(name, value)
    return f"from .{place} import {own} as {name}"


def _home(name: str, value: Any) -> tuple[str, str]:
    """Module of the package and name there that a public name stands for."""
    package = f"{tensorsmith.__name__}."
    kind = value if isinstance(value, type) else type(value)
    place = f"{package}{PLACES.get(kind.__name__, 'tensor')}"
    for module in (getattr(value, "__module__", None), type(value).__module__, place):
        if not isinstance(module, str) or not module.startswith(package):
            continue
        found = vars(__import__(module, fromlist=["_"]))
        for own in (getattr(value, "__name__", name), name, f"{name}_"):
            if own in found and found[own] is value:
                return module.removeprefix(package), own
        for own, each in found.items():
            if each is value and not own.startswith("_"):
                return module.removeprefix(package), own
    raise LookupError(f"nobody knows where the public name {name} comes from")


def methods_text() -> str:
    """`tensor/signatures.pyi`: the methods of `Tensor` with their types."""
    lines = []
    for name, value in sorted(vars(Tensor).items()):
        if isinstance(value, property):
            if not name.startswith("_") and not _own(value.fget):
                lines.append(f"    @property\n    def {name}(self) -> {_property_type(value)}: ...")
        elif not name.startswith("_"):
            function = inspect.unwrap(value)  # with native code in front, or without
            if isinstance(function, types.FunctionType) and not _own(function):
                lines.append(_method(name, function))
    header = TITLE.format("Methods that are put on `Tensor`") + (
        "from collections.abc import Callable, Sequence\n"
        "from math import inf, nan\n"
        "from typing import Any\n\n"
        "from ..ops.dtype import dtype as DType\n"
        "from .base import TensorBase\n"
        "from .layout import Size\n"
        "from .storage import Storage\n"
        "from .tensor import Tensor\n\n"
    )
    clashes = [name for name in BUILTINS if name in vars(Tensor)]
    for name in clashes:
        header += f"_{name} = {name}\n"
    body = "\n".join(lines)
    return f"{header}\nclass Methods(TensorBase):\n{body}\n"


def _own(function: Any) -> bool:
    """The class statement of `Tensor` has it: checkers see it there."""
    return getattr(function, "__module__", "") == f"{tensorsmith.__name__}.tensor.tensor"


def _property_type(value: property) -> str:
    found = getattr(value.fget, "__annotations__", {}).get("return", "Any")
    return _annotation(found)


def _annotation(text: Any) -> str:
    """An annotation, if the stub knows all of its words; `Any` if not."""
    if not isinstance(text, str):
        return "Any"
    text = re.sub(r"\bdtype\b", "DType", text)
    words = re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text)
    if any(word not in KNOWN for word in words):
        return "Any"
    clashes = "|".join(name for name in BUILTINS if name in vars(Tensor))
    return re.sub(rf"\b({clashes})\b", r"_\1", text) if clashes else text


def _method(name: str, function: Callable[..., Any]) -> str:
    parts = []
    previous = None
    for place, each in enumerate(inspect.signature(function).parameters.values()):
        if each.kind is each.KEYWORD_ONLY and previous not in (
            each.KEYWORD_ONLY,
            each.VAR_POSITIONAL,
        ):
            parts.append("*")
        previous = each.kind
        if place == 0:
            parts.append("*arguments: Any" if each.kind is each.VAR_POSITIONAL else "self")
            if each.kind is each.VAR_POSITIONAL:
                parts.insert(0, "self")
            continue
        star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(each.kind.name, "")
        default = "" if each.default is each.empty else f" = {_default(each.default)}"
        parts.append(f"{star}{each.name}: {_annotation(each.annotation)}{default}")
    returned = _annotation(inspect.signature(function).return_annotation)
    text = f"    def {name}({', '.join(parts)}) -> {returned}:"
    sentence = (inspect.getdoc(function) or "").partition("\n")[0].replace("\\", "\\\\")
    return f'{text}\n        """{sentence}"""' if sentence else f"{text} ..."


def _default(value: object) -> str:
    return repr(value) if isinstance(value, (bool, int, float, str, type(None))) else "..."
