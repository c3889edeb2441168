"""Customers."""

import logging
import secrets
from datetime import date

log = logging.getLogger(__name__)


def register(db, email, name, country):
    """A new customer, signed in."""
    session = secrets.token_hex(8)
    made = db.execute("INSERT INTO customers (email, name, country, session) VALUES (?, ?, ?, ?)", (email, name, country, session))
    log.info("customer %s registered from %s", made.lastrowid, country)
    return {"id": made.lastrowid, "session": session}


def by_session(db, session):
    return db.execute("SELECT * FROM customers WHERE session = ?", (session,)).fetchone()


def set_birthday(db, customer_id, text):
    """For the voucher that we send then."""
    year, month, day = (int(part) for part in text.split("-"))
    db.execute("UPDATE customers SET birthday = ? WHERE id = ?", (date(year, month, day).isoformat(), customer_id))
    return {"birthday": text}
