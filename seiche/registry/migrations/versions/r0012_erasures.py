"""Erasures, and the events that they met.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("event_ids", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("hours_left", sa.JSON, nullable=False),
        sa.Column("met", sa.JSON, nullable=False),
        sa.Column("events", ID, nullable=False),
        sa.Column("files", ID, nullable=False),
        sa.Column("feedback", ID, nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.Column("erased_at_us", ID),
        sa.Column("done_at_us", ID),
        sqlite_autoincrement=True,
    )
    op.create_index("erasures_by_project", "erasures", ["project_id", "id"])
    op.create_table(
        "erased_events",
        sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("received_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "event_id"),
    )
    op.create_index("erased_events_by_time", "erased_events", ["received_at_us"])


def downgrade() -> None:
    op.drop_index("erased_events_by_time", "erased_events")
    op.drop_table("erased_events")
    op.drop_index("erasures_by_project", "erasures")
    op.drop_table("erasures")
