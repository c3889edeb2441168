"""Alembic migrations of the registry; run them by `seiche.registry.migrate.upgrade`."""
