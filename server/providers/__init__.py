"""Language-model services behind one small protocol.

Called by server/planner. Invariant: the only owner of the vendors' SDKs; keys never leave here.
"""
