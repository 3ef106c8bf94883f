"""Entries compiled ahead for a package: what programs read in place of YAML, and a stub."""

from __future__ import annotations

import ast
from pathlib import Path

from ..ops.compile_registry import compiled_text
from ..ops.entries.read import key_order_problems, read_entries
from ..ops.entries.text_file import read_utf8
from ..ops.language.op import Op
from ..ops.namespaces import split
from ..ops.registry import registry
from ..tensor.library.functions import source
from ..tensor.library.packages import SUFFIX

STUB = '''"""Ops of the namespace {space}. Written by `tensorsmith ops compile`; do not edit."""

from collections.abc import Sequence
from math import inf, nan
from typing import Any

from tensorsmith import Tensor
from tensorsmith import dtype as DType

'''


def compile_entries(path: str) -> int:
    """Writes `NAME.ops.json` and `NAME.pyi` beside `NAME.yaml`.

    Raises:
        RegistryError: An entry is wrong.
    """
    file = Path(path)
    text = read_utf8(file)
    entries = read_entries(text, path)
    ops = registry.read_text(text, path)
    for op in ops:
        split(op.name)
    compiled = file.with_name(f"{file.stem}{SUFFIX}")
    compiled.write_text(compiled_text(entries), encoding="utf-8")
    stub = file.with_suffix(".pyi")
    stub.write_text(stub_text(ops), encoding="utf-8")
    for line in (line for entry in entries for line in key_order_problems(entry)):
        print(line)
    print(f"{len(ops)} ops in {compiled} and {stub}")
    return 0


def stub_text(ops: list[Op]) -> str:
    """Functions of ops with their types and docstrings."""
    functions = []
    for op in ops:
        for node in ast.parse(source(op)).body:
            assert isinstance(node, ast.FunctionDef)
            node.decorator_list = []
            node.body = node.body[:1]  # the docstring
            functions.append(ast.unparse(node))
    spaces = ", ".join(dict.fromkeys(split(op.name)[0] for op in ops))
    return STUB.format(space=spaces) + "\n\n".join(functions) + "\n"
