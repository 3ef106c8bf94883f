"""What commands print of files and of errors."""

from __future__ import annotations

import pytest
from tensorsmith.ops.errors import LoweringError
from tensorsmith.tools.printing import escaped, escaped_lines, in_one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("softmax[f32, rows]#9c86cb95", "softmax[f32, rows]#9c86cb95"),
        ("café", "café"),
        ("a\nb\x1b[31m\t", "a\\nb\\x1b[31m\\t"),
        ("\ud800\u202e", "\\ud800\\u202e"),
        ("", ""),
    ],
)
def test_a_text_does_nothing_to_a_terminal(text: str, shown: str) -> None:
    assert escaped(text) == shown and escaped(text).isprintable()


def test_a_text_of_lines_keeps_them() -> None:
    assert escaped_lines("one\n  two\x07\n") == "one\n  two\\x07\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LoweringError("softmax:\n  no schedule\n"), "softmax: no schedule"),
        (KeyError("other"), "there is no 'other'"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_an_error_is_said_in_a_line(error: Exception, said: str) -> None:
    assert in_one_line(error) == said
