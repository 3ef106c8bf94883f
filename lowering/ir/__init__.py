"""The loop IR, MLIR's dialects as Python objects: made by `builder.py`, checked by `verify.py`."""
