"""The cart."""

import logging

log = logging.getLogger(__name__)


def lines(db, customer_id):
    return db.execute("SELECT product_id, quantity FROM cart_lines WHERE customer_id = ?", (customer_id,)).fetchall()


def show(db, customer_id):
    """Every line with name and price."""
    shown = []
    for line in lines(db, customer_id):
        product = on_sale(db, line["product_id"])
        shown.append({"name": product["name"], "price": product["price"], "quantity": line["quantity"]})
    return {"lines": shown, "total": round(sum(line["price"] * line["quantity"] for line in shown), 2)}


def add(db, customer_id, product_id, quantity):
    """More of a product."""
    held = db.execute("SELECT quantity FROM cart_lines WHERE customer_id = ? AND product_id = ?", (customer_id, product_id)).fetchone()
    wanted = quantity + (held["quantity"] if held else 0)
    log.info("customer %s wants %s of product %s", customer_id, wanted, product_id)
    db.execute("INSERT OR REPLACE INTO cart_lines VALUES (?, ?, ?)", (customer_id, product_id, wanted))
    return {"product_id": product_id, "quantity": wanted}


def on_sale(db, product_id):
    return db.execute("SELECT * FROM products WHERE id = ? AND NOT withdrawn", (product_id,)).fetchone()


def empty(db, customer_id):
    db.execute("DELETE FROM cart_lines WHERE customer_id = ?", (customer_id,))
