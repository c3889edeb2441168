"""What fingerprints have seen, what people did to the map, regroups; redirects of issues; pins; from where history is grouped anew.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEEN = ("first_seen_us", "last_seen_us", "first_partition", "first_offset", "first_event_id", "last_partition", "last_offset")
COPIED = ("type", "value", "title", "culprit", "platform", "level", "count", *SEEN, "last_event_id", "first_release", "last_release")


def upgrade() -> None:
    op.add_column("projects", sa.Column("grouping_floor", ID, nullable=False, server_default="0"))
    op.add_column("issues", sa.Column("merged_into", ID, nullable=True))
    op.add_column("fingerprints", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "fingerprint_totals",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=256), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("culprit", sa.String(length=256), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
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
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "fingerprint"),
    )
    op.create_table(
        "fingerprint_facets",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("facet", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=250), nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.Column("first_seen_us", ID, nullable=False),
        sa.Column("last_seen_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "fingerprint", "facet", "value"),
    )
    op.create_table(
        "grouping_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at_us", ID, nullable=False),
        sa.Column("undone_at_us", ID, nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("grouping_changes_by_project", "grouping_changes", ["project_id", "id"])
    op.create_table(
        "moved_events",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("change_id", ID, nullable=False),
        sa.Column("received_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "event_id"),
    )
    op.create_table(
        "regroups",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("config_version", ID, nullable=False),
        sa.Column("since_us", ID, nullable=True),
        sa.Column("until_us", ID, nullable=True),
        sa.Column("done", ID, nullable=False),
        sa.Column("total", ID, nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.Column("updated_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("regroups_by_project", "regroups", ["project_id", "id"])
    _fill()


def _fill() -> None:
    """So far an issue has had one fingerprint: what it has seen is what its fingerprint has seen."""
    columns = ", ".join(f"i.{name}" for name in COPIED)
    names = ", ".join(COPIED)
    first = "SELECT issue_id, min(fingerprint) AS fingerprint FROM fingerprints WHERE rule <> 'came with it' GROUP BY issue_id"
    op.execute(
        f"INSERT INTO fingerprint_totals (project_id, fingerprint, {names}) "
        f"SELECT i.project_id, f.fingerprint, {columns} FROM issues AS i JOIN ({first}) AS f ON f.issue_id = i.id"
    )
    op.execute(
        "INSERT INTO fingerprint_facets (project_id, fingerprint, facet, value, count, first_seen_us, last_seen_us) "
        "SELECT i.project_id, f.fingerprint, s.facet, s.value, s.count, s.first_seen_us, s.last_seen_us FROM issue_facets AS s "
        f"JOIN issues AS i ON i.id = s.issue_id JOIN ({first}) AS f ON f.issue_id = i.id"
    )


def downgrade() -> None:
    op.drop_index("regroups_by_project", "regroups")
    op.drop_table("regroups")
    op.drop_table("moved_events")
    op.drop_index("grouping_changes_by_project", "grouping_changes")
    op.drop_table("grouping_changes")
    op.drop_table("fingerprint_facets")
    op.drop_table("fingerprint_totals")
    for table, column in (("fingerprints", "pinned"), ("issues", "merged_into"), ("projects", "grouping_floor")):
        op.drop_column(table, column)
