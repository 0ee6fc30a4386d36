"""A sample job board: feeds in three formats, with the faults of real ones, and a ledger of it all.

It stands in for the internet in the demo, the tests and the benchmarks. What it served is what
MongoDB must hold: the ledger says which posting it served in which version.
"""
