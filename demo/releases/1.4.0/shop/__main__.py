"""Serve the shop. Errors are reported by the unmodified sentry-sdk, which reads SENTRY_DSN, SENTRY_RELEASE and SENTRY_ENVIRONMENT."""

import logging
import os

import sentry_sdk
import uvicorn

sentry_sdk.init(in_app_include=["shop"], send_default_pii=True, max_request_body_size="always")
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

if __name__ == "__main__":
    from shop.app import app

    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["SHOP_PORT"]), access_log=False, log_level="warning")
