"""Ingestion & rejects: who is being dropped, and why?"""

import streamlit as st

from dashboard.ops import data
from dashboard.ops.page import LIVE_SECONDS, guarded, sources, window

st.title("Ingestion & rejects")
st.caption(
    "Who is being dropped, and why? received = stored + duplicates + filtered + rate limited + invalid, and what is still on its way."
)
installation = sources()


@st.fragment(run_every=LIVE_SECONDS)
def tiles() -> None:
    """The accounting over all time, live."""

    def show() -> None:
        totals = data.totals(installation)
        names = ("received", "stored", "duplicates", "filtered", "rate_limited", "invalid", "pending")
        for column, name in zip(st.columns(len(names)), names, strict=True):
            column.metric(name.replace("_", " ").capitalize(), f"{totals[name]:,}")
        if totals["received"] == 0:
            st.info("No event has arrived yet: send one with the DSN of a project's settings page.", icon=":material/hourglass_empty:")
        if totals["pending"] < 0:
            st.error(
                "More events are settled than were received: the accounting does not add up. Run `seiche drain`.", icon=":material/error:"
            )

    guarded(show, nothing_yet="Nothing has arrived yet.")


def flow() -> None:
    """Events per minute by what became of them."""
    st.subheader("Events per minute")
    found = data.flow(installation, hours)
    if found.is_empty():
        st.info("No event in this window.", icon=":material/hourglass_empty:")
    else:
        st.bar_chart(found, x="at", y="quantity", color="outcome", x_label="received, UTC", y_label="events per minute")


def refused() -> None:
    """Refusals by project, key and reason."""
    st.subheader("Refused, by reason")
    found = data.refusals(installation, hours)
    if found.is_empty():
        st.success("Nothing was refused in this window.", icon=":material/check:")
    else:
        st.dataframe(found, hide_index=True)


def top_senders() -> None:
    """Who sends most."""
    st.subheader("Top senders")
    st.dataframe(data.senders(installation, hours).head(20), hide_index=True)


def broken() -> None:
    """Stored events that could not be normalised, with one payload."""
    st.subheader("Stored, but not understood")
    found = data.unprocessable(installation)
    if found.is_empty():
        st.success("Every stored event could be normalised.", icon=":material/check:")
        return
    chosen = st.dataframe(found, hide_index=True, on_select="rerun", selection_mode="single-row")
    rows = chosen["selection"]["rows"] or [0]
    row = found.row(rows[0], named=True)
    st.caption(f"Payload of {row['event_id']}")
    st.code(data.payload(installation, row), language="json", wrap_lines=True)


tiles()
hours = window()
guarded(flow, nothing_yet="Nothing has been stored yet.")
guarded(refused, nothing_yet="Nothing has been counted yet.")
guarded(top_senders, nothing_yet="Nobody has sent anything yet.")
guarded(broken, nothing_yet="Nothing has been stored yet.")
