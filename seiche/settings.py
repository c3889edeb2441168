"""Every setting, read once: flags, then SEICHE_* variables, then seiche.toml in the data directory, then defaults."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from seiche.errors import ConfigurationError
from seiche.production_settings import KafkaSettings, LakeSettings, OpenSearchSettings, RegistrySettings


class LogSettings(BaseModel):
    """The embedded event log."""

    segment_bytes: int = 64 << 20
    segment_seconds: int = 600
    retention_seconds: int = 24 * 3600
    """A sealed segment is unlinked when it is older than this and every consumer has passed it."""
    minimum_free_bytes: int = 256 << 20
    """Below it ingest answers 503."""
    queue_records: int = 20_000
    """Records waiting for a commit; more are refused with 503."""


class IngestSettings(BaseModel):
    """Bounds on what a request may hold (reference: Sentry's own limits)."""

    compressed_bytes: int = 20 << 20
    decompressed_bytes: int = 100 << 20
    event_bytes: int = 1 << 20
    key_cache_seconds: float = 5.0
    attachment_bytes: int = 100 << 20
    """Of one attachment, and of all of one request."""
    upload_bytes: int = 100 << 20
    """The largest request body of `/minidump/` and `/events/ID/attachments/`, as sent."""
    geo_database: Path | None = None
    """A file in MaxMind's format: countries and cities of users' addresses, looked up at accept."""


class LimitSettings(BaseModel):
    """Where rate limits and quotas are counted; the limits themselves belong to keys, projects and organizations."""

    storage_url: str = "memory://"
    """`redis://HOST:PORT/0` where several web processes share their counts."""


class OlapSettings(BaseModel):
    """ClickHouse's HTTP interface: ours (chDB) or a server's."""

    host: str = "127.0.0.1"
    port: int = 0
    """0: chosen by `seiche up` and written to run/endpoints.json."""
    user: str = "seiche"
    password: str = ""
    """Empty: the one that `seiche up` generated for its own."""
    secure: bool = False
    """HTTPS."""
    database: str = "seiche"
    cluster: str = ""
    """Tables are made `ON CLUSTER` this one, with Replicated engines; empty: one server."""
    max_execution_seconds: int = 10
    max_result_rows: int = 100_000
    max_memory_bytes: int = 1 << 30


class MailSettings(BaseModel):
    """SMTP; without a host no mail is sent and rules that ask for mail say so."""

    host: str = ""
    port: int = 25
    username: str = ""
    password: str = ""
    starttls: bool = False
    sender: str = "seiche@localhost"


SHARE = r"^(auto|[1-9]\d?/[1-9]\d?)$"
"""Of the log's partitions: `seiche.registry.share`."""


class AlertSettings(BaseModel):
    """The alerts consumer and sender."""

    share: str = Field(default="1/1", pattern=SHARE)
    """K/N: this process is the Kth of N and decides every Nth of the log's partitions; the first also sends."""
    poll_seconds: float = 0.1
    batch_records: int = 500
    duplicate_window_seconds: int = 3600
    allow_private_webhooks: bool = False
    """Let webhooks reach loopback and private addresses: for tests and closed networks."""
    mail: MailSettings = Field(default_factory=MailSettings)


class PipelineSettings(BaseModel):
    """The lake writer and the warm worker."""

    share: str = Field(default="1/1", pattern=SHARE)
    """K/N: this process is the Kth of N and brings every Nth of the log's partitions into the tables."""
    poll_seconds: float = 1.0
    batch_records: int = 2000
    dagster_run_seconds: float = 60.0
    compact_every_commits: int = 50
    closed_after_seconds: int = 300
    hot_days: int = 30


class CanarySettings(BaseModel):
    """An event of Seiche's own that travels the whole line and is timed at each hop."""

    enabled: bool = True
    every_seconds: float = Field(default=60.0, ge=1)
    late_seconds: float = 30.0
    """After so long before one hop, the line is said to be stalled there."""
    url: str = ""
    """Where ingest is reached; "": the `web` process of `seiche up`, else `public_url`."""


class RawSettings(BaseModel):
    """Where whole files lie: attachments, minidumps, uploaded source maps."""

    url: str = ""
    """A folder, or s3://bucket/prefix; "": DATA/raw."""
    options: dict[str, str] = Field(default_factory=dict)
    """For an object store: endpoint, region, credentials, as `obstore` names them."""


class ArtifactSettings(BaseModel):
    """Source maps and ProGuard mappings: what an upload may hold."""

    bundle_bytes: int = 512 << 20
    """The largest upload, as sent."""
    unpacked_bytes: int = 2 << 30
    """Everything in one bundle, unpacked."""
    file_bytes: int = 128 << 20
    """The largest file in a bundle, unpacked."""
    bundle_files: int = 20_000
    chunk_seconds: int = 86_400
    """How long a chunk waits for its upload to be completed."""
    cache_bytes: int = 64 << 20
    """Parsed maps kept by each process that applies them, counted by the size of their files."""


class Settings(BaseSettings):
    """All settings of one installation. Frozen: build it once at the edge and pass it on."""

    model_config = SettingsConfigDict(env_prefix="SEICHE_", env_nested_delimiter="__", frozen=True, extra="forbid")

    data: Path = Path("var/seiche")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    """How SDKs and people reach the server; default http://HOST:PORT."""
    profile: Literal["embedded", "production"] = "embedded"
    log: LogSettings = Field(default_factory=LogSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    olap: OlapSettings = Field(default_factory=OlapSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    pipeline: PipelineSettings = Field(default_factory=PipelineSettings)
    canary: CanarySettings = Field(default_factory=CanarySettings)
    raw: RawSettings = Field(default_factory=RawSettings)
    artifacts: ArtifactSettings = Field(default_factory=ArtifactSettings)
    registry: RegistrySettings = Field(default_factory=RegistrySettings)
    lake: LakeSettings = Field(default_factory=LakeSettings)
    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    opensearch: OpenSearchSettings = Field(default_factory=OpenSearchSettings)

    @property
    def base_url(self) -> str:
        """Without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def registry_url(self) -> str:
        """SQLAlchemy URL."""
        return self.registry.url or f"sqlite:///{self.data / 'registry.sqlite'}"

    @property
    def log_dir(self) -> Path:
        """The event log's segments."""
        return self.data / "log"

    @property
    def lake_url(self) -> str:
        """Root of the Delta tables: a folder, or s3://bucket/prefix."""
        return self.lake.url or str(self.data / "lake")

    @property
    def lake_options(self) -> dict[str, str] | None:
        """Storage options of the lake's object store; None for a folder."""
        # Two writers must not both win a commit: the lake relies on puts that only one can make (docs/adr/0020).
        return {"aws_conditional_put": "etag", **self.lake.options} if "://" in self.lake_url else None

    @property
    def raw_url(self) -> str:
        """Root of the raw store: a folder, or s3://bucket/prefix."""
        return self.raw.url or str(self.data / "raw")

    @property
    def run_dir(self) -> Path:
        """What the running processes tell each other: endpoints.json, state.json, heartbeats."""
        return self.data / "run"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature of pydantic-settings
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags win over variables, variables over the file."""
        data = Path(init_settings().get("data") or env_settings().get("data") or "var/seiche")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=data / "seiche.toml")


def load_settings(**flags: Any) -> Settings:
    """Settings with `flags` that are not None on top. Raises `ConfigurationError` naming each bad setting."""
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']} (got {e['input']!r})" for e in error.errors()]
        raise ConfigurationError("settings are not usable: " + "; ".join(lines)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"seiche.toml in the data directory is not TOML ({error}): mend that line") from error
    if settings.profile == "production":
        given = {"kafka.servers": settings.kafka.servers, "registry.url": settings.registry.url, "lake.url": settings.lake.url}
        if missing := [name for name, value in given.items() if not value]:
            raise ConfigurationError(f"profile=production needs {', '.join(missing)}: see docs/production.md")
    return settings
