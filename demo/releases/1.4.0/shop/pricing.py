"""What an order costs."""

import logging

TAX_PERCENT = {"DE": 19, "FR": 20, "NL": 21, "SE": 25, "IT": 22}
log = logging.getLogger(__name__)


def total(db, products, customer, code):
    """Gross total of [(product, quantity)] after the coupon."""
    net = sum(product["price"] * quantity for product, quantity in products)
    if code:
        net -= net * discount_percent(db, code) / 100
    gross = net * (1 + tax_percent(customer["country"]) / 100)
    log.info("net %.2f, gross %.2f for %s", net, gross, customer["country"])
    return round(gross, 2)


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
