"""What the shopkeeper looks at in the morning."""

import logging
import statistics

log = logging.getLogger(__name__)


def make(db, name, day):
    """One of the reports."""
    log.info("report %s for %s", name, day or "ever")
    return REPORTS[name](db, day)


def sales(db, day):
    """Total and median of a day's orders."""
    totals = [row["total"] for row in db.execute("SELECT total FROM orders WHERE placed_at LIKE ?", (f"{day or ''}%",))]
    return {"orders": len(totals), "total": round(sum(totals), 2), "median": statistics.median(totals)}


def best_customer(db, day):
    """Who bought for most."""
    rows = db.execute(
        "SELECT customer_id, sum(total) AS spent FROM orders WHERE placed_at LIKE ? GROUP BY customer_id", (f"{day or ''}%",)
    ).fetchall()
    best = max(rows, key=lambda row: row["spent"])
    return {"customer_id": best["customer_id"], "spent": best["spent"]}


REPORTS = {"sales": sales, "best-customer": best_customer}
