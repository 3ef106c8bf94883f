"""What the pages name is there: files, folders, names in modules, tasks and commands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from tensorsmith.tools.command import build_parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(f"{name}.md" for name in ("ARCHITECTURE", "CONTRIBUTING", "README")),
    *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")),
]
ENDINGS = (".py", ".pyi", ".md", ".txt", ".toml", ".h", ".yaml")
ELSEWHERE = ("native_functions.yaml", "derivatives.yaml", "signals.pyi", "src/tensorsmith/")
"""Files of PyTorch, of users, and of layouts that were not chosen."""


@cache
def tree() -> tuple[frozenset[PurePosixPath], frozenset[PurePosixPath]]:
    """Files and folders of the checkout."""
    files, folders = set(), set()
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [x for x in inner if not x.startswith(".") and x not in ("build", "__pycache__")]
        here = PurePosixPath(Path(folder).relative_to(ROOT).as_posix())
        folders.add(here)
        files.update(here / name for name in names)
    return frozenset(files), frozenset(folders)


def spoken(page: str) -> Iterator[str]:
    """What stands between back ticks or in links of a page, its listings left out."""
    text = re.sub(
        r"^ *```.*?^ *```$", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE
    )
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"\]\(((?!https?:|#)[^)#\s]+)", text)


def is_path(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.*-][\w./*-]+", text)) and (
        text.endswith((*ENDINGS, "/")) or text.startswith("docs/")
    )


def exists(text: str) -> bool:
    """A file or folder has the path, or ends with it; pages of decisions go by their numbers."""
    files, folders = tree()
    pattern = text.rstrip("/").removeprefix("../")
    numbered = f"{pattern}-*.md"
    return any(x.match(pattern) for x in (folders if text.endswith("/") else files)) or any(
        x.match(numbered) for x in files
    )


@pytest.mark.parametrize("page", PAGES)
def test_files_and_folders_that_the_page_names_exist(page: str) -> None:
    paths = {text for text in spoken(page) if is_path(text) and text not in ELSEWHERE}
    assert sorted(path for path in paths if not exists(path)) == []


@pytest.mark.parametrize("page", PAGES)
def test_names_in_modules_that_the_page_mentions_exist(page: str) -> None:
    """`engine.run` is a word of a module `engine.py`, if there is one."""
    files, _ = tree()
    wrong = []
    for text in spoken(page):
        found = re.fullmatch(r"([a-z_]+)\.([A-Za-z_]\w*)(?:\(.*\))?", text)
        modules = [x for x in files if found and x.name == f"{found[1]}.py"]
        if found and modules and f".{found[2]}" not in ENDINGS:
            texts = ((ROOT / module).read_text() for module in modules)
            if not any(re.search(rf"\b{found[2]}\b", text) for text in texts):
                wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_tasks_and_commands_of_the_page_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    makefile = (ROOT / "Makefile").read_text()
    for task in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE):
        assert re.search(rf"^{task}:", makefile, re.MULTILINE), task
    usage = build_parser().format_help()
    for command in re.findall(r"(?:`|^|bin/)tensorsmith ([a-z]+)", text, re.MULTILINE):
        assert re.search(rf"^ +{command}\b", usage, re.MULTILINE), command
    for module in re.findall(r"python -m tensorsmith((?:\.\w+)+)", text):
        path = ROOT / module.replace(".", "/").lstrip("/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
