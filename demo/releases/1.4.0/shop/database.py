"""One SQLite file; a connection per request."""

import os
import random
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY, category_id INTEGER NOT NULL REFERENCES categories, name TEXT NOT NULL, price REAL NOT NULL,
    stock INTEGER NOT NULL CHECK (stock >= 0), withdrawn INTEGER NOT NULL DEFAULT 0, offer_ends TEXT);
CREATE TABLE IF NOT EXISTS ratings (product_id INTEGER NOT NULL REFERENCES products, stars INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS customers (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, country TEXT NOT NULL, session TEXT NOT NULL, birthday TEXT,
    tier TEXT NOT NULL DEFAULT 'standard');
CREATE TABLE IF NOT EXISTS cart_lines (
    customer_id INTEGER NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (customer_id, product_id));
CREATE TABLE IF NOT EXISTS coupons (code TEXT PRIMARY KEY, percent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, total REAL NOT NULL, country TEXT NOT NULL, carrier TEXT, placed_at TEXT NOT NULL,
    mailed INTEGER NOT NULL DEFAULT 0);
"""
CATEGORIES = [(1, None, "Boats"), (2, 1, "Dinghies"), (3, 1, "Rigging"), (4, None, "Clothing"), (5, 4, "Oilskins"), (6, 4, "Boots")]
NOUNS = ("Anchor", "Bilge pump", "Cleat", "Compass", "Fender", "Flare", "Halyard", "Jib", "Life jacket", "Oar", "Shackle", "Winch")
KINDS = ("small", "large", "racing", "classic", "spare")
COUPONS = [("SPRING10", 10), ("SAILOR5", 5)]


@contextmanager
def session():
    """A connection that commits at the end and rolls back on an error."""
    db = sqlite3.connect(Path(os.environ["SHOP_DATA"]) / "shop.sqlite", timeout=5, check_same_thread=False)
    db.row_factory = sqlite3.Row
    try:
        with db:
            yield db
    finally:
        db.close()


def prepare():
    """Make the tables and the first assortment."""
    with session() as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(SCHEMA)
        if db.execute("SELECT count(*) FROM products").fetchone()[0]:
            return
        dice = random.Random(7)
        db.executemany("INSERT INTO categories VALUES (?, ?, ?)", CATEGORIES)
        db.executemany("INSERT INTO coupons VALUES (?, ?)", COUPONS)
        for number, (noun, kind) in enumerate(((noun, kind) for noun in NOUNS for kind in KINDS), start=1):
            ends = datetime.now(UTC) + timedelta(days=dice.randint(1, 30)) if number % 9 == 0 else None
            db.execute(
                "INSERT INTO products VALUES (?, ?, ?, ?, ?, 0, ?)",
                (
                    number,
                    dice.randint(1, 6),
                    f"{noun}, {kind}",
                    round(dice.uniform(3, 300), 2),
                    dice.randint(2, 40),
                    ends and ends.isoformat(),
                ),
            )
            if number % 7:
                db.executemany("INSERT INTO ratings VALUES (?, ?)", [(number, dice.randint(1, 5)) for _ in range(dice.randint(1, 9))])
