"""The canaries of the last day.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("event_id", sa.String(32), primary_key=True),
        sa.Column("sent_at_us", ID, nullable=False),
        sa.Column("hops", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
    )
    op.create_index("ix_canaries_sent_at_us", "canaries", ["sent_at_us"])


def downgrade() -> None:
    op.drop_index("ix_canaries_sent_at_us", "canaries")
    op.drop_table("canaries")
