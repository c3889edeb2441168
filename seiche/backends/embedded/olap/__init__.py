"""The one process that owns chDB, behind ClickHouse's own HTTP protocol: engine, bounds, request, server."""

from seiche.backends.embedded.olap.process import run

__all__ = ["run"]
