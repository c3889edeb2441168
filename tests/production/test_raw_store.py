"""Files in S3: durable, scoped by project, gone with their day; an endpoint that is away is transient."""

from datetime import date

import pytest

from seiche.backends.raw_store import RawStore, key_of
from seiche.errors import NotFound, StoreUnavailable
from seiche.testing import servers
from seiche.testing.olap import free_port

DAY = date(2026, 11, 24)


def test_a_file_comes_back_for_its_project_alone() -> None:
    url = f"s3://{servers.bucket()}/{servers.fresh_name()}"
    raw = RawStore(url, servers.storage_options())
    large = bytes(range(256)) * 40_000
    raw.put(key_of(7, DAY, "large.bin"), large)
    raw.put(key_of(7, DAY, "small.txt"), b"tide")
    assert b"".join(RawStore(url, servers.storage_options()).read(7, key_of(7, DAY, "large.bin"))) == large
    for project, name in ((8, "small.txt"), (7, "nothing")):
        with pytest.raises(NotFound):
            list(raw.read(project, key_of(7, DAY, name)))


def test_an_endpoint_that_is_away_is_transient() -> None:
    options = {**servers.storage_options(), "aws_endpoint_url": f"http://127.0.0.1:{free_port()}"}
    with pytest.raises(StoreUnavailable):
        RawStore("s3://nowhere/x", options).put(key_of(7, DAY, "a"), b"x")
