"""What every page shares: the installation it looks at, the window in the address bar, and how it says that something is missing."""

from collections.abc import Callable

import streamlit as st

from dashboard.ops.data import Sources
from seiche.errors import NotFound, SeicheError
from seiche.settings import load_settings

WINDOWS = {"1 h": 1.0, "6 h": 6.0, "24 h": 24.0, "7 d": 168.0}
LIVE_SECONDS = 5


def sources() -> Sources:
    """The installation that SEICHE_DATA names; stops the page with the reason where there is none."""
    try:
        return Sources.open(load_settings())
    except SeicheError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def window(default: str = "24 h") -> float:
    """Hours to look back; kept in the address bar, so that a link shows what you saw."""
    asked = st.query_params.get("window", default)
    names = list(WINDOWS)
    chosen = st.segmented_control("Window", names, default=asked if asked in WINDOWS else default) or default
    st.query_params["window"] = chosen
    return WINDOWS[chosen]


def guarded(show: Callable[[], None], *, nothing_yet: str) -> None:
    """Run a part of a page: one that cannot be shown says why, and the others still are."""
    try:
        show()
    except NotFound as error:
        st.info(f"{nothing_yet} ({error})", icon=":material/hourglass_empty:")
    except SeicheError as error:
        st.error(str(error), icon=":material/error:")


def seconds(value: float) -> str:
    """A duration for people: `0.4 s`, `3 min`, `5 h`."""
    for limit, divisor, unit, digits in ((120, 1, "s", 1), (7200, 60, "min", 0), (172800, 3600, "h", 0)):
        if value < limit:
            return f"{value / divisor:.{digits}f} {unit}"
    return f"{value / 86400:.0f} d"
