"""The commands of `revenue`, one module per group.

Called by `server/cli.py`. Invariant: a command writes to the streams it is given and returns
an exit code; errors meant for people are raised and printed by `cli.main`.
"""
