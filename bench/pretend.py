"""Writes the source of a pretend web application, so that its exceptions have real frames, context lines and locals."""

import random
from pathlib import Path

MODULES = ("cart", "checkout", "pricing", "stock", "shipping", "accounts", "search", "billing", "reports", "mailer", "sessions", "catalog")
VERBS = ("load", "apply", "resolve", "merge", "collect", "check", "render", "reserve", "update", "select", "encode", "settle")
NOUNS = ("order", "basket", "customer", "discount", "address", "voucher", "parcel", "invoice", "profile", "listing", "refund", "quote")
FAULTS = (
    "    return settings['rates'][currency_code]",
    "    return total_cents // (quantity - quantity)",
    "    return customer_record.get('address').strip()",
    "    return line_items[quantity + 1000]",
    "    return int('12,' + currency_code)",
    "    return line_items + total_cents",
    "    return json.loads(currency_code)",
    "    return datetime.fromisoformat('2026-13-' + str(quantity))",
    "    raise PaymentDeclined(f'card of order {quantity} was declined: insufficient funds')",
    "    return bytes(range(quantity, 300))",
)
FUNCTIONS_PER_MODULE = 24
INIT = '''"""A pretend application."""

ROUTE = []


def following(step):
    """What comes next: looked up here, so that no frame's locals hold the whole route."""
    return ROUTE[step]
'''


def write_application(folder: Path, seed: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Write the modules below `folder/pretend`; answer the (module, function) pairs that pass on, and those that fail."""
    choose = random.Random(seed)
    package = folder / "pretend"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(INIT)
    passing, failing = [], []
    for number, module in enumerate(MODULES):
        text = ['"""Pretend module."""', "", "import json", "from datetime import datetime", "", "from pretend import following", "", ""]
        text += ["class PaymentDeclined(Exception):", '    """The bank said no."""', "", ""]
        for index in range(FUNCTIONS_PER_MODULE):
            name = (
                f"{VERBS[(index + number) % len(VERBS)]}_{NOUNS[(index * 5 + number) % len(NOUNS)]}{'' if index < len(VERBS) else '_again'}"
            )
            text += _passing_function(name, choose)
            passing.append((f"pretend.{module}", name))
        for index in range(len(FAULTS)):
            name = f"{NOUNS[(index + number) % len(NOUNS)]}_{('total', 'label', 'status')[index % 3]}"
            text += _failing_function(name, FAULTS[index])
            failing.append((f"pretend.{module}", name))
        (package / f"{module}.py").write_text("\n".join(text))
    return passing, failing


def _passing_function(name: str, choose: random.Random) -> list[str]:
    kind, unit = choose.choice(NOUNS), choose.choice(("cents", "grams", "seconds", "rows"))
    return [
        f"def {name}(step, {kind}_context):",
        f'    """Pretend to {name.replace("_", " ")}."""',
        f"    {kind}_key = {kind}_context['{choose.choice(('id', 'number', 'currency'))}']",
        f"    limit_{unit} = {choose.randint(10, 9000)}",
        f"    options = {{'retries': {choose.randint(1, 5)}, 'strict': {choose.choice((True, False))}, 'unit': '{unit}'}}",
        f"    if limit_{unit} > 5 and {kind}_key is not None:",
        f"        return following(step)(step + 1, {kind}_context)",
        f"    return limit_{unit}",
        "",
        "",
    ]


def _failing_function(name: str, fault: str) -> list[str]:
    return [
        f"def {name}(step, request_context):",
        f'    """Pretend to work out the {name.replace("_", " ")}."""',
        "    settings = {'rates': {'JPY': 160.2, 'CHF': 0.95}, 'round_to_cents': 5}",
        "    quantity = request_context['quantity']",
        "    currency_code = request_context['currency']",
        "    total_cents = quantity * 1999",
        "    line_items = list(request_context['lines'])",
        "    customer_record = {'name': 'A. Customer', 'address': None}",
        fault,
        "",
        "",
    ]
