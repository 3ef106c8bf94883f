"""Calls of ops: the door that all go through, and how each is solved, kept and run.

the door                dispatch, entries, overloads, normalize, autocast, recording
solved once             solving, plans, families, mixed, counting, ordering
run                     launching, executing, each, extern, composition
written in place        writing, into, targets, fill
served without Python   teaching, repeating
devices, complex        transfer, reinterpreting
settings                defaults
"""
