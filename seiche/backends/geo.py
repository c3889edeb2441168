"""Where an address is, by a database in MaxMind's format that the operator provides. None is shipped, none is downloaded."""

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
import msgspec

from seiche.errors import ConfigurationError
from seiche.normalize.address import PLACE_NAMES

REMEMBERED = 16_384
LONGEST_NAME = 100


class GeoDatabase:
    """Country and City databases of MaxMind and of those who write their format. Read once at start; replacing the file takes a restart."""

    def __init__(self, path: Path) -> None:
        try:
            self._reader = maxminddb.open_database(path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise ConfigurationError(
                f"ingest.geo_database {path} cannot be read as a MaxMind database ({error}): mend or unset it"
            ) from error
        self.place_of = lru_cache(REMEMBERED)(self._place_of)
        """JSON of the place of an address, as the log's records carry it; "" of one that the database does not know."""

    def _place_of(self, address: str) -> str:
        try:
            found: Any = self._reader.get(ipaddress.ip_address(address))
        except (ValueError, maxminddb.InvalidDatabaseError):
            return ""  # no address, an IPv6 one where the database holds IPv4 only, or a damaged entry
        place = _place(found) if isinstance(found, dict) else {}
        return msgspec.json.encode(place).decode() if place else ""

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


def _place(found: dict[str, Any]) -> dict[str, str]:
    """In the words of Sentry's `user.geo`: `region` is the country's name."""
    country = found.get("country") or found.get("registered_country")
    parts = found.get("subdivisions")
    given = {
        "city": _name(found.get("city")),
        "subdivision": _name(parts[0]) if isinstance(parts, list) and parts else "",
        "region": _name(country),
        "country_code": country.get("iso_code") if isinstance(country, dict) else "",
    }
    return {name: value[:LONGEST_NAME] for name in PLACE_NAMES if isinstance(value := given[name], str) and value}


def _name(part: Any) -> str:
    names = part.get("names") if isinstance(part, dict) else None
    found = names.get("en") if isinstance(names, dict) else None
    return found if isinstance(found, str) else ""
