"""Types, inputs, attributes and outputs of an entry, read from their texts and printed back."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from ..dtype import DTYPES
from ..errors import RegistryError
from .expression import Constant, Expression
from .op import REQUIRED, AttributeSpec, Axis, Condition, Input, Output, TensorType
from .vocabulary import CONSTANTS, WORDS

_NAMES = frozenset(each.name for each in DTYPES)
EXTREMES = ("largest", "lowest", "epsilon")
"""Defaults of number attributes that depend on the dtype of the op's main word."""

_FUNCTIONS = ("Wide", "Real", "Inexact", "Precise")
_WORD = re.compile(rf"(?:{'|'.join(WORDS)})\d?")
_SIZE = re.compile(r"[A-Z][A-Z_]*")
_CONDITION = re.compile(r"(\w+)\s*(==|!=)\s*(?:'(\w+)'|\"(\w+)\"|(\w+))$")
_SCALAR_KINDS = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "number": "number",
    "ints": "ints",
    "text": "text",
    "any": "any",
    "Dtype": "dtype",
}
_SIZED_KINDS = ("Axis", "Axes", "Keep", "Shape")


def split_top(text: str, separator: str) -> list[str]:
    """The parts of `text` between separators that stand outside of brackets and quotes."""
    parts, depth, start, quote = [], 0, 0, ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(separator, place) and place >= start:
            parts.append(text[start:place])
            start = place + len(separator)
    parts.append(text[start:])
    return parts


def _meaning(text: str) -> tuple[str, str]:
    """The declaration and the sentence after `--`."""
    declaration, _, meaning = (" " + text).partition(" -- ")
    return declaration.strip(), meaning.strip()


def parse_word(text: str) -> str:
    """A dtype word as it is used in types and casts: `Float`, `Number2`, `int64`, `Wide(Number)`.

    Raises:
        RegistryError: It is not one.
    """
    text = text.strip()
    if _WORD.fullmatch(text) or text in _NAMES:
        return text
    function, _, inner = text.partition("(")
    if function in _FUNCTIONS and inner.endswith(")") and _WORD.fullmatch(inner[:-1].strip()):
        return f"{function}({inner[:-1].strip()})"
    raise RegistryError(
        f"a type must begin with one of {', '.join(WORDS)}, a dtype, or "
        f"{'(), '.join(_FUNCTIONS)}() of such a word, got {text!r}"
        + ("; a Tensor of PyTorch is a Float, a Number or Any" if text == "Tensor" else "")
    )


def _parse_factor(text: str) -> str | int:
    text = text.strip()
    if text.isdigit():
        return int(text)
    if _SIZE.fullmatch(text):
        return text
    raise RegistryError(
        f"an axis must be a size in upper case without digits, or an integer, got {text!r}"
    )


def parse_axis(text: str) -> Axis:
    """One axis of a type: `N`, `3`, `G*C`, `*S`, `B?`."""
    text = text.strip()
    if text.startswith("*"):
        return Axis((_parse_factor(text[1:]),), group=True)
    if text.endswith("?"):
        return Axis((_parse_factor(text[:-1]),), optional=True)
    return Axis(tuple(_parse_factor(part) for part in text.split("*")))


def parse_type(text: str) -> TensorType:
    """A tensor type: `Float[..., G*C, H, W]`.

    Raises:
        RegistryError: The word or an axis is not one.
    """
    text = text.strip()
    word, bracket, rest = text.partition("[")
    if not bracket:
        return TensorType(parse_word(word), True, pointwise=True)
    if not rest.endswith("]"):
        raise RegistryError(f"a type must end with its axes in [...], got {text!r}")
    parts = [part.strip() for part in rest[:-1].split(",") if part.strip()]
    batched = bool(parts) and parts[0] == "..."
    axes = tuple(parse_axis(part) for part in parts[batched:])
    return TensorType(parse_word(word), batched, axes)


def print_axis(axis: Axis) -> str:
    """Text of an axis."""
    text = "*".join(map(str, axis.factors))
    return f"*{text}" if axis.group else f"{text}?" if axis.optional else text


