"""The published data: loaded from CSVs, kept in versions, asked through engine workers.

The only owner of duckdb. Invariant: what is published never changes.
"""
