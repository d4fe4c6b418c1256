"""Report jobs: definitions, schedules, runs, delivery and alerts.

Called by the routes, the commands and the server's own loop. Invariant: above the way of a
question; it asks as anybody asks, under a principal that the definition declares.
"""
