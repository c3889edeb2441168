"""The people who shop in the demo: a few hundred customers and one shopkeeper, at a bounded rate, for as long as it runs."""

import argparse
import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx

FIRST = ("Ada", "Björn", "Chiara", "Dmitri", "Elif", "Fatou", "Greta", "Hugo", "Ines", "Jonas", "Kaija", "Luc", "Mira", "Noor", "Otto")
LAST = ("Andersen", "Bianchi", "Costa", "Dubois", "Eriksson", "Fischer", "Garcia", "Hansen", "Ivanova", "Jansen", "Kowalski", "Lindqvist")
COUNTRIES = ("DE", "DE", "DE", "FR", "FR", "NL", "SE", "IT", "CH", "NO")
WORDS = ("anchor", "jib", "life jacket", "compass", "winch (racing", "boots", "oar", "fender large", "flare*", "[sale] oilskins")
PRODUCTS = 60
WEIGHTS = (0.6, 0.4)
MOST_CUSTOMERS = 300


@dataclass
class Customer:
    """Somebody with an account in one of the shops."""

    shop: httpx.AsyncClient
    email: str
    name: str
    session: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Session": self.session}


class Crowd:
    """Everybody. Each visit is a handful of requests; whoever gets an error page shrugs and goes on."""

    def __init__(self, shops: list[httpx.AsyncClient], rate: float, seed: int) -> None:
        self._shops, self._dice = shops, random.Random(seed)
        self._pause_seconds, self._next = 1 / rate, time.monotonic()
        self._customers: list[Customer] = []
        self._numbers = itertools.count(int(time.time()))

    async def live(self) -> None:
        """Visits without end; the deck makes sure that each kind has its turn."""
        visits: list[Callable[[], Awaitable[object]]] = [
            *[self.browse] * 4,
            *[self.search] * 3,
            *[self.fill_cart] * 4,
            *[self.buy] * 5,
            *[self.register] * 3,
            *[self.look_around] * 2,
            self.buy_the_last_ones,
            self.keep_shop,
            self.read_reports,
        ]
        while True:
            self._dice.shuffle(visits)
            for visit in visits:
                try:
                    await visit()
                except httpx.HTTPError:
                    await asyncio.sleep(1)  # the shop is being restarted

    async def ask(self, shop: httpx.AsyncClient, method: str, path: str, **more: object) -> httpx.Response:
        """One request, not before its time."""
        self._next = max(self._next + self._pause_seconds, time.monotonic())
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))
        return await shop.request(method, path, **more)  # type: ignore[arg-type]

    def shop(self) -> httpx.AsyncClient:
        return self._dice.choices(self._shops, WEIGHTS[: len(self._shops)])[0]

    async def customer(self) -> Customer:
        while not self._customers:
            await self.register()
        return self._dice.choice(self._customers)

    async def register(self) -> None:
        """A new customer; one in six has forgotten that there is an account already."""
        shop = self.shop()
        known = [customer for customer in self._customers if customer.shop is shop]
        first, last = self._dice.choice(FIRST), self._dice.choice(LAST)
        email = f"{first}.{last}.{next(self._numbers)}@example.org".lower()
        if known and self._dice.random() < 0.17:
            email = self._dice.choice(known).email
        body = {"email": email, "name": f"{first} {last}", "country": self._dice.choice(COUNTRIES)}
        answer = await self.ask(shop, "POST", "/accounts", json=body)
        if answer.is_success:
            self._customers.append(Customer(shop, email, body["name"], answer.json()["session"]))
            del self._customers[:-MOST_CUSTOMERS]

    async def browse(self) -> None:
        shop = self.shop()
        await self.ask(shop, "GET", "/products", params={"page": self._dice.choice((1, 1, 2, 3, 4, 5, 6))})
        await self.ask(shop, "GET", f"/products/{self._dice.randint(1, PRODUCTS)}")
        await self.ask(shop, "GET", f"/categories/{self._dice.randint(1, 6)}/path")

    async def search(self) -> None:
        await self.ask(self.shop(), "GET", "/search", params={"q": self._dice.choice(WORDS)})

    async def fill_cart(self) -> None:
        """The old app of some customers sends quantities as text."""
        me = await self.customer()
        quantity: object = self._dice.randint(1, 3)
        if self._dice.random() < 0.15:
            quantity = str(quantity)
        body = {"product_id": self._dice.randint(1, PRODUCTS), "quantity": quantity}
        await self.ask(me.shop, "POST", "/cart", json=body, headers=me.headers)
        await self.ask(me.shop, "GET", "/cart", headers=me.headers)

    async def buy(self) -> None:
        me = await self.customer()
        for _ in range(self._dice.randint(1, 3)):
            quantity = self._dice.choice((1, 1, 2, 3, 12, 45))
            body = {"product_id": self._dice.randint(1, PRODUCTS), "quantity": quantity}
            await self.ask(me.shop, "POST", "/cart", json=body, headers=me.headers)
        day = date.today() + timedelta(days=self._dice.randint(2, 20))  # noqa: DTZ011 - a day in the customer's own calendar
        written = self._dice.choice((day.isoformat(), day.isoformat(), day.strftime("%d/%m/%Y"), None))
        order = {"coupon": self._dice.choice((None, None, "SPRING10", "SAILOR5", "BLACKFRIDAY")), "delivery_date": written}
        answer = await self.ask(me.shop, "POST", "/checkout", json=order, headers=me.headers)
        if answer.is_success and answer.json()["order_id"]:
            await self.ask(me.shop, "GET", f"/shipping/{answer.json()['order_id']}", headers=me.headers)

    async def buy_the_last_ones(self) -> None:
        """Some customers want the same thing at the same moment."""
        first = await self.customer()
        crowd = [customer for customer in self._customers if customer.shop is first.shop][-6:]
        body = {"product_id": self._dice.randint(1, PRODUCTS), "quantity": 5}
        for me in crowd:
            await self.ask(me.shop, "POST", "/cart", json=body, headers=me.headers)
        self._next += len(crowd) * self._pause_seconds
        await asyncio.gather(*(me.shop.post("/checkout", json={}, headers=me.headers) for me in crowd))

    async def look_around(self) -> None:
        """Recommendations, and the birthday voucher."""
        me = await self.customer()
        await self.ask(me.shop, "GET", "/recommendations", headers=me.headers)
        birthday = self._dice.choice(("1984-05-17", "1991-2-29", "2001-11-03", "17.5.1984"))
        await self.ask(me.shop, "PUT", "/accounts/birthday", json={"birthday": birthday}, headers=me.headers)

    async def keep_shop(self) -> None:
        """The shopkeeper takes a product out, sells on, brings it back; and cannot decide where rigging belongs."""
        shop, product = self.shop(), self._dice.randint(1, PRODUCTS)
        await self.ask(shop, "PUT", f"/admin/products/{product}", json={"withdrawn": True})
        await self.ask(shop, "PUT", "/admin/categories/2", json={"parent_id": 3})
        if self._dice.random() < 0.5:
            await self.ask(shop, "PUT", "/admin/categories/3", json={"parent_id": 2})
            await self.ask(shop, "GET", "/categories/3/path")
        await self.fill_cart()
        await self.ask(shop, "PUT", "/admin/categories/2", json={"parent_id": 1})
        await self.ask(shop, "PUT", "/admin/categories/3", json={"parent_id": 1})
        await self.ask(shop, "PUT", f"/admin/products/{max(1, product - 2)}", json={"withdrawn": False})

    async def read_reports(self) -> None:
        """In the morning there are no orders of today yet."""
        today = datetime.now(UTC).date()
        day = self._dice.choice((today, today - timedelta(days=1))).isoformat()
        await self.ask(
            self.shop(), "GET", f"/admin/reports/{self._dice.choice(('sales', 'best-customer', 'returns'))}", params={"day": day}
        )


async def main(urls: list[str], rate: float, seed: int) -> None:
    """Until the process is stopped."""
    shops = [httpx.AsyncClient(base_url=url, timeout=10) for url in urls]
    await Crowd(shops, rate, seed).live()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=5.0, help="requests a second, all shops together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("urls", nargs="+")
    asked = parser.parse_args()
    asyncio.run(main(asked.urls, asked.rate, asked.seed))
