"""The spine's tables.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consumer_offsets",
        sa.Column("consumer", sa.String(length=32), nullable=False),
        sa.Column("partition", ID, autoincrement=False, nullable=False),
        sa.Column("offset", ID, nullable=False),
        sa.Column("updated_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "partition"),
    )
    op.create_table(
        "duplicates",
        sa.Column("partition", ID, autoincrement=False, nullable=False),
        sa.Column("offset", ID, autoincrement=False, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("received_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset"),
    )
    op.create_table(
        "organizations",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "outcome_counts",
        sa.Column("project_id", ID, autoincrement=False, nullable=False),
        sa.Column("minute", ID, autoincrement=False, nullable=False),
        sa.Column("public_key", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("quantity", ID, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "minute", "public_key", "category", "outcome", "reason"),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "memberships",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "user_id"),
    )
    op.create_table(
        "projects",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("config_version", ID, nullable=False),
        sa.Column("next_issue_number", ID, nullable=False),
        sa.Column("map_version", ID, nullable=False),
        sa.Column("first_event_at_us", ID, nullable=True),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.Column("expires_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "alert_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_alert_rules_project_id"), "alert_rules", ["project_id"], unique=False)
    op.create_table(
        "issues",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("type", sa.String(length=256), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("culprit", sa.String(length=256), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("substatus", sa.String(length=16), nullable=False),
        sa.Column("status_changed_at_us", ID, nullable=False),
        sa.Column("resolved_at_us", ID, nullable=True),
        sa.Column("count", ID, nullable=False),
        sa.Column("first_seen_us", ID, nullable=False),
        sa.Column("last_seen_us", ID, nullable=False),
        sa.Column("first_partition", ID, nullable=False),
        sa.Column("first_offset", ID, nullable=False),
        sa.Column("first_event_id", sa.String(length=32), nullable=False),
        sa.Column("last_partition", ID, nullable=False),
        sa.Column("last_offset", ID, nullable=False),
        sa.Column("last_event_id", sa.String(length=32), nullable=False),
        sa.Column("first_release", sa.String(length=250), nullable=False),
        sa.Column("last_release", sa.String(length=250), nullable=False),
        sa.Column("resolved_release", sa.String(length=250), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "number"),
    )
    op.create_index("issues_by_last_seen", "issues", ["project_id", "status", "last_seen_us", "id"], unique=False)
    op.create_index("issues_by_project_last_seen", "issues", ["project_id", "last_seen_us", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=512), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("next_attempt_at_us", ID, nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.Column("sent_at_us", ID, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("outbox_by_rule", "outbox", ["rule_id", "issue_id", "created_at_us"], unique=False)
    op.create_index("outbox_due", "outbox", ["state", "next_attempt_at_us"], unique=False)
    op.create_table(
        "project_configs",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("version", ID, autoincrement=False, nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "version"),
    )
    op.create_table(
        "project_keys",
        sa.Column("public_key", sa.String(length=32), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("public_key"),
    )
    op.create_index(op.f("ix_project_keys_project_id"), "project_keys", ["project_id"], unique=False)
    op.create_table(
        "releases",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("version", sa.String(length=250), nullable=False),
        sa.Column("first_seen_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "version"),
    )
    op.create_table(
        "activity",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("activity_by_project", "activity", ["project_id", "id"], unique=False)
    op.create_index(op.f("ix_activity_issue_id"), "activity", ["issue_id"], unique=False)
    op.create_table(
        "fingerprints",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("components", sa.JSON(), nullable=False),
        sa.Column("map_version", ID, nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "fingerprint"),
    )
    op.create_index(op.f("ix_fingerprints_issue_id"), "fingerprints", ["issue_id"], unique=False)
    op.create_table(
        "issue_facets",
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("facet", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=250), nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.Column("first_seen_us", ID, nullable=False),
        sa.Column("last_seen_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", "facet", "value"),
    )


def downgrade() -> None:
    raise NotImplementedError("the first revision has nothing before it: delete the registry instead")
