"""Files of entries, as text."""

from __future__ import annotations

from pathlib import Path

from ..errors import RegistryError


def read_utf8(path: Path) -> str:
    """The text of a file.

    Raises:
        FileNotFoundError: There is no such file.
        RegistryError: It is not UTF-8; the message has its name and line.
    """
    whole = path.read_bytes()
    try:
        return whole.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = whole.count(b"\n", 0, error.start) + 1
        raise RegistryError(
            f"the file must be UTF-8, and byte {whole[error.start]:#04x} is not", str(path), line
        ) from None
