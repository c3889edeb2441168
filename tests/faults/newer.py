"""A newer version of this program, made up: a copy of the code in which every stored shape has grown as a release may let it (ADR 0005)."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("seiche", "ingest_api", "query_api", "alerts", "lake", "assets", "orchestration", "demo")
REVISION = "9999"
MIGRATION = '''"""A column and a table more.

Revision ID: 9999
"""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issues", sa.Column("newer", sa.String(32), nullable=True))
    op.create_table("newer_things", sa.Column("id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    op.drop_table("newer_things")
    op.drop_column("issues", "newer")
'''
HOT_TIER = tuple(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS newer String DEFAULT ''" for name in ("events_hot", "events_hot_staging"))
CHANGES = {
    # A field of every log record's header, which the old consumers read.
    "seiche/model/record.py": ('    user_agent: str = ""\n', '    user_agent: str = ""\n    written_by: str = ""\n'),
    "ingest_api/pipeline.py": (
        "        event_id=event_id,\n        sent_at_us=",
        '        event_id=event_id,\n        written_by="newer",\n        sent_at_us=',
    ),
    # A column of silver.
    "lake/tables.py": (
        '        ("duplicate", pa.bool_()),\n',
        '        ("duplicate", pa.bool_()),\n        ("written_by", pa.string()),\n',
    ),
    "lake/silver_rows.py": ("    columns |= {\n", '    columns["written_by"] = ["newer"] * len(events)\n    columns |= {\n'),
    # A migration of ClickHouse.
    "seiche/backends/clickhouse_schema.py": (
        "    ),\n)\n\n\nVERSIONS",
        f"    ),\n    {HOT_TIER!r},\n)\n\n\nVERSIONS",
    ),
}
"""File -> (its text now, the newer text)."""


def newer_version(folder: Path) -> Path:
    """Write it to `folder`; programs that are started there, as `python -m`, are of that version."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (now, newer) in CHANGES.items():
        path = folder / name
        text = path.read_text()
        assert text.count(now) == 1, f"{name} has changed: say anew what a newer version of it is"
        path.write_text(text.replace(now, newer))
    versions = folder / "seiche" / "registry" / "migrations" / "versions"
    newest = max(path.name[1:5] for path in versions.glob("r[0-9]*.py"))
    (versions / f"r{REVISION}_newer.py").write_text(MIGRATION.format(newest=newest))
    (folder / "dashboard").mkdir()
    (folder / "dashboard" / "web").symlink_to(ROOT / "dashboard" / "web")
    return folder
