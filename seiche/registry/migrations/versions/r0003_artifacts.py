"""Releases' commits and deploys; uploaded artifacts and what each stretch of the log could see of them.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:

    op.create_table(
        "artifact_epochs",
        sa.Column("partition", ID, autoincrement=False, nullable=False),
        sa.Column("from_offset", ID, autoincrement=False, nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.PrimaryKeyConstraint("partition", "from_offset"),
    )
    op.create_table(
        "artifact_sequence",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("value", ID, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "artifact_bundles",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("identity", sa.String(length=40), nullable=False),
        sa.Column("checksum", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("release", sa.String(length=250), nullable=False),
        sa.Column("dist", sa.String(length=64), nullable=False),
        sa.Column("files", ID, nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "identity"),
        sa.UniqueConstraint("sequence"),
    )
    op.create_table(
        "artifact_chunks",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("sha1", sa.String(length=40), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("stored_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "sha1"),
    )
    op.create_index(op.f("ix_artifact_chunks_stored_at_us"), "artifact_chunks", ["stored_at_us"], unique=False)
    op.create_table(
        "deploys",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("version", sa.String(length=250), nullable=False),
        sa.Column("environment", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("project_ids", sa.JSON(), nullable=False),
        sa.Column("started_at_us", ID, nullable=True),
        sa.Column("finished_at_us", ID, nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deploys_by_release", "deploys", ["organization_id", "version"], unique=False)
    op.create_table(
        "release_commits",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("version", sa.String(length=250), nullable=False),
        sa.Column("position", ID, autoincrement=False, nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("repository", sa.String(length=250), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("author_name", sa.String(length=128), nullable=False),
        sa.Column("author_email", sa.String(length=254), nullable=False),
        sa.Column("committed_at_us", ID, nullable=True),
        sa.Column("patch_set", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "version", "position"),
    )
    op.create_table(
        "release_infos",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("version", sa.String(length=250), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("ref", sa.String(length=250), nullable=False),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("created_at_us", ID, nullable=False),
        sa.Column("started_at_us", ID, nullable=True),
        sa.Column("released_at_us", ID, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "version"),
    )
    op.create_table(
        "artifact_files",
        sa.Column("id", ID, nullable=False),
        sa.Column("bundle_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("debug_id", sa.String(length=36), nullable=False),
        sa.Column("release", sa.String(length=250), nullable=False),
        sa.Column("dist", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=1024), nullable=False),
        sa.Column("source_map", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=160), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["artifact_bundles.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("artifact_files_by_debug_id", "artifact_files", ["project_id", "debug_id"], unique=False)
    op.create_index("artifact_files_by_url", "artifact_files", ["project_id", "release", "url"], unique=False)
    op.create_index(op.f("ix_artifact_files_bundle_id"), "artifact_files", ["bundle_id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_artifact_files_bundle_id"), table_name="artifact_files")
    op.drop_index("artifact_files_by_url", table_name="artifact_files")
    op.drop_index("artifact_files_by_debug_id", table_name="artifact_files")
    op.drop_table("artifact_files")
    op.drop_table("release_infos")
    op.drop_table("release_commits")
    op.drop_index("deploys_by_release", table_name="deploys")
    op.drop_table("deploys")
    op.drop_index(op.f("ix_artifact_chunks_stored_at_us"), table_name="artifact_chunks")
    op.drop_table("artifact_chunks")
    op.drop_table("artifact_bundles")
    op.drop_table("artifact_sequence")
    op.drop_table("artifact_epochs")
