"""What is said of files and errors: text that others wrote does nothing to a terminal."""

from __future__ import annotations

from ..ops.errors import TensorsmithError


def escaped(text: str) -> str:
    """A text as one line: what cannot be printed (line ends, control characters, halves of
    characters) is spelled as Python spells it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def escaped_lines(text: str) -> str:
    """A text of several lines, each as in `escaped`."""
    return "\n".join(map(escaped, text.split("\n")))


def in_one_line(error: Exception) -> str:
    """What an error says, in a line; of one that was not raised on purpose also its type."""
    said = " ".join(str(error).split())
    if isinstance(error, KeyError):
        return f"there is no {said}"
    if isinstance(error, TensorsmithError) and said:
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
