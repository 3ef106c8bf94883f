"""Native code from typed Python: functions in a small subset of Python, compiled through LLVM."""
