"""Members of the near-duplicate index, and why a fingerprint belongs to its issue.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("fingerprints") as table:
        table.add_column(sa.Column("evidence", sa.JSON(), nullable=False, server_default="{}"))
        table.alter_column("rule", existing_type=sa.String(length=32), type_=sa.String(length=64), existing_nullable=False)
    op.create_table(
        "near_members",
        sa.Column("project_id", ID, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["project_id", "fingerprint"], ["fingerprints.project_id", "fingerprints.fingerprint"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "fingerprint"),
    )
    op.create_index("near_members_in_order", "near_members", ["project_id", "position"])


def downgrade() -> None:
    op.drop_index("near_members_in_order", table_name="near_members")
    op.drop_table("near_members")
    with op.batch_alter_table("fingerprints") as table:
        table.alter_column("rule", existing_type=sa.String(length=64), type_=sa.String(length=32), existing_nullable=False)
        table.drop_column("evidence")
