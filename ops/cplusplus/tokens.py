"""Words of a C++ text, with where they stand."""

from __future__ import annotations

import re

from ..dataclass import dataclass
from ..errors import RegistryError

_TOKEN = re.compile(
    r"(?P<blank>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<number>0[xX][0-9a-fA-F]+[lLuU]*|0[bB][01]+[lLuU]*|"
    r"(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?[fFlLuU]*)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>::|&&|\|\||[-+*/%]=|==|!=|<=|>=|<<|>>|\+\+|--|[-+*/%<>=!~&|^?:;,(){}\[\].#])",
    re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word.

    Attributes:
        kind: number, name, sign, or end.
        text: As written.
        place: Of its first letter in the text.
    """

    kind: str
    text: str
    place: int


class Source:
    """A text, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(self))
        self.number = 0

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.number]

    def ahead(self, count: int = 1) -> Token:
        """A token further on."""
        return self.tokens[min(self.number + count, len(self.tokens) - 1)]

    def take(self, *wanted: str) -> Token:
        """Reads a token.

        Raises:
            RegistryError: It is none of those wanted.
        """
        found = self.next
        if wanted and found.text not in wanted:
            what = " or ".join(repr(each) for each in wanted)
            raise self.wrong(f"{what} must stand here, got {found.text or 'the end'!r}")
        self.number += 1
        return found

    def accept(self, *wanted: str) -> Token | None:
        """Reads a token if it is one of those wanted."""
        return self.take() if self.next.text in wanted and self.next.kind != "end" else None

    def take_name(self, what: str) -> str:
        """Reads a name.

        Raises:
            RegistryError: It is none.
        """
        if self.next.kind != "name":
            raise self.wrong(f"{what} must stand here, got {self.next.text or 'the end'!r}")
        return self.take().text

    def wrong(self, message: str, token: Token | None = None) -> RegistryError:
        """A mistake at a token, by default the next one, with a mark below it."""
        token = token or self.next
        before = self.text[: token.place]
        line = before.count("\n") + 1
        column = token.place - (before.rfind("\n") + 1) + 1
        shown = self.text.split("\n")[line - 1]
        mark = " " * (column - 1) + "^" * max(len(token.text), 1)
        return RegistryError(f"{message}\n  {shown}\n  {mark}", "C++", line, column)


def _tokens(source: Source) -> list[Token]:
    found, place, text = [], 0, source.text
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise source.wrong(
                f"{text[place]!r} is no word of an element function",
                Token("sign", text[place], place),
            )
        if match.lastgroup != "blank":
            found.append(Token(str(match.lastgroup), match.group(), place))
        place = match.end()
    found.append(Token("end", "", len(text.rstrip()) if text.strip() else 0))
    return found
