"""Places of addresses, by a database that the operator gives."""

import json

import pytest

from seiche.backends.geo import GeoDatabase
from seiche.errors import ConfigurationError
from seiche.testing import mmdb

CITY = {
    "city": {"names": {"en": "Lausanne", "de": "Lausanne"}},
    "country": {"iso_code": "CH", "names": {"en": "Switzerland"}},
    "subdivisions": [{"names": {"en": "Vaud"}}],
}
PLACES = {
    "198.51.100.0/24": CITY,
    "203.0.113.0/25": {"registered_country": {"iso_code": "JP", "names": {"ja": "日本"}}},
    "2001:db8::/32": CITY,
}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    found = GeoDatabase(mmdb.write(tmp_path_factory.mktemp("geo") / "city.mmdb", PLACES | {"192.0.2.0/24": {"city": "no object", "x": 7}}))
    yield found
    found.close()


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7"])
def test_the_place_of_an_address_in_the_words_of_sentry(database, address) -> None:
    found = {"city": "Lausanne", "subdivision": "Vaud", "region": "Switzerland", "country_code": "CH"}
    assert json.loads(database.place_of(address)) == found


def test_a_database_of_countries_gives_what_it_has(database) -> None:
    assert json.loads(database.place_of("203.0.113.1")) == {"country_code": "JP"}


@pytest.mark.parametrize(
    "address", ["", "203.0.113.200", "10.0.0.1", "::1", "no address", "[Filtered]", "1.2.3.4/8", "192.0.2.1", "é" * 64]
)
def test_what_the_database_does_not_know_has_no_place(database, address) -> None:
    assert not database.place_of(address)


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path) -> None:
    (tmp_path / "x.mmdb").write_bytes(b"no database")
    for path in (tmp_path / "x.mmdb", tmp_path / "missing.mmdb"):
        with pytest.raises(ConfigurationError, match=rf"ingest.geo_database .*{path.name}"):
            GeoDatabase(path)
