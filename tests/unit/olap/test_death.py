import time

import pytest

from seiche.backends.clickhouse import translated
from seiche.errors import ConfigurationError, StoreUnavailable
from seiche.testing.olap import OlapProcess


def test_kill_9_loses_nothing_that_was_answered_and_it_is_back_in_five_seconds(tmp_path):
    with OlapProcess(tmp_path) as olap:
        client = olap.client()
        client.command("CREATE TABLE t (k UInt64) ENGINE = MergeTree ORDER BY k")
        for number in range(20):
            client.insert("t", [[number]], column_names=["k"])
        olap.kill()
        with pytest.raises(StoreUnavailable), translated():
            client.query("SELECT 1")
        died = time.monotonic()
        olap.start()
        again = olap.client()
        assert time.monotonic() - died < 5
        assert again.query("SELECT count(), sum(k) FROM t").result_rows == [(20, 190)]
        assert client.query("SELECT count() FROM t").result_rows == [(20,)], "an old client goes on"
        for each in (client, again):
            each.close()
        assert olap.stop() == 0


def test_a_folder_has_one_owner(tmp_path):
    from seiche.backends.embedded.olap.engine import Engine

    with OlapProcess(tmp_path) as olap:
        olap.client().close()
        with pytest.raises(ConfigurationError, match="one owner"):
            Engine(tmp_path / "olap", olap.settings.olap)
