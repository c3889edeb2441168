"""Products and categories."""

import logging

PAGE = 12
log = logging.getLogger(__name__)


def page(db, number):
    """A page of products, with the first one as its teaser."""
    log.info("listing page %d", number)
    rows = db.execute("SELECT * FROM products WHERE NOT withdrawn ORDER BY name LIMIT ? OFFSET ?", (PAGE, (number - 1) * PAGE)).fetchall()
    return {"teaser": rows[0]["name"], "products": [dict(row) for row in rows]}


def detail(db, product_id):
    """One product with its average rating and where it stands."""
    row = db.execute("SELECT * FROM products WHERE id = ?", (product_id,)).fetchone()
    return {**dict(row), "rating": average_rating(db, product_id), "path": path(db, row["category_id"])}


def average_rating(db, product_id):
    stars = [row["stars"] for row in db.execute("SELECT stars FROM ratings WHERE product_id = ?", (product_id,))]
    return round(sum(stars) / len(stars), 1) if stars else None


def path(db, category_id):
    """Names from the root to a category."""
    row = db.execute("SELECT parent_id, name FROM categories WHERE id = ?", (category_id,)).fetchone()
    if row["parent_id"] is None:
        return [row["name"]]
    return [*path(db, row["parent_id"]), row["name"]]
