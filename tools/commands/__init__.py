"""The subcommands of `tensorsmith`, a module each: `add(commands)` describes it, `run` does it.

What a subcommand computes with is imported when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
