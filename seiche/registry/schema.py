"""All tables of the registry in one metadata: what migrations must make. Every module that declares tables is imported here."""

from seiche.registry import tables

METADATA = tables.Base.metadata
