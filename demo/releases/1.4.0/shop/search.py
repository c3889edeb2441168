"""Searching products."""

import logging
import re
from datetime import datetime

log = logging.getLogger(__name__)


def products(db, text):
    """Names that match, offers first."""
    log.info("searching %r", text)
    pattern = re.compile(text, re.IGNORECASE)
    found = [row for row in db.execute("SELECT * FROM products WHERE NOT withdrawn") if pattern.search(row["name"])]
    found.sort(key=lambda row: not running_offer(row))
    return [{"id": row["id"], "name": row["name"], "offer": running_offer(row)} for row in found]


def running_offer(row):
    return row["offer_ends"] is not None and datetime.fromisoformat(row["offer_ends"]) > datetime.now()
