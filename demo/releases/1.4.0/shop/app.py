"""Routes. Handlers are plain functions: the framework runs them in threads, and whatever they raise becomes a 500."""

import threading
from contextlib import asynccontextmanager
from typing import Annotated, Any

import sentry_sdk
from fastapi import Body, Depends, FastAPI, Header, HTTPException
from fastapi.responses import PlainTextResponse

from shop import accounts, admin, cart, catalogue, checkout, database, recommendations, reports, search, shipping, worker

Payload = Annotated[dict[str, Any], Body()]


@asynccontextmanager
async def lifespan(_app):
    database.prepare()
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), name="worker", daemon=True)
    thread.start()
    yield
    stop.set()


app = FastAPI(title="shop", lifespan=lifespan)


def connection():
    with database.session() as db:
        yield db


Db = Annotated[Any, Depends(connection)]


def customer(db: Db, x_session: Annotated[str, Header()] = ""):
    found = accounts.by_session(db, x_session)
    if found is None:
        raise HTTPException(401, "sign in first")
    sentry_sdk.set_user({"id": str(found["id"]), "email": found["email"], "username": found["name"]})
    sentry_sdk.set_tag("country", found["country"])
    return found


Customer = Annotated[Any, Depends(customer)]


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/accounts")
def register(db: Db, body: Payload):
    return accounts.register(db, body["email"], body["name"], body["country"])


@app.put("/accounts/birthday")
def birthday(db: Db, me: Customer, body: Payload):
    return accounts.set_birthday(db, me["id"], body["birthday"])


@app.get("/products")
def products(db: Db, page: int = 1):
    return catalogue.page(db, page)


@app.get("/products/{product_id}")
def product(db: Db, product_id: int):
    return catalogue.detail(db, product_id)


@app.get("/categories/{category_id}/path")
def category_path(db: Db, category_id: int):
    return {"path": catalogue.path(db, category_id)}


@app.get("/search")
def find(db: Db, q: str):
    return search.products(db, q)


@app.get("/cart")
def show_cart(db: Db, me: Customer):
    return cart.show(db, me["id"])


@app.post("/cart")
def add_to_cart(db: Db, me: Customer, body: Payload):
    return cart.add(db, me["id"], body["product_id"], body["quantity"])


@app.post("/checkout")
def buy(db: Db, me: Customer, body: Payload):
    return checkout.buy(db, me, body.get("coupon"), body.get("delivery_date"))


@app.get("/shipping/{order_id}")
def track(db: Db, me: Customer, order_id: int):
    return shipping.track(db, order_id)


@app.get("/recommendations")
def recommended(db: Db, me: Customer):
    return recommendations.for_customer(db, me["id"])


@app.get("/internal/related/{product_id}")
def related(db: Db, product_id: int):
    if recommendations.overloaded():
        return PlainTextResponse("<html><body>Service busy, try again</body></html>")
    return recommendations.related(db, product_id)


@app.put("/admin/products/{product_id}")
def change_product(db: Db, product_id: int, body: Payload):
    return admin.change_product(db, product_id, body["withdrawn"])


@app.put("/admin/categories/{category_id}")
def move_category(db: Db, category_id: int, body: Payload):
    return admin.move_category(db, category_id, body["parent_id"])


@app.get("/admin/reports/{name}")
def report(db: Db, name: str, day: str | None = None):
    return reports.make(db, name, day)
