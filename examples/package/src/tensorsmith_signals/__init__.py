"""Ops for signals: `ts.ops.signals.soft_threshold`, `ts.ops.signals.emphasize`.

Nothing has to be imported: the entry point brings them when `ts.ops.signals` is first asked for.
"""
