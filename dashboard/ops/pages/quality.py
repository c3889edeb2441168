"""Data quality: what broke, since when?"""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from dashboard.ops import data, quality
from dashboard.ops.page import guarded, sources, window
from lake.reader import LakeReader

st.title("Data quality")
st.caption("What broke, since when? Silver as it lies there now, and the checks that Dagster ran when it was written.")
installation = sources()
MARKS = {"passed": "🟢 passed", "failed": "🔴 failed", "broke": "🔴 broke", "warned": "🟠 warned"}


@st.cache_data(ttl=30, show_spinner="Looking through silver…")
def silver(lake_url: str, _lake: LakeReader, hours: float) -> pl.DataFrame:  # noqa: ARG001 - the URL is the cache's key
    """The checks over silver; the URL is the cache's key."""
    return quality.silver_checks(_lake, hours, datetime.now(UTC))


def marked(frame: pl.DataFrame) -> pl.DataFrame:
    """States said in words and a mark, never by colour alone."""
    return frame.with_columns(pl.col("state").replace(MARKS))


def silver_now() -> None:
    """The checks over silver as it is."""
    st.subheader("Silver, checked now")
    found = silver(installation.lake.url, installation.lake, hours)
    looked_at, failing = found["rows"].item(0), int((found["state"] == "failed").sum())
    left, right = st.columns(2)
    left.metric("Rows looked at", f"{looked_at:,}")
    right.metric("Failing checks", failing)
    st.dataframe(marked(found).select("state", "check", "failing", "meaning"), hide_index=True)


def dagster() -> None:
    """Dagster's asset checks, Great Expectations' among them."""
    st.subheader("Checks that Dagster ran")
    url = data.endpoints(installation).get("dagster")
    if not url:
        st.info("Dagster is not running here: start `seiche up` without `--without dagster`.", icon=":material/info:")
        return
    found = quality.dagster_checks(url)
    st.metric("Failing Dagster checks", int(found["state"].is_in(["failed", "broke"]).sum()))
    st.dataframe(marked(found), hide_index=True)
    st.link_button("Their history, in Dagster", url)


hours = window()
guarded(silver_now, nothing_yet="Silver is empty: it fills within seconds of the first event.")
guarded(dagster, nothing_yet="No check has run yet.")
