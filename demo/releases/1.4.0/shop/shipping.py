"""How and when an order travels."""

import logging
from datetime import UTC, datetime

WEIGHT_LIMIT = 30
log = logging.getLogger(__name__)


def delivery_day(text):
    """The day a customer asked for."""
    return datetime.strptime(text, "%Y-%m-%d").date()


def carrier(products, country):
    """Who carries it."""
    pieces = sum(quantity for _, quantity in products)
    if pieces <= 5:
        name = "post"
    elif pieces <= WEIGHT_LIMIT and country in ("DE", "NL"):
        name = "parcel"
    elif pieces <= WEIGHT_LIMIT:
        name = "express"
    return name


def track(db, order_id):
    """Where an order is."""
    order = db.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    if order is None:
        return {"order_id": order_id, "state": "unknown"}
    age = datetime.now(UTC) - datetime.fromisoformat(order["placed_at"])
    return {"order_id": order_id, "carrier": order["carrier"], "state": "on its way" if age.total_seconds() > 60 else "packing"}
