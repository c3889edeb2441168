"""What happens beside the requests: order mails, the suppliers' stock lists, tidying up."""

import csv
import io
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shop import database

SUPPLIERS = Path(__file__).parent / "suppliers"
PAUSE_SECONDS = 6
STOCK = 40
log = logging.getLogger(__name__)


def run(stop):
    """Every job in turn; one that fails is logged, and tried again in the next round."""
    while not stop.wait(PAUSE_SECONDS):
        for job in (mail_orders, import_stock, tidy):
            try:
                with database.session() as db:
                    job(db)
            except Exception:
                log.exception("job %s failed", job.__name__)


def mail_orders(db):
    """Confirm new orders."""
    rows = db.execute(
        "SELECT orders.id, total, name FROM orders JOIN customers ON customers.id = customer_id WHERE NOT mailed LIMIT 20"
    ).fetchall()
    for row in rows:
        subject(row)
        db.execute("UPDATE orders SET mailed = 1 WHERE id = ?", (row["id"],))
    log.info("%d order mails written", len(rows))


def subject(row):
    return f"Thank you {row['name'].split()[0]}: order {row['id']:06d} over {row['total']:.2f}"


def import_stock(db):
    """Read the next supplier's list; each has a turn."""
    lists = sorted(SUPPLIERS.glob("*.csv"))
    chosen = lists[int(time.time() / PAUSE_SECONDS) % len(lists)]
    log.info("importing %s", chosen.name)
    for line in csv.DictReader(io.StringIO(chosen.read_text(encoding="utf-8"))):
        db.execute("UPDATE products SET stock = max(stock, ?) WHERE name = ?", (int(line["stock"]), line["name"]))


def tidy(db):
    """Old orders go, and the shelves fill up again."""
    before = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    db.execute("DELETE FROM orders WHERE placed_at < ?", (before,))
    db.execute("UPDATE products SET stock = ? WHERE stock < 2", (STOCK,))
