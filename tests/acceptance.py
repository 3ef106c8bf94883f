"""Runs the users' example suite where it lies beside the checkout.

Each file is held to a share of passes. Set ACCEPTANCE_SUITE to its folder; the default is
`../shared/acceptance`. Without the suite the run says so and succeeds: it is not part of the
project.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

# File -> least share of passed examples.
FLOORS = {
    "test_seed_examples_creation.py": 0.80,
    "test_seed_examples_shape.py": 0.80,
    "test_seed_examples_autograd.py": 0.80,
    "test_seed_examples_func.py": 0.80,
}


def run_file(path: Path) -> tuple[int, int, list[str]]:
    """(passed, run, names of failures) of one file of the suite."""
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "--tb=no", path.name]
    environment = {**os.environ, "ACCEPTANCE_MODULE": "tensorsmith"}
    done = subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True)
    counts = {
        word: int(number)
        for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)
    }
    failures = re.findall(r"^(?:FAILED|ERROR) \S+::(\S+)", done.stdout, re.MULTILINE)
    total = sum(counts.values())
    if not total:
        raise SystemExit(f"{path.name} ran no test:\n{done.stdout}{done.stderr}")
    return counts.get("passed", 0), total, failures


def main() -> int:
    """Run, print, and return 1 if a file is below its floor."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "acceptance"
    suite = Path(os.environ.get("ACCEPTANCE_SUITE", beside))
    if not suite.is_dir():
        print(f"acceptance: no suite at {suite}; nothing to run")
        return 0
    below = False
    for name, floor in FLOORS.items():
        passed, total, failures = run_file(suite / name)
        below |= passed < floor * total
        print(f"{name}: {passed} of {total} passed (at least {floor:.0%})")
        for failure in failures:
            print(f"  not yet: {failure}")
    return int(below)


if __name__ == "__main__":
    raise SystemExit(main())
