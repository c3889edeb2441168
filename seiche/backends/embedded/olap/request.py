"""One HTTP request of ClickHouse's protocol -> what to run. Pure.

Known limits: no external tables, no sessions (each request starts fresh), no roles.
"""

import re
from collections.abc import Mapping
from email.parser import BytesParser
from urllib.parse import parse_qsl

import msgspec

from seiche.errors import InvalidInput

TRANSPORT = frozenset(
    {
        "query",
        "database",
        "default_format",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "compress",
        "decompress",
        "wait_end_of_query",
        "buffer_size",
        "client_protocol_version",
        "user",
        "password",
        "quota_key",
        "role",
        "enable_http_compression",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "cancel_http_readonly_queries_on_client_close",
    }
)
"""Parameters about the conversation, not settings of the query."""

STREAMED_FORMATS = frozenset({"native", "tabseparated", "tsv", "csv", "jsoneachrow", "rowbinary"})
"""Formats whose chunks, put one after the other, are the whole answer."""

_FORMAT_AT_END = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_INSERT_WITH_DATA = re.compile(rb"\s*INSERT\s+INTO\b(?P<target>[^;]*?)\bFORMAT\s+(?P<format>\w+)[ \t]*(?:;|\r?\n|$|[ \t])", re.IGNORECASE)
_INSERT = re.compile(r"^\s*INSERT\s+INTO\b", re.IGNORECASE)
_FROM_ELSEWHERE = re.compile(r"\b(?:SELECT|WITH|INFILE)\b", re.IGNORECASE)
_VALUES_AT_END = re.compile(r"\bVALUES\s*$", re.IGNORECASE)
_READ = re.compile(r"^\s*(?:SELECT|WITH)\b", re.IGNORECASE)
_SETTING_NAME = re.compile(r"^[A-Za-z_][\w.]*$")
STATEMENT_BYTES = 1 << 18


class OlapRequest(msgspec.Struct, frozen=True):
    """What one request asks for."""

    sql: str
    format: str
    data: bytes | None
    """The rows of an INSERT that sends its data along; None otherwise."""
    params: dict[str, str]
    settings: dict[str, str]
    database: str
    query_id: str
    streamed: bool


def parse(query_string: str, headers: Mapping[str, str], body: bytes) -> OlapRequest:
    """Raises `InvalidInput` where the request makes no sense."""
    url = dict(parse_qsl(query_string, keep_blank_values=True))
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        url |= _form(headers["Content-Type"], body)
        body = b""
    sql, format_name, data = _statement(url.get("query", ""), body)
    if not sql.strip():
        raise InvalidInput("the request holds no query", reason="no_query")
    settings = {name: value for name, value in url.items() if name not in TRANSPORT and not name.startswith("param_")}
    if bad := [name for name in settings if not _SETTING_NAME.match(name)]:
        raise InvalidInput(f"not a setting's name: {bad[0]!r}", reason="unknown_setting")
    format_name = format_name or url.get("default_format") or headers.get("X-ClickHouse-Format") or "TabSeparated"
    streamed = data is None and url.get("wait_end_of_query") != "1" and format_name.lower() in STREAMED_FORMATS and bool(_READ.match(sql))
    return OlapRequest(
        sql=sql,
        format=format_name,
        data=data,
        params={name[6:]: value for name, value in url.items() if name.startswith("param_")},
        settings=settings,
        database=url.get("database") or headers.get("X-ClickHouse-Database", ""),
        query_id=url.get("query_id", ""),
        streamed=streamed,
    )


def _statement(sql: str, body: bytes) -> tuple[str, str, bytes | None]:
    """(statement, format, data): the statement may be in the URL, at the head of the body, or in both parts."""
    if not sql:
        head = _INSERT_WITH_DATA.match(body[:STATEMENT_BYTES])
        if head and not _FROM_ELSEWHERE.search(head["target"].decode("utf-8", "replace")):
            return f"INSERT INTO{_text(head['target'])}".rstrip(), _text(head["format"]), body[head.end() :]
        sql, body = _text(body), b""
    found = _FORMAT_AT_END.search(sql)
    format_name = found[1] if found else ""
    if body and _INSERT.match(sql) and not _FROM_ELSEWHERE.search(sql):
        target = sql[: found.start()] if found else sql
        if _VALUES_AT_END.search(target):
            return _VALUES_AT_END.sub("", target), "Values", body
        return target.rstrip(), format_name or "Values", body
    return (f"{sql}\n{_text(body)}" if body else sql), format_name, None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the query is not UTF-8: {error}", reason="not_utf8") from error


def _form(content_type: str, body: bytes) -> dict[str, str]:
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            if part.get_filename():
                raise InvalidInput("external tables are not supported by the embedded engine", reason="external_table")
            fields[name] = _text(payload)
    return fields
