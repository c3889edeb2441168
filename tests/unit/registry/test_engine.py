import pytest

from seiche.registry.engine import parse


@pytest.mark.parametrize(
    ("url", "hosts", "wanted"),
    [
        ("postgresql://me:p%40w@one:1,two:2/db", ("one:1", "two:2"), "read-write"),
        ("postgresql://me:p%40w@one,two:2/db?sslmode=require", ("one", "two:2"), "read-write"),
        ("postgresql://me:p%40w@/db?host=one:1&host=two:2", ("one:1", "two:2"), "read-write"),
        ("postgresql://me:p%40w@one:1,two:2/db?target_session_attrs=any", ("one:1", "two:2"), "any"),
        ("postgresql://me:p%40w@/db?host=/run/postgresql", "/run/postgresql", None),
        ("postgresql://me:p%40w@one:5432/db", None, None),
    ],
)
def test_several_hosts_mean_the_one_that_takes_writes(url, hosts, wanted) -> None:
    found = parse(url)
    assert (found.username, found.password, found.database) == ("me", "p@w", "db")
    assert (found.query.get("host"), found.query.get("target_session_attrs")) == (hosts, wanted)
    assert found.host == ("one" if hosts is None else None)


def test_a_path_with_a_comma_is_a_path() -> None:
    assert parse("sqlite:////data/a,b@c/registry.sqlite").database == "/data/a,b@c/registry.sqlite"
