"""Freshness & lag: can I trust the dashboard now?"""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from dashboard.ops import data
from dashboard.ops.page import LIVE_SECONDS, guarded, seconds, sources

st.title("Freshness & lag")
st.caption("Can I trust the dashboard now? Issues are live; lake, rollups and search follow some seconds behind.")
installation = sources()


@st.fragment(run_every=LIVE_SECONDS)
def tiles() -> None:
    """Live figures: how far behind the slowest consumer is."""

    def show() -> None:
        now = datetime.now(UTC)
        behind = data.consumers(installation)
        lag = dict(behind.group_by("consumer").agg(pl.col("lag").sum()).iter_rows())
        columns = st.columns(4)
        columns[0].metric("Oldest waiting event", seconds(data.waiting_seconds(installation, now)))
        columns[1].metric("Issues behind", f"{lag.get('alerts', 0):,} records", help="Accepted, not yet an issue")
        columns[2].metric("Lake behind", f"{lag.get('pipeline', 0):,} records", help="Accepted, not yet read by the pipeline")
        pending = data.totals(installation)["pending"]
        columns[3].metric("Not yet in silver", f"{pending:,} events")
        if behind.is_empty():
            st.info("No consumer has reported yet: they do with the first event.", icon=":material/hourglass_empty:")
        else:
            st.dataframe(behind, hide_index=True)

    guarded(show, nothing_yet="Nothing has been processed yet.")


def lake_tables() -> None:
    """Rows, size and age of every Delta table."""
    st.subheader("Lake tables")
    found = data.tables(installation, datetime.now(UTC))
    if found["rows"].sum() == 0:
        st.info("The lake is empty: it fills within seconds of the first event.", icon=":material/hourglass_empty:")
    shown = found.select("table", "rows", "files", "bytes", "changed_at", "age_seconds", "doc")
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "age_seconds": st.column_config.NumberColumn("unchanged for", format="%.0f s"),
            "bytes": st.column_config.NumberColumn(format="bytes"),
            "files": st.column_config.NumberColumn(help="Many small files make reading slow; maintenance compacts them"),
        },
    )


def canary() -> None:
    """Seiche's own event of each minute, hop by hop."""
    st.subheader("Canary")
    found, problem = data.canary(installation)
    if problem:
        st.error(f"{problem[0].upper()}{problem[1:]}.", icon=":material/error:")
    if found.is_empty():
        st.info("No canary has been sent yet, or it is switched off (`canary.enabled`).", icon=":material/hourglass_empty:")
    else:
        st.caption("How long after sending it was behind each hop: the newest, and the slowest of the last 60.")
        st.dataframe(found, hide_index=True)


def pipeline_stages() -> None:
    """What the pipeline's last batch did, and its last error."""
    st.subheader("Last batch of each stage")
    found = data.stages(installation)
    if found.is_empty():
        st.info("The pipeline has not reported a batch yet.", icon=":material/hourglass_empty:")
    else:
        st.dataframe(found, hide_index=True)
    link = data.endpoints(installation).get("dagster")
    if link:
        st.link_button("Runs, lineage and backfills in Dagster", link)


tiles()
guarded(lake_tables, nothing_yet="The lake is empty.")
guarded(canary, nothing_yet="No canary has been sent yet.")
guarded(pipeline_stages, nothing_yet="The pipeline has not reported yet.")
