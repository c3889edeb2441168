"""The production profile's servers: do they answer, and do they keep what 2xx promises."""

from typing import TYPE_CHECKING

from seiche.cli.checks.check import Finding, fail, ok, warn

if TYPE_CHECKING:
    from seiche.settings import Settings


def kafka(settings: "Settings") -> Finding:
    """2xx means that several brokers have the event: replication 3, min.insync.replicas 2 (decision 9)."""
    from seiche.backends.production.kafka.topic import durability

    found = durability(settings.kafka)
    if found is None:
        return warn("kafka", f"the topic {settings.kafka.topic} is not there yet", "it is made when the first process starts")
    says = f"{found.brokers} brokers; {found.partitions} partitions, replication {found.replication}, min ISR {found.insync}"
    if found.unclean:
        return fail("kafka", says, "set unclean.leader.election.enable=false: a broker that is behind may become leader and lose events")
    if found.replication < 3 or found.insync < 2:
        return warn("kafka", says, "2xx should mean replication 3 and min.insync.replicas 2: with less, one disk can lose answered events")
    return ok("kafka", says)


def object_store(settings: "Settings") -> Finding:
    """The lake's bucket, and whether its conditional put is atomic."""
    from lake.objects import prove_conditional_put

    if settings.lake_options is None:
        return ok("object store", f"none: the lake is in {settings.lake_url}")
    prove_conditional_put(settings.lake_url, settings.lake_options)
    return ok("object store", f"{settings.lake_url}: only one of many writers wins a commit")


def opensearch(settings: "Settings") -> Finding:
    """The cluster's own word."""
    if not settings.opensearch.url:
        return ok("opensearch", "none: the search index is in ClickHouse")
    from seiche.backends.production.opensearch.client import health

    version, status = health(settings.opensearch)
    says = f"OpenSearch {version}, {status}"
    if status == "red":
        return fail("opensearch", says, "a shard has no copy: see _cluster/allocation/explain; the index can be rebuilt from silver")
    if status == "yellow" and settings.opensearch.replicas:
        return warn("opensearch", says, "a replica has no node: add one, or set opensearch.replicas to what there is room for")
    return ok("opensearch", says)


ALL = (kafka, object_store, opensearch)
