"""The named analyses: one .sql file of semantic SQL each; its header says what it takes and gives.

Read as package data by the registry of analyses. Invariant: every file here is one function of
the system and compiles like any other semantic SQL.
"""
