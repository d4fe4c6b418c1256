"""Everything that does I/O: HTTP, planners, the warehouse, reports, storage, commands."""
