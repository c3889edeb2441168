"""What the shopkeeper changes."""

import logging

log = logging.getLogger(__name__)


def change_product(db, product_id, withdrawn):
    """Take a product out of the shop, or bring it back."""
    db.execute("UPDATE products SET withdrawn = ? WHERE id = ?", (int(withdrawn), product_id))
    log.info("product %s is %s", product_id, "withdrawn" if withdrawn else "back")
    return {"id": product_id, "withdrawn": withdrawn}


def move_category(db, category_id, parent_id):
    """Put a category under another one."""
    db.execute("UPDATE categories SET parent_id = ? WHERE id = ?", (parent_id, category_id))
    log.info("category %s is under %s", category_id, parent_id)
    return {"id": category_id, "parent_id": parent_id}
