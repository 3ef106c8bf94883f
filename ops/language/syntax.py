"""Text read as Python: its syntax tree, and where in the text a node of it stands."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from typing import Any

from ..errors import RegistryError

ALLOWED_KEYWORDS = ("if", "else", "and", "or", "not")


def parse_quietly(source: str, mode: str = "exec") -> Any:
    """The syntax tree of Python text; what the compiler warns of is refused later, or meant so.

    Raises:
        SyntaxError: It is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(source, mode=mode)


class Source:
    """A text of the notation with its syntax tree.

    Args:
        text: As the entry has it.
        source: The same as Python is to read it.
        offset: Signs that stand before the text in the first line of `source`.

    Raises:
        RegistryError: It is not Python; line and column are those in `text`.
    """

    def __init__(self, text: str, source: str, offset: int) -> None:
        self.source = source
        self.offset = offset
        try:
            self.tree: ast.Module = parse_quietly(source)
        except SyntaxError as error:
            raise self._refused(error, text) from None

    def _refused(self, error: SyntaxError, text: str) -> RegistryError:
        words = [word for word in re.findall(r"[a-z]+", text) if keyword.iskeyword(word)]
        hint = next((word for word in words if word not in ALLOWED_KEYWORDS), None)
        what = f"{hint} is a keyword of Python and cannot be a name" if hint else error.msg
        lines = text.split("\n")
        line = error.lineno or 1
        column = (error.offset or 1) - (self.offset if line == 1 else 0)
        if line > len(lines):  # the bracket that was put around it
            line, column = len(lines), len(lines[-1]) + 1
        shown = lines[line - 1].strip()
        return RegistryError(f"{what} in {shown!r}", line=line, column=column)

    def mistake(self, node: ast.AST, message: str) -> RegistryError:
        """The error that says where in the text a node is wrong."""
        line = getattr(node, "lineno", 1)
        column = getattr(node, "col_offset", 0) + 1 - (self.offset if line == 1 else 0)
        return RegistryError(message, line=line, column=column)

    def split_indices(self, node: ast.expr) -> list[ast.expr]:
        """The parts of `[...]`; a tuple in parentheses of its own is one part, a product index."""
        if isinstance(node, ast.Tuple) and not self._in_parentheses(node):
            return node.elts
        return [node]

    def _in_parentheses(self, node: ast.Tuple) -> bool:
        """Whether a tuple is written `(g, c)`: its first bracket closes at its end."""
        text = ast.get_source_segment(self.source, node) or ""
        depth = 0
        for place, sign in enumerate(text):
            depth += (sign in "([") - (sign in ")]")
            if depth == 0:
                return sign == ")" and place == len(text) - 1 and text[0] == "("
        return False

    def bracketed_names(self) -> set[str]:
        """Names that stand inside of brackets somewhere, those that are read there excluded."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Subscript):
                inner = list(ast.walk(node.slice))
                read = {id(each.value) for each in inner if isinstance(each, ast.Subscript)}
                found |= {n.id for n in inner if isinstance(n, ast.Name) and id(n) not in read}
        return found
