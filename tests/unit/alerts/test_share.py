import pytest

from alerts.share import Share
from seiche.errors import ConfigurationError


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
