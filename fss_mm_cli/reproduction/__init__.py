"""Tables of papers, and of one's own rows: planned, run, and written.

A table (:mod:`.tables`) is rows with tests. :mod:`.planning` makes trainings and tests
of it, :mod:`.ledger` knows which of them are done, :mod:`.running` runs the rest by a
function (:mod:`.calls`: here, on several GPUs, or by Slurm), and :mod:`.results` reads
what they have measured, for :mod:`.text` and :mod:`.plot`.
"""
