"""The native half of dispatch: calls that were solved before are served without Python.

what native code knows   objects, plans, tables, switches, words
told by Python           start, learning, solved, runtime
called by Python         attach, functions, doors, arguments, items, elements, aliases
a call                   calls, launching, gpu, history
many calls in one        recipes, each
a backward               engine, graph, wanted, arrivals, parts
exported memory          capsules
"""
