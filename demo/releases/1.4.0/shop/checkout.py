"""From cart to order."""

import logging
import time
from datetime import UTC, datetime

from shop import cart, pricing, shipping

log = logging.getLogger(__name__)


def buy(db, customer, coupon, delivery_date):
    """Turn the customer's cart into an order."""
    products = [(cart.on_sale(db, line["product_id"]), line["quantity"]) for line in cart.lines(db, customer["id"])]
    if not products:
        return {"order_id": None}
    total = pricing.total(db, products, customer, coupon)
    day = shipping.delivery_day(delivery_date) if delivery_date else None
    reserve(db, products)
    order = db.execute(
        "INSERT INTO orders (customer_id, total, country, carrier, placed_at) VALUES (?, ?, ?, ?, ?)",
        (customer["id"], total, customer["country"], shipping.carrier(products, customer["country"]), datetime.now(UTC).isoformat()),
    )
    cart.empty(db, customer["id"])
    log.info("order %s of customer %s: %.2f", order.lastrowid, customer["id"], total)
    return {"order_id": order.lastrowid, "total": total, "delivery": day and day.isoformat()}


def reserve(db, products):
    """Take the goods out of stock, unless there are too few."""
    for product, quantity in products:
        if product["stock"] < quantity:
            log.warning("product %s: %s wanted, %s in stock", product["id"], quantity, product["stock"])
            continue
        confirm_with_warehouse(product)
        db.execute("UPDATE products SET stock = stock - ? WHERE id = ?", (quantity, product["id"]))


def confirm_with_warehouse(_product):
    """The warehouse answers within a moment."""
    time.sleep(0.15)
