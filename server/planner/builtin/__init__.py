"""The planner that needs no key and no network: words of the model and a small grammar.

Called through server/planner. Invariant: deterministic, and what it cannot explain it does not
answer; nothing in it knows one data set by name.
"""
