"""What else a customer might like; related products come from a service of their own, which happens to be us."""

import logging
import os
import random

import httpx

PARALLEL = 3
TIMEOUT_SECONDS = 2
log = logging.getLogger(__name__)


def for_customer(db, customer_id):
    """Products related to the last ones bought."""
    last = db.execute("SELECT product_id FROM cart_lines WHERE customer_id = ? ORDER BY product_id DESC", (customer_id,)).fetchone()
    product_id = last["product_id"] if last else 1
    answer = httpx.get(f"http://127.0.0.1:{os.environ['SHOP_PORT']}/internal/related/{product_id}", timeout=TIMEOUT_SECONDS)
    return {"recommended": [item["name"] for item in answer.json()["related"]]}


def related(db, product_id):
    """Products of the same category."""
    rows = db.execute(
        "SELECT name FROM products WHERE category_id = (SELECT category_id FROM products WHERE id = ?) LIMIT 5", (product_id,)
    ).fetchall()
    return {"related": [dict(row) for row in rows]}


def overloaded():
    """A busy moment, as any service has."""
    return random.random() < 0.15