def print_type(tensor: TensorType) -> str:
    """Text of a type."""
    if tensor.pointwise:
        return tensor.word
    axes = (["..."] if tensor.batched else []) + [print_axis(axis) for axis in tensor.axes]
    return f"{tensor.word}[{', '.join(axes)}]"


def parse_condition(text: str) -> Condition:
    """A choice attribute compared with one of its words: `reduction == 'mean'`."""
    found = _CONDITION.match(text.strip())
    if not found:
        raise RegistryError(f"a condition must read `attribute == word`, got {text!r}")
    word = found[3] or found[4] or found[5]
    return Condition(found[1], word, found[2] == "!=")


def print_condition(condition: Condition) -> str:
    """Text of a condition, its word in quotes."""
    return f"{condition.attribute} {'!=' if condition.negated else '=='} '{condition.word}'"


def parse_output(name: str, text: str) -> Output:
    """An output: `Float[*S] if reduction == none else Float[]  -- meaning`."""
    declaration, meaning = _meaning(text)
    cases = []
    rest = declaration
    while " if " in rest:
        first, _, tail = rest.partition(" if ")
        condition, found, rest = tail.partition(" else ")
        if not found:
            raise RegistryError(f"output {name}: `if` needs an `else` type in {declaration!r}")
        cases.append((parse_condition(condition), parse_type(first)))
    return Output(name, parse_type(rest), tuple(cases), meaning)


def print_output(output: Output) -> str:
    """Text of an output's type, cases and meaning."""
    cases = "".join(
        f"{print_type(tensor)} if {print_condition(condition)} else "
        for condition, tensor in output.cases
    )
    return _with_meaning(cases + print_type(output.type), output.meaning)


def parse_input(name: str, text: str) -> Input:
    """An input: `Float[N] = 1  -- meaning`."""
    declaration, meaning = _meaning(text)
    declaration, _, default = declaration.partition(" = ")
    constant = _parse_constant(name, default.strip()) if default else None
    variadic = declaration.endswith("...")
    return Input(name, parse_type(declaration.removesuffix("...")), constant, meaning, variadic)


def _parse_constant(name: str, text: str) -> Expression:
    negative = text.startswith("-")
    magnitude = text[negative:].strip()
    value: object = CONSTANTS.get(magnitude.lower())
    if value is None:
        try:
            value = ast.literal_eval(magnitude)
        except (ValueError, SyntaxError):
            value = None
    if not isinstance(value, int | float):
        raise RegistryError(f"input {name}: a default must be a number, got {text!r}")
    return Constant(-value if negative else value)


def print_input(entry: Input, number: str) -> str:
    """Text of an input; `number` is the text of its default, empty if it has none."""
    default = f" = {number}" if number else ""
    list_mark = "..." if entry.variadic else ""
    return _with_meaning(print_type(entry.type) + list_mark + default, entry.meaning)


def _with_meaning(text: str, meaning: str) -> str:
    return f"{text} -- {meaning}" if meaning else text


def parse_attribute(name: str, text: str) -> AttributeSpec:
    """An attribute: `Axes(N) = all  -- meaning`; what is counted comes later, by `count_in`."""
    declaration, meaning = _meaning(text)
    if count_in(text):
        spec = _parse_kind(name, declaration.partition(" = ")[0].strip())
        return replace(spec, default=None, optional=True, meaning=meaning)
    kind, _, default = declaration.partition(" = ")
    kind, default = kind.strip(), default.strip()
    optional = kind.endswith("?")
    kind = kind.rstrip("?").strip()
    spec = _parse_kind(name, kind)
    value, follows = _parse_default(spec, default, declaration)
    return AttributeSpec(
        name,
        spec.kind,
        spec.sizes,
        spec.words,
        value,
        optional or bool(follows) or (spec.kind == "dtype" and default == "None"),
        meaning,
        follows,
        spec.word,
    )


def count_in(text: str) -> str:
    """The expression that a size is counted by, `U = sum[n](...)`; empty if it is not counted."""
    kind, _, default = _meaning(text)[0].partition(" = ")
    is_counted = bool(_SIZE.fullmatch(kind.strip())) and "[" in default
    return default.strip() if is_counted else ""


