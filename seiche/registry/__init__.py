"""The truth about issue identity and what people decided: SQLAlchemy models, repositories, Alembic migrations."""
