"""What an op does under autocast: the key `autocast` of an entry, read and printed.

`autocast: lower` holds on every device; `autocast: {cpu: float32, cuda: unsafe -- why}` says it for
each. A device that is not named leaves operands as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import RegistryError, nearest

DEVICES = ("cpu", "cuda")
RULES = ("lower", "float32", "promote", "unsafe")
"""Operands become of the lower precision; of float32; of the widest dtype among them; refused."""

Rules = tuple[tuple[str, str], ...]
"""Device type and rule, in the order of `DEVICES`; of an unsafe op `unsafe -- why`."""


def read_autocast(piece: object) -> Rules:
    """The rules that a piece of an entry says.

    Raises:
        RegistryError: A device or a rule is not known, or a reason is missing.
    """
    if isinstance(piece, str):
        piece = dict.fromkeys(DEVICES, piece)
    if not isinstance(piece, Mapping):
        raise RegistryError(
            f"autocast must be one of {', '.join(RULES)}, or a mapping of devices to them, "
            f"got {piece!r}"
        )
    for device in piece:
        if device not in DEVICES:
            raise RegistryError(
                f"autocast must name devices of {', '.join(DEVICES)}, got {device!r}"
                f"{nearest(device, DEVICES)}"
            )
    return tuple((device, _rule(piece[device])) for device in DEVICES if device in piece)


def _rule(text: object) -> str:
    word, _, why = (part.strip() for part in str(text).partition("--"))
    if word not in RULES:
        lower = "half" in word or word in ("float16", "bfloat16")
        hint = "; write lower: ts.autocast says to which dtype" if lower else nearest(word, RULES)
        raise RegistryError(f"autocast must be one of {', '.join(RULES)}, got {word!r}{hint}")
    if (word == "unsafe") != bool(why):
        raise RegistryError(
            "autocast must give a reason for unsafe, and for nothing else: "
            f"`unsafe -- use another op`, got {text!r}"
        )
    return f"{word} -- {why}" if why else word


def print_autocast(rules: Rules) -> str | dict[str, str]:
    """The piece that `read_autocast` reads."""
    found = dict(rules)
    if len(found) == len(DEVICES) and len(set(found.values())) == 1:
        return rules[0][1]
    return found


def reason_of(rule: str) -> str:
    """What an unsafe op says."""
    return rule.partition(" -- ")[2]


def can_be_cast(word: str) -> bool:
    """Whether an operand of a dtype word may be of more than one floating dtype."""
    return word.rstrip("0123456789") in _FLOATING


_FLOATING = frozenset(("Any", "Float", "Real", "Ordered", "Number", "Arithmetic", "Inexact"))