def _parse_kind(name: str, kind: str) -> AttributeSpec:
    """The kind, sizes and words of an attribute."""
    if kind in _SCALAR_KINDS:
        return AttributeSpec(name, _SCALAR_KINDS[kind])
    if "|" in kind:
        words = tuple(word.strip() for word in kind.split("|"))
        if not all(re.fullmatch(r"[\w.+-]+", word) for word in words):
            raise RegistryError(f"attribute {name}: a word has no spaces in it, got {kind!r}")
        return AttributeSpec(name, "choice", words=words)
    function, bracket, inner = kind.partition("(")
    if function == "number" and kind.endswith(")"):
        return AttributeSpec(name, function, word=parse_word(inner[:-1]))
    if bracket and kind.endswith(")"):
        names = tuple(part.strip() for part in inner[:-1].split(",") if part.strip())
        if not all(_SIZE.fullmatch(each) for each in names):
            raise RegistryError(f"attribute {name}: {kind} must name sizes in upper case")
        if function in _SIZED_KINDS and len(names) == 1:
            return AttributeSpec(name, function, names)
        if not function and names:
            return AttributeSpec(name, "sizes", names)
    if _SIZE.fullmatch(kind):
        return AttributeSpec(name, "size", (kind,))
    raise RegistryError(
        f"attribute {name}: a kind must be one of {', '.join(_SCALAR_KINDS)}, number of a word, "
        f"{', '.join(_SIZED_KINDS)} of a size, a size, a tuple of sizes or words with |, "
        f"got {kind!r}"
    )


def _parse_default(spec: AttributeSpec, text: str, declaration: str) -> tuple[object, str]:
    """The default value, and the name of the attribute that None stands for."""
    if not text:
        return REQUIRED, ""
    if text == "all" and spec.kind in ("Axes", "Axis"):
        return None, ""
    if spec.kind == "choice":
        word = text.strip("'\"")
        if word not in spec.words:
            raise RegistryError(
                f"attribute {spec.name}: the default must be one of its words, got {declaration!r}"
            )
        return word, ""
    if text in EXTREMES or (spec.kind in ("sizes", "size") and re.fullmatch(r"[a-z_]+", text)):
        return None, text
    return parse_literal(text, f"attribute {spec.name}"), ""


def parse_literal(text: str, subject: str) -> object:
    """The Python value of a literal; `true`, `false`, `none`, `inf`, `nan` are known too."""
    words: dict[str, object] = {
        "true": True,
        "false": False,
        "none": None,
        "True": True,
        "False": False,
        "None": None,
    }
    words |= {
        "inf": float("inf"),
        "-inf": float("-inf"),
        "nan": float("nan"),
        "pi": CONSTANTS["pi"],
    }
    bare = text.replace(".inf", "inf").replace(".nan", "nan")
    if bare in words:
        return words[bare]
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise RegistryError(
            f"{subject}: a default must be a Python literal, got {text!r}"
        ) from None
    return value


def print_attribute(spec: AttributeSpec, count: str = "") -> str:
    """Text of an attribute's kind, default and meaning; `count` is that of what is counted."""
    text = _print_kind(spec)
    if count:
        return _with_meaning(f"{text} = {count}", spec.meaning)
    implied = (bool(spec.follows) and spec.follows not in EXTREMES) or (
        spec.kind == "dtype" and spec.default is None
    )
    if spec.optional and not implied:
        text += "?"
    if spec.default is not REQUIRED:
        text += f" = {_print_default(spec)}"
    return _with_meaning(text, spec.meaning)


def _print_kind(spec: AttributeSpec) -> str:
    if spec.kind == "choice":
        return "|".join(spec.words)
    if spec.kind in _SIZED_KINDS:
        return f"{spec.kind}({spec.sizes[0]})"
    if spec.kind == "sizes":
        return f"({', '.join(spec.sizes)}{',' if len(spec.sizes) == 1 else ''})"
    if spec.kind == "size":
        return spec.sizes[0]
    if spec.word:
        return f"{spec.kind}({spec.word})"
    return "Dtype" if spec.kind == "dtype" else spec.kind


def _print_default(spec: AttributeSpec) -> str:
    if spec.follows:
        return spec.follows
    if spec.kind == "choice":
        return str(spec.default)
    if spec.kind in ("Axes", "Axis") and spec.default is None:
        return "all"
    return repr(spec.default)
