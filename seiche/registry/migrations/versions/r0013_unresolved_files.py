"""What frames lacked that could not be resolved, added up.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unresolved_files",
        sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("release", sa.String(250), nullable=False),
        sa.Column("dist", sa.String(64), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("debug_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("frames", ID, nullable=False),
        sa.Column("events", ID, nullable=False),
        sa.Column("first_seen_us", ID, nullable=False),
        sa.Column("last_seen_us", ID, nullable=False),
        sa.Column("last_event_id", sa.String(32), nullable=False),
        sa.Column("last_fingerprint", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "key"),
    )
    op.create_index("unresolved_files_by_time", "unresolved_files", ["project_id", "last_seen_us"])


def downgrade() -> None:
    op.drop_index("unresolved_files_by_time", "unresolved_files")
    op.drop_table("unresolved_files")
