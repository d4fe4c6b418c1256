"""The semantic layer: YAML model in, governed DuckDB SQL out.

A pure library: no web, no LLM, no engine, no clock and no environment. Text becomes
a tree of allowed nodes (`parse`), names are bound to definitions (`resolve`), and
one statement is built anew from the registry (`compile`).
"""
