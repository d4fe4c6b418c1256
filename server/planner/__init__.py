"""A question in plain English to semantic SQL, a named analysis, a question back or a refusal.

Called by server/ask.py. Invariant: a planner proposes; only the semantic layer turns what it
proposes into engine SQL.
"""
