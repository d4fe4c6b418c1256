"""Language models over the network: one protocol, one adapter per SDK, a scripted one.

Used by `server/planner/llm`, wired by `app.py`. Invariant: nothing of an SDK leaves this package.
"""
