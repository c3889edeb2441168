"""All tables of the registry in one metadata: what migrations must make. Every module that declares tables is imported here."""

from seiche.registry import (
    artifact_tables,
    canary_tables,
    erasure_tables,
    grouping_tables,
    item_tables,
    lifecycle_tables,
    protection_tables,
    regroup_tables,
    release_tables,
    tables,
)

METADATA = tables.Base.metadata
_MODULES = (
    artifact_tables,
    canary_tables,
    erasure_tables,
    grouping_tables,
    item_tables,
    lifecycle_tables,
    protection_tables,
    regroup_tables,
    release_tables,
)
