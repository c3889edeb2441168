"""Limits of keys and organizations, and how much of them is used up.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIMITED = ("organizations", "project_keys")


def upgrade() -> None:
    for table in LIMITED:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("limits", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "limit_counts",
        sa.Column("counter", sa.String(128), primary_key=True),
        sa.Column("used", ID, nullable=False),
        sa.Column("ends_at_us", ID, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("limit_counts")
    for table in LIMITED:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("limits")
