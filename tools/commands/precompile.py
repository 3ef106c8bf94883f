"""`tensorsmith precompile`: build kernels ahead of time."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...backends.cache.bundle import SUFFIX
from . import Commands, arguments

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
needs, and besides the kernels that differ on processors that have these features. A bundle is
written whole or not at all.

With -o kernels are built in a folder beside your cache: the cache is pruned by every program that
compiles, and a bundle must not lose what it is made of. --store names another folder. A run that is
cut off goes on where it stopped: what is in its folder is not compiled again.
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
    what.add_argument(
        "--ops", type=arguments.given, metavar="NAMES", help="all kernels of ops, commas between"
    )
    what.add_argument(
        "--lock",
        type=arguments.existing_file,
        metavar="FILE",
        help="the kernels of a file that `trace` wrote",
    )
    what.add_argument(
        "--registry",
        type=arguments.existing_file,
        metavar="YAML",
        help="all kernels of your own entries",
    )
    parser.add_argument(
        "--target",
        type=arguments.targets,
        metavar="TARGETS",
        help="x86-64-v2, -v3, -v4, aarch64, sm_80, sm_90, sm_90a, sm_100, sm_120, native, with "
        "commas between, features after a + (default: native, this machine)",
    )
    parser.add_argument(
        "--jobs", type=arguments.count(1), metavar="N", help="processes (default: all processors)"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=arguments.bundle_place,
        metavar="PATH",
        help="folder of bundles, or one file .bundle",
    )
    parser.add_argument(
        "--store", type=arguments.folder, metavar="FOLDER", help="where to build (see above)"
    )
    parser.add_argument("--dry-run", action="store_true", help="list the kernels, build nothing")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Builds, and reports; 1 if a kernel could not be built."""
    from ...backends.cpu.cache import object_cache
    from ...backends.cpu.threads import available_cpus
    from ..kernels import precompile
    from ..kernels.work import Run

    targets = options.target or arguments.targets("native")
    levels = {arguments.level_of(target) for target in targets}
    output = options.output
    if output is not None and output.suffix == SUFFIX and len(levels) > 1:
        raise arguments.UsageError(f"-o must be a folder for {len(levels)} targets, got {output}")
    work = pieces(options)
    with _store(options) as store, _resumable(store):
        how = Run(
            tuple(targets),
            store,
            options.jobs or available_cpus(),
            options.dry_run,
            options.json,
            durable=options.store is None,
            known=object_cache().folder if options.store is None else None,
        )
        report = precompile.precompile(work, how)
        if output is not None and not options.dry_run:
            precompile.build_bundles(work, how, report, output)
    if options.json:
        print(json.dumps(precompile.as_data(report, options.dry_run)))
    else:
        _print(report, options.dry_run)
    return _complain(report, options.ops is not None or options.registry is not None)


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[Path]:
    """The folder to build in."""
    from ...backends.cpu.cache import object_cache
    from ...ops.errors import BackendError
    from ..kernels.build_folder import building

    if options.store is not None:
        yield options.store / "kernels"
    elif options.output is not None:
        with building() as folder:
            yield folder
    else:
        cache = object_cache().folder
        if cache is None:
            raise BackendError("the cache cannot be used (see above); --store names a folder")
        yield cache


@contextmanager
def _resumable(store: Path) -> Iterator[None]:
    """An interrupt says in one line how to go on."""
    try:
        yield
    except KeyboardInterrupt as end:
        raise type(end)(
            f"what was compiled is kept in {store}, and the same command goes on from there"
        ) from end


def pieces(options: argparse.Namespace) -> list[Work]:
    """What the options ask for, as pieces of work."""
    from ...ops.registry import registry
    from ..kernels.programs import PROGRAMS
    from ..kernels.work import Work

    found = [Work("objects", "")]
    if options.ops is not None:
        return found + [Work("op", name) for name in op_names(options.ops)]
    if options.lock is not None:
        from ..kernels.lock import read_lock

        calls, warning = read_lock(options.lock)
        for line in warning.splitlines():
            print(f"tensorsmith: {line}", file=sys.stderr)
        return found + [Work("calls", "\n".join(part)) for part in _parts(calls, 32)]
    if options.registry is not None:
        return found + _entries(options.registry)
    space = "core" if options.core else "full"
    found += [Work("program", name) for name in PROGRAMS]
    return found + [Work("op", name, space) for name in registry.names()]


def op_names(text: str) -> list[str]:
    """Names of ops, with commas between.

    Raises:
        UsageError: There are none, or one of them is no op.
    """
    from ...ops.errors import RegistryError, nearest
    from ...ops.registry import registry

    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise arguments.UsageError(
            f"--ops must name ops, with commas between, got {text!r}; `tensorsmith ops list` shows "
            "them"
        )
    found = []
    for name in names:
        bare = name.rpartition(".")[2] if name not in registry else name
        if bare != name and bare in registry:
            raise arguments.UsageError(
                f"--ops must name ops of the registry, got {name!r}; did you mean {bare}?"
            )
        try:
            found.append(registry.get(name).name)
        except RegistryError:
            near = nearest(bare, registry.names())
            raise arguments.UsageError(f"there is no op {name}{near}") from None
    return found


def _entries(path: Path) -> list[Work]:
    """A piece of work for each entry of a file."""
    from ...ops.entries.text_file import read_utf8
    from ...ops.errors import RegistryError
    from ...ops.registry import registry
    from ..kernels.work import Work

    text = read_utf8(path)
    ops = registry.read_text(text, str(path))
    if not ops:
        raise RegistryError(f"{path} must hold at least one entry, it holds none")
    return [Work("entry", text, file=str(path), name=op.name) for op in ops]


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
        print(f"{report.compiled:,} compiled, {report.found:,} were there, {report.seconds:.1f} s")
    for path, one in report.bundles.items():
        print(
            f"{path}: {one.kernels:,} kernels in {one.objects:,} objects, {one.nbytes / 1e6:.2f} MB"
        )


def _complain(report: Report, named: bool) -> int:
    """Says what is not as it was asked for; the exit status.

    Args:
        report: What was done.
        named: The user has named the ops: each should have a kernel.
    """
    lines = [f"{what}: {why}" for what, why in report.failed.items()]
    lines += [
        f"{path}: programs will refuse it: {one.distrust}"
        for path, one in report.bundles.items()
        if one.distrust
    ]
    empty = [name for name, why in report.without.items() if not why]
    if named:
        lines += [f"{name}: {why}" for name, why in report.without.items() if why]
        lines += [
            f"{name}: no call of it could be planned, so no kernel of it is built; `samples` in "
            "its entry say which calls there are"
            for name in empty
        ]
    for line in lines:
        print(f"tensorsmith: {line}", file=sys.stderr)
    return int(bool(report.failed or (named and empty)))
