"""Protocols with two implementations that truly differ; their semantics live in the docstrings.

`tests/contracts` runs one suite per port over every implementation.
"""
