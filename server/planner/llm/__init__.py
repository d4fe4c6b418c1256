"""A language model as planner: what it is told, what it may do, and what is believed of it.

Called through `moves.py`. Invariant: the model is taken to be hostile; it chooses among queries
that the semantic layer allows, and no number of its own reaches an answer.
"""
