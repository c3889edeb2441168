"""The same DDL for a replicated ClickHouse: `ON CLUSTER` and Replicated engines. Pure.

One shard, any number of replicas. Rendered and held by a golden test, and read by ClickHouse's own parser; never executed by us, for
no cluster was at hand: docs/production.md says so.
"""

import re

from seiche.errors import ConfigurationError

CLUSTER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CREATED = re.compile(r"^(CREATE (?:TABLE|MATERIALIZED VIEW) IF NOT EXISTS \w+)")
_ENGINE = re.compile(r"ENGINE = (\w*MergeTree)\b")


def rendered(statement: str, cluster: str) -> str:
    """`statement` for the cluster of this name; as it is where there is none. Raises `ConfigurationError` for a name that is none.

    Engines get no path and no replica name: the server's own defaults (`default_replica_path`) hold.
    """
    if not cluster:
        return statement
    if not CLUSTER_NAME.fullmatch(cluster):
        raise ConfigurationError(f"olap.cluster {cluster!r} is no cluster's name: letters, digits, '_', '.' and '-'")
    statement = _CREATED.sub(rf"\1 ON CLUSTER '{cluster}'", statement)
    statement = _ENGINE.sub(r"ENGINE = Replicated\1", statement)
    return statement.replace("non_replicated_deduplication_window", "replicated_deduplication_window")
