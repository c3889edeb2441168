"""The life of an issue: how it was resolved or ignored, priority, assignee; teams, ownership rules, counters, events by the hour.

Revision ID: 0008
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def columns() -> list[sa.Column[Any]]:
    """Made anew each time: a column belongs to one table."""
    return [
        sa.Column("resolved_in", sa.String(16), nullable=False, server_default=""),
        sa.Column("resolved_commit", sa.String(64), nullable=False, server_default=""),
        sa.Column("ignoring", sa.JSON(), nullable=True),
        sa.Column("ignored_until_us", ID, nullable=True),
        sa.Column("unhandled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("priority", sa.String(8), nullable=False, server_default="medium"),
        sa.Column("priority_reason", sa.String(250), nullable=False, server_default=""),
        sa.Column("priority_by", sa.String(254), nullable=False, server_default=""),
        sa.Column("assignee_user_id", ID, nullable=True),
        sa.Column("assignee_team_id", ID, nullable=True),
    ]


def upgrade() -> None:
    # Added one by one: rebuilding `issues`, as batch mode does on SQLite, would drop it, and all that cascades from it.
    for column in columns():
        op.add_column("issues", column)
    op.create_index("issues_by_ignored_until", "issues", ["ignored_until_us"])
    issues = sa.table("issues", *(sa.column(name) for name in ("status", "resolved_in", "level", "priority")))
    op.execute(issues.update().where(issues.c.status == "resolved").values(resolved_in="now"))
    op.execute(issues.update().where(issues.c.level == "fatal").values(priority="high"))
    op.execute(issues.update().where(issues.c.level.not_in(["fatal", "error"])).values(priority="low"))
    op.create_table(
        "teams",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, sa.ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "slug"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", ID, sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "user_id"),
    )
    op.create_table(
        "ownership",
        sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("auto_assign", sa.Boolean(), nullable=False),
        sa.Column("updated_by", sa.String(254), nullable=False),
        sa.Column("updated_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_table(
        "issue_counters",
        sa.Column("issue_id", ID, sa.ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("terms", sa.String(64), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "subject"),
    )
    op.create_index("issue_counters_by_age", "issue_counters", ["updated_at_us"])
    op.create_table(
        "issue_hours",
        sa.Column("issue_id", ID, sa.ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hour", ID, autoincrement=False, nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "hour"),
    )
    op.create_index("issue_hours_by_hour", "issue_hours", ["hour"])


def downgrade() -> None:
    for table in ("issue_hours", "issue_counters", "ownership", "team_members", "teams"):
        op.drop_table(table)
    op.drop_index("issues_by_ignored_until", "issues")
    for column in reversed(columns()):
        op.drop_column("issues", column.name)
