import pytest

from seiche.errors import ConfigurationError
from seiche.registry import share as shares_of
from seiche.registry.share import NO_SHARE, Share, automatic


def test_every_partition_has_one_consumer() -> None:
    for count in range(1, 6):
        shares = [Share.read(f"{number}/{count}") for number in range(1, count + 1)]
        owned = [partition for share in shares for partition in share.of(range(12))]
        assert sorted(owned) == list(range(12))
        assert [share.is_first for share in shares] == [True] + [False] * (count - 1)


@pytest.mark.parametrize("text", ["0/2", "3/2"])
def test_a_share_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="share"):
        Share.read(text)


def test_an_automatic_share_follows_who_is_there(monkeypatch) -> None:
    now, standing = 100.0, (2, 3)
    monkeypatch.setattr(shares_of.time, "monotonic", lambda: now)
    share = automatic(lambda: standing)
    assert share() == Share(2, 3)
    standing = (1, 2)
    assert share() == Share(2, 3), "not asked at every turn"
    now += 2
    assert share() == Share(1, 2)


def test_who_has_not_looked_yet_has_nothing() -> None:
    assert (NO_SHARE.of(range(12)), NO_SHARE.is_first) == ([], False)
