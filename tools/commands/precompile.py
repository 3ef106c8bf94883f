"""`tensorsmith precompile`: build kernels ahead of time."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import Commands

if TYPE_CHECKING:
    from ..kernels.precompile import Report
    from ..kernels.work import Work

TEXT = """\
Build kernels ahead of time. No processor of the target is needed; for GPUs NVRTC is (the extra
`cuda`).

  tensorsmith precompile --ops softmax,layer_norm         into your cache, for this machine
  tensorsmith precompile --lock kernels.lock --target x86-64-v3,x86-64-v4 -o bundles
  tensorsmith precompile --ops softmax --target x86-64-v4,sm_90,sm_100 -o bundles
  tensorsmith precompile --ops mm --target x86-64-v4+avx512vnni+avx512bf16 -o bundles
  tensorsmith precompile --all --target x86-64-v3 --dry-run   what would be built, and how much

Without -o kernels go to your cache. With -o a bundle is written for each target: a read-only file
that programs find in a folder named by TENSORSMITH_BUNDLES, or in a package with an entry point of
the group tensorsmith.kernels. The bundle of a target with features holds what the target alone
needs, and besides the kernels that differ on processors that have these features. A run that is cut
off goes on where it stopped: what is in the cache is not compiled again.
"""


def add(commands: Commands) -> None:
    """Describes the subcommand."""
    parser = commands.add_parser(
        "precompile",
        help="build kernels ahead of time, for any target",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true", help="the whole kernel space of the registry")
    what.add_argument("--core", action="store_true", help="what comes with the package")
    what.add_argument("--ops", metavar="NAMES", help="all kernels of ops, with commas between")
    what.add_argument("--lock", metavar="FILE", help="the kernels of a file that `trace` wrote")
    what.add_argument("--registry", metavar="YAML", help="all kernels of your own entries")
    parser.add_argument(
        "--target",
        metavar="TARGETS",
        help="x86-64-v2, -v3, -v4, aarch64, sm_80, sm_90, sm_90a, sm_100, sm_120, with commas "
        "between, features after a + (default: this machine)",
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all processors)")
    parser.add_argument("-o", "--output", metavar="PATH", help="folder of bundles, or one .bundle")
    parser.add_argument("--store", metavar="FOLDER", help="where to build (default: your cache)")
    parser.add_argument("--dry-run", action="store_true", help="list the kernels, build nothing")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Builds, and reports; 1 if a kernel could not be built."""
    from pathlib import Path

    from ...backends.cpu.cache import object_cache
    from ...backends.cpu.machine import detect_machine
    from ...backends.cpu.threads import available_cpus
    from ...ops.errors import ArgumentValueError
    from ..kernels import precompile

    targets = targets_of(options.target or detect_machine().target.spelling)
    levels = {target.partition("+")[0] for target in targets}
    if options.jobs is not None and options.jobs < 1:
        raise ArgumentValueError(f"--jobs must be at least 1, got {options.jobs}")
    if options.output and options.output.endswith(".bundle") and len(levels) > 1:
        raise ArgumentValueError(
            f"-o must be a folder for {len(levels)} targets, got {options.output}"
        )
    jobs = options.jobs or available_cpus()
    store = Path(options.store).absolute() / "kernels" if options.store else object_cache().folder
    if store is None:
        raise ArgumentValueError("the cache cannot be used (see above); --store names a folder")
    try:
        report = precompile.precompile(
            pieces(options), targets, store, jobs, options.dry_run, options.json, not options.store
        )
        if options.output and not options.dry_run:
            precompile.bundle(report, store, Path(options.output), min(jobs, len(levels)))
    except KeyboardInterrupt:
        print(
            f"tensorsmith: interrupted; what was compiled is kept in {store}, and the same command "
            "goes on from there",
            file=sys.stderr,
        )
        return 130
    if options.json:
        print(json.dumps(precompile.progress(report)))
    else:
        _print(report, options.dry_run)
    return int(bool(report.failed))


def targets_of(text: str) -> list[str]:
    """What is built for: a target with features stands for the target alone, and for itself.

    Raises:
        ArgumentValueError: There is no such target.
    """
    from ...backends.processors import processor_by_name

    named = [processor_by_name(name.strip()).target for name in text.split(",")]
    return list(dict.fromkeys(each for t in named for each in (t.name, t.spelling)))


def pieces(options: argparse.Namespace) -> list[Work]:
    """What the options ask for, as pieces of work."""
    from pathlib import Path

    from ...ops.errors import ArgumentValueError
    from ...ops.registry import registry
    from ..kernels.programs import PROGRAMS
    from ..kernels.work import Work

    found = [Work("objects", "")]
    if options.ops is not None:
        names = [name.strip() for name in options.ops.split(",") if name.strip()]
        if not names:
            raise ArgumentValueError(
                f"--ops must name ops, with commas between, got {options.ops!r}; "
                "`tensorsmith ops list` shows them"
            )
        return found + [Work("op", registry.get(name).name) for name in names]
    if options.lock:
        from ..kernels.lock import read_lock

        calls, warning = read_lock(Path(options.lock))
        for line in warning.splitlines():
            print(f"tensorsmith: {line}", file=sys.stderr)
        return found + [Work("calls", "\n".join(part)) for part in _parts(calls, 32)]
    if options.registry:
        text = Path(options.registry).read_text(encoding="utf-8")
        return [*found, Work("entry", text, file=options.registry)]
    space = "core" if options.core else "full"
    found += [Work("program", name) for name in PROGRAMS]
    return found + [Work("op", name, space) for name in registry.names()]


def _parts(calls: Sequence[str], length: int) -> list[Sequence[str]]:
    return [calls[k : k + length] for k in range(0, len(calls), length)]


def _print(report: Report, dry: bool) -> None:
    for target, plans in report.kernels.items():
        if dry:
            counts: dict[str, int] = {}
            for label in plans.values():
                counts[label] = counts.get(label, 0) + 1
            for label, count in sorted(counts.items()):
                print(f"{target}  {label}  {count}")
        print(f"{target}: {len(plans):,} kernels, from {report.calls:,} calls")
    if not dry:
        print(
            f"{report.compiled:,} compiled, {report.found:,} were there, {report.seconds:.1f} s"
        )
    for path, size in report.files.items():
        print(f"{path}: {size / 1e6:.2f} MB")
    for what, why in report.failed.items():
        print(f"tensorsmith: {what}: {why}", file=sys.stderr)
