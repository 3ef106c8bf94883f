"""Keys: what an object depends on, as text that is the same in any process.

There are two. A *plan key* says what an object is made from before its source is generated: the
structure of a kernel, the target, and the generator's own sources. It leads a warm process to the
object without lowering anything. A *content key* says what the compiler was given: the generated
source, the target and the options. Plans whose source is the same share what is compiled, also when
they come from different versions of the generator.

A key never holds sizes, paths, host, user, time, or a version of Python or of this package. Native
functions use what all versions of CPython that they serve have in common; what differs, they read
from their state. So one object serves them all.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ...ops.dataclass import dataclass
from ...ops.dtype import dtype

SCHEMA = 5
"""Number of the format of keys and files. Files of another number are misses."""

ABI = 1
"""Number of the way in which objects are called: slots of 8 bytes, then the chunk."""


_FEW_PASSES = ("--disable-lsr=1", "--disable-cgp=1", "--x86-machine-combiner=0")
"""For explicit vectors. Strength reduction gains nothing, since kernels address memory as base +
index, and preparing for a selection block by block gains nothing either. Scheduling and sinking
machine code do gain: products of matrices are a tenth slower without. Regrouping sums for latency
harms: tiles of integers take apart dot products and spill, for they have sums enough meanwhile."""

_MANY_PASSES = ("--disable-lsr=1", "--disable-cgp=0", "--x86-machine-combiner=1")


@dataclass(frozen=True)
class Options:
    """All that the compiler is told besides source and target.

    Attributes:
        optimization: Level of instruction selection.
        relocation: `pic`: an object can lie anywhere.
        model: Code model: an object is smaller than 2 GiB.
        passes: What is run on the source, in order.
        carried: Passes are run if the loops of the source carry at least so many values; the text
            of others has nothing left for them to find.
        flags: Switches of LLVM's command line; all options state the same ones.
    """

    optimization: int = 2
    relocation: str = "pic"
    model: str = "small"
    passes: tuple[str, ...] = ()
    carried: int = 0
    flags: tuple[str, ...] = _FEW_PASSES


OPTIONS = Options(passes=("new-gvn",), carried=64)
ALL_PASSES = ("default<O2>",)
OPTIMIZED = Options(passes=ALL_PASSES, flags=_MANY_PASSES)
"""For code that is not written in explicit vectors."""


@dataclass(frozen=True)
class PlanKey:
    """What an object is made from.

    Attributes:
        name: Of the op or object; of a kernel that ops share, of its kind: `contraction`.
        structure: SHA-256 of the whole structure: statements, loops, vector widths.
        signature: Letters of the arguments.
        target: `x86-64-v3`.
        features: Triple, processor and features, resolved: those of the level, and what this object
            needs beyond it. Others of the processor that runs it are no part of the key.
        generator: SHA-256 of the sources that generate code.
        compiler: Name and version; set by the layer that is searched, since a bundle is built by
            another compiler than the one, if any, that is installed here.
        options: Of the compiler.
        dtypes: Of the operands, results and scratch memory of a kernel: `float32` if all are of
            one, else each, in the order of its arguments, with commas between.
        layout: How they lie, in a word: `rows`.
        backend, abi, schema: Constants of this package.
    """

    name: str
    structure: str
    signature: str
    target: str
    features: str
    generator: str
    compiler: str = ""
    options: Options = OPTIONS
    dtypes: str = ""
    layout: str = ""
    backend: str = "cpu"
    abi: int = ABI
    schema: int = SCHEMA

    def text(self, compiler: str | None = None) -> str:
        """Canonical text, for an object of a given compiler."""
        return _text("plan", self, {} if compiler is None else {"compiler": compiler})


@dataclass(frozen=True)
class ContentKey:
    """What the compiler was given.

    Attributes:
        source: SHA-256 of the source text.
        symbols: Names of the functions that the object defines.
        target, features, compiler, options, backend, abi, schema: See `PlanKey`.
    """

    source: str
    symbols: tuple[str, ...]
    target: str
    features: str
    compiler: str
    options: Options = OPTIONS
    backend: str = "cpu"
    abi: int = ABI
    schema: int = SCHEMA

    def text(self) -> str:
        """Canonical text."""
        return _text("object", self, {})

    def by(self, compiler: str) -> ContentKey:
        """The same, given to another compiler."""
        return replace(self, compiler=compiler)


def _text(kind: str, key: PlanKey | ContentKey, changes: dict[str, str]) -> str:
    """JSON of a key's fields in the order of their names, no space between."""
    fields = {"kind": kind, **vars(key), **changes}
    parts = [
        _shared_field(name, fields[name]) if name in _SHARED else _field(name, fields[name])
        for name in _in_order(tuple(fields))
    ]
    return f"{{{','.join(parts)}}}"


_SHARED = frozenset((
    "abi", "backend", "compiler", "dtypes", "features", "generator", "kind", "layout", "options",
    "schema", "target",
))  # fmt: skip
"""Fields of which all keys of a process have the same few values."""


def _field(name: str, value: object) -> str:
    return f'"{name}":{_encode(vars(value) if isinstance(value, Options) else value)}'


@lru_cache(maxsize=4)
def _in_order(names: tuple[str, ...]) -> list[str]:
    return sorted(names)


_shared_field = lru_cache(maxsize=256)(_field)
_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_encode_parts = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def canonical(key: tuple[object, ...]) -> str:
    """A tuple as text: equal for equal tuples, in any process."""
    return _encode_parts(_plain(key))


def _plain(part: object) -> object:
    if part is None or isinstance(part, bool | int | str):
        return part
    if isinstance(part, float):
        return ["float", part.hex()]
    if isinstance(part, tuple | list):
        return [_plain(p) for p in part]
    if isinstance(part, frozenset | set):
        return ["set", sorted(json.dumps(_plain(p)) for p in part)]
    # Frozen dataclasses and dtypes print the same in any process; objects that print an address
    # would never be found again.
    return [type(part).__name__, repr(part)]


@lru_cache(maxsize=256)
def names_of(dtypes: tuple[dtype, ...]) -> str:
    """Dtypes as keys state them; see `PlanKey`."""
    kept = dtypes[:1] if len(set(dtypes)) == 1 else dtypes
    return ",".join(each.name for each in kept)


def compiler_of(key: str) -> str:
    """The compiler that the text of a key names; "" if it is not one of this package's."""
    return str(json.loads(key).get("compiler", "")) if key.startswith("{") else ""


def options_of(fields: dict[str, Any]) -> Options:
    """The options in the fields of a key's text."""
    found: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in fields["options"].items()
    }
    return Options(**found)


def digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
