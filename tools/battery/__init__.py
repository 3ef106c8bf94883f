"""The generated battery: what every entry is tested for, by the suite and by `ops check`.

calls                    sampling, running, host, device
what must hold           checks, definition, derivatives, edges, draws, casting, mixed
what is true             oracle, exact, bounds, accuracy
whether tests can fail   mutation
from the command line    report
"""
