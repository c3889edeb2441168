"""The issue list's other orders and its rare filters, each by an index: with a million issues a page was a look at all of them.

Revision ID: 0011
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = {
    "issues_by_project_first_seen": ["first_seen_us"],
    "issues_by_project_count": ["count"],
    "issues_by_project_level": ["level", "last_seen_us"],
    "issues_by_project_priority": ["priority", "last_seen_us"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "issues", ["project_id", *columns, "id"])


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "issues")
