"""A stored answer to HTML and PDF, on demand or on a schedule.

Called by the routes and the command line. Invariant: the only owner of the browser; a page it
prints reaches no network.
"""
