"""Alembic's entry: runs on the connection, and in the transaction, that `seiche.registry.migrate` hands over."""

from alembic import context

from seiche.registry.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
