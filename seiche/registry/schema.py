"""All tables of the registry in one metadata: what migrations must make. Every module that declares tables is imported here."""

from seiche.registry import grouping_tables, tables

METADATA = tables.Base.metadata
_MODULES = (grouping_tables,)
