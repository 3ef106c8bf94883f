"""The line of a file in which an entry is wrong, and the place in it that a message speaks of."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from ..errors import RegistryError

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_ABOUT = [
    re.compile(text)
    for text in (
        r"^index (\w+) ", r"^unknown key (\w+)", r"^(.+?) leaves axis", r"^(.+?) must be affine",
        r"and ([^,]+?) is of kind",
    )
]  # fmt: skip
_TOKEN = re.compile(r"\w+|[^\w\s]+?")
CLOSE = 8  # lines after the first one of a block that are looked at
_WORD = re.compile(r"[A-Za-z_]\w*")


def show_line(
    error: RegistryError, lines: Sequence[str], indent: Callable[[int], int | None]
) -> RegistryError:
    """The same mistake with its line and a caret below what is wrong.

    Args:
        error: With a line of the file, and a column of the expression that begins there.
        lines: The lines of the file.
        indent: 1-based line -> column at which the expression on it begins, from 0; None if the
            line holds several texts, or none.
    """
    if error.source or not 0 < error.line <= len(lines):
        return error
    line = lines[error.line - 1].rstrip()
    start = indent(error.line)
    if error.column and start is not None and start + error.column <= len(line) + 1:
        return error.shown(line.replace("\t", " "), start + error.column)
    number, column = _place(error, lines, start or 0)
    found = error.moved(number)
    return found.shown(lines[number - 1].rstrip().replace("\t", " "), column)


def _place(error: RegistryError, lines: Sequence[str], start: int) -> tuple[int, int]:
    """1-based line and column of the first text of the message that stands in the line, or close
    to it."""
    around = [error.line, *range(error.line + 1, error.line + CLOSE), error.line - 1]
    for number in (each for each in around if 0 < each <= len(lines)):
        for text in _candidates(error.message):
            line = lines[number - 1]
            pattern = _pattern(text)
            found = pattern.search(line, start) or pattern.search(line)
            if found and (number == error.line or "'" in line or ":" in line):
                return number, found.start() + 1
    line = lines[error.line - 1]
    return error.line, len(line) - len(line.lstrip()) + 1


def _pattern(text: str) -> re.Pattern[str]:
    """A text that stands alone, whatever the spaces in it."""
    parts = r"\s*".join(re.escape(part) for part in _TOKEN.findall(text))
    return re.compile(rf"(?<!\w){parts}(?!\w)")


def _candidates(message: str) -> Iterator[str]:
    """What the message speaks of, what it quotes, then the words that it begins with."""
    for pattern in _ABOUT:
        found = pattern.search(message)
        if found:
            yield found[1]
    for quoted in _QUOTED.findall(message):
        try:
            yield str(ast.literal_eval(quoted))
        except (ValueError, SyntaxError):
            continue
    yield from [word for word in _WORD.findall(message)[:4] if word not in ("a", "an", "in")]
