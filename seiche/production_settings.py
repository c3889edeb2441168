"""Settings of the stores that only the production profile talks to; see docs/production.md."""

from pydantic import BaseModel, Field


class RegistrySettings(BaseModel):
    """The registry's database."""

    url: str = ""
    """`postgresql://USER:PASSWORD@HOST/DATABASE`; several HOST:PORT with commas, of which the one that takes writes is
    used. Empty: SQLite in the data directory."""


class LakeSettings(BaseModel):
    """The Delta tables' place."""

    url: str = ""
    """`s3://BUCKET/PREFIX`, or empty: a folder of the data directory."""
    options: dict[str, str] = Field(default_factory=dict)
    """Of the object store, as deltalake takes them: aws_endpoint_url, aws_region, keys where the machine has no role."""


class KafkaSettings(BaseModel):
    """The event log in the production profile."""

    servers: str = ""
    """HOST:PORT, several with commas."""
    topic: str = "seiche-events"
    partitions: int = 12
    """Of a topic that is made by us; a project lives in one, so changing it later moves projects."""
    replication_factor: int = 3
    min_insync_replicas: int = 2
    record_bytes: int = 8 << 20
    """The largest record; the topic's max.message.bytes when it is made by us."""
    answer_seconds: float = 10.0
    """A record that the brokers have not taken by then is refused with 503."""
    options: dict[str, str] = Field(default_factory=dict)
    """Further properties of librdkafka for every client: security.protocol, sasl.username, ssl.ca.location and so on."""


class OpenSearchSettings(BaseModel):
    """The search index in the production profile."""

    url: str = ""
    """`https://USER:PASSWORD@HOST:9200`, several with commas; empty: the index is in ClickHouse."""
    prefix: str = "seiche"
    """Of every index, alias and template."""
    shards: int = 1
    """Of each day's index."""
    replicas: int = 1
    timeout_seconds: float = 30.0
