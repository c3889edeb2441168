"""The operations pages: `streamlit run dashboard/ops/app.py`, or `seiche ops`. SEICHE_DATA names the installation."""

import streamlit as st

st.set_page_config(page_title="Seiche operations", layout="wide")
st.navigation(
    [
        st.Page("pages/freshness.py", title="Freshness & lag", icon=":material/schedule:", default=True),
        st.Page("pages/ingestion.py", title="Ingestion & rejects", icon=":material/inbox:"),
        st.Page("pages/quality.py", title="Data quality", icon=":material/rule:"),
    ]
).run()
