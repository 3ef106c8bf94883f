"""Makes `generated.json` of the definitions: `python -m tensorsmith.ops.compile_registry`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .entries.canonical import digest, entry_pieces
from .entries.read import Entry, build_entries, key_order_problems, read_folder
from .errors import RegistryError
from .language.op import Op
from .registry import COMPILED, DEFINITIONS, FORMAT, Registry, resolve


def compiled_text(entries: Sequence[Entry]) -> str:
    """Text of the compiled registry: canonical pieces and digests, one entry a line.

    Raises:
        RegistryError: An entry is wrong.
    """
    built = {op.name: op for op in build_entries(entries)}
    pieces, digests = [], {}
    for entry in entries:
        op = built[entry.name]
        digests[op.name] = digest(_resolved(op, built, entry))
        pieces.append(f"{json.dumps(op.name)}: {json.dumps(entry_pieces(op), ensure_ascii=False)}")
    body = ",\n".join(pieces)
    return (
        f'{{"format": {FORMAT},\n"digests": {json.dumps(digests)},\n"entries": {{\n{body}\n}}}}\n'
    )


def _resolved(op: Op, built: dict[str, Op], entry: Entry) -> Op:
    with entry.placing():
        return resolve(op, built, Registry(lambda: ({}, {})).get)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compiles the registry, or with `--check` says whether it is up to date; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--definitions", type=Path, default=DEFINITIONS)
    parser.add_argument("--output", type=Path, default=COMPILED)
    options = parser.parse_args(arguments)
    try:
        entries = read_folder(options.definitions)
        text = compiled_text(entries)
    except RegistryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    problems = [line for entry in entries for line in key_order_problems(entry)]
    sys.stderr.writelines(f"{line}\n" for line in problems)
    if options.check:
        current = options.output.read_text(encoding="utf-8") if options.output.exists() else ""
        if current != text:
            sys.stderr.write(f"{options.output.name} is stale: compile the registry\n")
            return 1
        return 1 if problems else 0
    options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
