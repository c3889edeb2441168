"""Artifact bundles as sentry-cli makes them, for tests."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[2] / "tests" / "data" / "sourcemaps"
"""`app.js` and its map: made by esbuild from `src/`, ids injected by sentry-cli."""
EXAMPLE_DEBUG_ID = "e3581bd9-0d2a-5283-a7db-32e672a01d57"
EXAMPLE_FRAMES = (
    {"function": "globalThis.buy", "lineno": 3, "colno": 122},
    {"function": "u", "lineno": 3, "colno": 89},
    {"function": "n", "lineno": 3, "colno": 61},
)
"""What V8 says of `buy()`: oldest first."""


def zipped(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> bytes:
    """A zip with a manifest."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target.getvalue()


def example_bundle(*, prefix: str = "~/static/", debug_ids: bool = True, leave_out: str = "", **attributes: Any) -> bytes:
    """The example, as `sentry-cli sourcemaps upload --url-prefix PREFIX` sends it."""
    ids = {"debug-id": EXAMPLE_DEBUG_ID} if debug_ids else {}
    files = {
        f"_/_/static/{name}": (EXAMPLE / name).read_bytes() if debug_ids else _without_ids((EXAMPLE / name).read_bytes())
        for name in ("app.js", "app.js.map")
        if name != leave_out
    }
    entries = {
        path: {
            "url": prefix + path.rsplit("/", 1)[1],
            "type": "source_map" if path.endswith(".map") else "minified_source",
            "headers": ids if path.endswith(".map") else {**ids, "sourcemap": "app.js.map"},
        }
        for path in files
    }
    return zipped(files, {"files": entries, **attributes})


def _without_ids(data: bytes) -> bytes:
    return data.replace(b"debugId", b"nothing").replace(b"debug_id", b"nothings")


def sha1(data: bytes) -> str:
    """In hex."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def example_event(**fields: Any) -> dict[str, Any]:
    """What @sentry/browser sends of it; `debug_meta` where the build has ids."""
    url = fields.pop("url", "https://shop.example.org/static/app.js")
    frames = [{**frame, "abs_path": url, "filename": url, "in_app": True} for frame in EXAMPLE_FRAMES]
    event: dict[str, Any] = {
        "platform": "javascript",
        "exception": {
            "values": [
                {
                    "type": "TypeError",
                    "value": "Cannot read properties of undefined (reading 'amount')",
                    "stacktrace": {"frames": frames},
                }
            ]
        },
    }
    if fields.pop("debug_ids", True):
        event["debug_meta"] = {"images": [{"type": "sourcemap", "code_file": url, "debug_id": EXAMPLE_DEBUG_ID}]}
    return event | fields
