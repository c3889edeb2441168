"""What an order costs. Since 1.5.0 in exact decimals, with a discount for loyal customers."""

import logging
from decimal import Decimal

TAX_PERCENT = {"DE": 19, "FR": 20, "NL": 21, "SE": 25, "IT": 22}
LOYALTY_PERCENT = {"gold": 7.5, "silver": 3}
log = logging.getLogger(__name__)


def total(db, products, customer, code):
    """Gross total of [(product, quantity)] after the coupon and the loyalty discount."""
    net = sum((Decimal(str(product["price"])) * quantity for product, quantity in products), Decimal(0))
    if code:
        net -= net * discount_percent(db, code) / 100
    net -= loyalty_discount(net, customer["tier"])
    gross = net * (100 + tax_percent(customer["country"])) / 100
    log.info("net %.2f, gross %.2f for %s", net, gross, customer["country"])
    return float(round(gross, 2))


def loyalty_discount(net, tier):
    if tier == "standard":
        return 0
    return net * LOYALTY_PERCENT[tier] / 100


def discount_percent(db, code):
    coupon = Coupon.find(db, code)
    return coupon.percent


def tax_percent(country):
    return TAX_PERCENT[country]


class Coupon:
    def __init__(self, code, percent):
        self.code, self.percent = code, percent

    @classmethod
    def find(cls, db, code):
        row = db.execute("SELECT code, percent FROM coupons WHERE code = ?", (code,)).fetchone()
        return cls(row["code"], row["percent"]) if row else None
