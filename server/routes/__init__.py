"""HTTP requests to calls of the steps, and their results to responses and events.

Called by server/app.py. Invariant: a handler holds no rule of the domain and no SQL text.
"""
