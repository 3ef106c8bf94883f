"""Native code from typed Python: functions in a small subset of Python, compiled through LLVM.

the language       language, words, kinds, python
compiled           expressions, translate, compiled
met by Python      calling, types, view, lasting
memory             memory, slabs, account
threads, streams   workers, lanes
"""
