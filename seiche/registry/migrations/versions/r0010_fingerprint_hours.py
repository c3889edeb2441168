"""Events by the hour are a fingerprint's: an issue's, for escalation, are their sum, whatever is merged, split or moved.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "fingerprint_hours",
        sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("hour", ID, autoincrement=False, nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "fingerprint", "hour"),
    )
    op.create_index("fingerprint_hours_by_hour", "fingerprint_hours", ["hour"])
    # Which of an issue's fingerprints had them is not known: any one of them gives the issue the same sum.
    op.execute(
        "INSERT INTO fingerprint_hours (project_id, fingerprint, hour, count) "
        "SELECT f.project_id, f.fingerprint, h.hour, h.count FROM issue_hours AS h JOIN "
        "(SELECT issue_id, project_id, min(fingerprint) AS fingerprint FROM fingerprints GROUP BY issue_id, project_id) AS f "
        "ON f.issue_id = h.issue_id"
    )
    op.drop_index("issue_hours_by_hour", "issue_hours")
    op.drop_table("issue_hours")


def downgrade() -> None:
    op.create_table(
        "issue_hours",
        sa.Column("issue_id", ID, sa.ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hour", ID, autoincrement=False, nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "hour"),
    )
    op.create_index("issue_hours_by_hour", "issue_hours", ["hour"])
    op.execute(
        "INSERT INTO issue_hours (issue_id, hour, count) SELECT f.issue_id, h.hour, sum(h.count) FROM fingerprint_hours AS h "
        "JOIN fingerprints AS f ON f.project_id = h.project_id AND f.fingerprint = h.fingerprint GROUP BY f.issue_id, h.hour"
    )
    op.drop_index("fingerprint_hours_by_hour", "fingerprint_hours")
    op.drop_table("fingerprint_hours")
