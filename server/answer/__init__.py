"""Result tables to KPIs, chart specs, insights and prose.

Called by server/ask.py and the reports. Invariant: pure; every number it states is in a result.
"""
