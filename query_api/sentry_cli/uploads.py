"""Chunk uploads, and putting them together: artifact bundles and ProGuard mappings."""

import asyncio
import hashlib
from typing import IO, Any

from fastapi import Request
from isal import isal_zlib
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from query_api.auth.sessions import Caller
from query_api.deps import Api
from query_api.sentry_cli.routes import Manager, Member, Routes, project_of, usable_version
from query_api.state import ApiState
from query_api.times import now_us
from seiche.artifacts.assemble import CHUNK_BYTES, CHUNKS_LIMIT, State, Upload
from seiche.artifacts.bundle import mappings
from seiche.artifacts.contents import checked_sha1
from seiche.errors import InvalidInput
from seiche.registry.engine import read

REQUEST_CHUNKS = 8
REQUEST_BYTES = 32 << 20
REQUEST_OVERHEAD_BYTES = 64 << 10
REQUEST_SECONDS = 300.0
WHOLE_BYTES = 128 << 20
DIFS_LIMIT = 100

routes = Routes()


class AssembleBody(BaseModel):
    checksum: str
    chunks: list[str] = Field(max_length=CHUNKS_LIMIT)
    projects: list[str | int] = Field(default=[], max_length=100)
    version: str | None = None
    dist: str | None = Field(default=None, max_length=64)


class Dif(BaseModel):
    name: str = Field(default="", max_length=1024)
    debug_id: str | None = Field(default=None, max_length=64)
    chunks: list[str] = Field(default=[], max_length=CHUNKS_LIMIT)


@routes.on("GET", "/organizations/{org}/chunk-upload")
async def options(api: Api, caller: Member) -> dict[str, Any]:
    """How to send: the path is relative, so that it is right behind every proxy."""
    return {
        "url": f"/organizations/{caller.account.organization}/chunk-upload/",
        "chunkSize": CHUNK_BYTES // 2,
        "chunksPerRequest": REQUEST_CHUNKS,
        "maxFileSize": api.settings.artifacts.bundle_bytes,
        "maxRequestSize": REQUEST_BYTES,
        "maxWait": 0,
        "concurrency": 2,
        "hashAlgorithm": "sha1",
        "compression": ["gzip"],
        # 2.x asks for what it may send; 3.x takes all of it for granted.
        "accept": ["debug_files", "release_files", "sources", "artifact_bundles", "artifact_bundles_v2", "proguard"],
    }


@routes.on("POST", "/organizations/{org}/chunk-upload", body_bytes=REQUEST_BYTES + REQUEST_OVERHEAD_BYTES)
async def upload(api: Api, caller: Manager, request: Request) -> dict[str, Any]:
    """Parts `file` and `file_gzip`, each named by the SHA-1 of its content unpacked."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            form = await request.form(max_files=REQUEST_CHUNKS * 2, max_fields=0)
    except TimeoutError:
        raise HTTPException(408, f"the chunks did not arrive within {REQUEST_SECONDS:g} s") from None
    try:
        chunks = [
            (file.filename or "", name == "file_gzip", file)
            for name, file in form.multi_items()
            if isinstance(file, UploadFile) and name in {"file", "file_gzip"}
        ]
        if not chunks:
            raise InvalidInput("the request holds no part named file or file_gzip", reason="no_chunks")
        for sha1, packed, file in chunks:
            data = await file.read()
            await api.run(_keep, api, caller.account.organization_id, sha1, data, packed)
    finally:
        await form.close()
    return {}


@routes.on("POST", "/organizations/{org}/artifactbundle/assemble")
async def assemble_bundle(api: Api, caller: Manager, body: AssembleBody) -> dict[str, Any]:
    """What is missing, or what became of it; sentry-cli asks again until it is `ok` or `error`."""
    state = await api.run(_bundle, api, caller, body)
    return {"state": state.state, "missingChunks": list(state.missing), "detail": state.detail or None}


@routes.on("POST", "/projects/{org}/{slug}/files/difs/assemble")
async def assemble_difs(api: Api, caller: Manager, slug: str, body: dict[str, Dif]) -> dict[str, Any]:
    """ProGuard mappings; other debug files are refused with the reason: nothing here would apply them."""
    if len(body) > DIFS_LIMIT:
        raise InvalidInput(f"at most {DIFS_LIMIT} files at a time", reason="too_many_files")
    return {sha1: _dif_shape(sha1, dif, await api.run(_dif, api, caller, slug, sha1, dif)) for sha1, dif in body.items()}


@routes.on("POST", "/projects/{org}/{slug}/files/dsyms", body_bytes=WHOLE_BYTES)
async def upload_mappings(api: Api, caller: Manager, slug: str, request: Request) -> list[dict[str, Any]]:
    """2.x sends ProGuard mappings whole: a zip in the part `file`."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            form = await request.form(max_files=1, max_fields=4)
    except TimeoutError:
        raise HTTPException(408, f"the upload did not arrive within {REQUEST_SECONDS:g} s") from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput("the request holds no part named file", reason="no_file")
        return await api.run(_whole, api, caller, slug, file.file)
    finally:
        await form.close()


def _whole(api: ApiState, caller: Caller, slug: str, file: IO[bytes]) -> list[dict[str, Any]]:
    with read(api.engine) as session:
        project_id = project_of(session, caller, slug).id
    answers = []
    for name, data in mappings(file, api.settings.artifacts):
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        wanted = Upload(
            caller.account.organization_id, (project_id,), sha1, (), name=name[:250], debug_id=name.removesuffix(".txt").lower()
        )
        state = api.uploads.whole_mapping(wanted, data, now_us=now_us())
        answers.append(_debug_file(name, sha1, state))
    return answers


def _keep(api: ApiState, organization_id: int, sha1: str, data: bytes, packed: bool) -> None:
    api.uploads.keep_chunks(organization_id, [(sha1, _unpacked(data) if packed else data)], now_us=now_us())


def _unpacked(data: bytes) -> bytes:
    machine = isal_zlib.decompressobj(31)
    try:
        found: bytes = machine.decompress(data, CHUNK_BYTES + 1)
    except isal_zlib.error as error:  # type: ignore[misc] # its stub gives an instance
        raise InvalidInput(f"a chunk is no gzip: {error}", reason="invalid_gzip") from error
    if len(found) > CHUNK_BYTES or not machine.eof:
        raise InvalidInput(f"a chunk is cut off, or has more than {CHUNK_BYTES} bytes unpacked", reason="too_large")
    return found


def _bundle(api: ApiState, caller: Caller, body: AssembleBody) -> State:
    if not body.projects:
        raise InvalidInput("an upload needs at least one project: pass --project", reason="no_project")
    with read(api.engine) as session:
        project_ids = sorted({project_of(session, caller, slug).id for slug in body.projects})
    wanted = Upload(
        organization_id=caller.account.organization_id,
        project_ids=tuple(project_ids),
        checksum=checked_sha1(body.checksum),
        chunks=tuple(checked_sha1(chunk) for chunk in body.chunks),
        release=usable_version(body.version) if body.version else "",
        dist=body.dist or "",
    )
    return api.uploads.bundle(wanted, now_us=now_us())


def _dif(api: ApiState, caller: Caller, slug: str, sha1: str, dif: Dif) -> State:
    with read(api.engine) as session:
        project_id = project_of(session, caller, slug).id
    if not dif.name.startswith(("/proguard/", "proguard/")):
        detail = "Seiche applies source maps and ProGuard mappings; native debug files are not taken"
        return State("error", detail=detail)
    wanted = Upload(
        organization_id=caller.account.organization_id,
        project_ids=(project_id,),
        checksum=checked_sha1(sha1),
        chunks=tuple(checked_sha1(chunk) for chunk in dif.chunks),
        name=dif.name.rsplit("/", 1)[-1][:250],
        debug_id=(dif.debug_id or "").lower(),
    )
    return api.uploads.mapping(wanted, now_us=now_us())


def _dif_shape(sha1: str, dif: Dif, state: State) -> dict[str, Any]:
    return {
        "state": state.state,
        "missingChunks": list(state.missing),
        "detail": state.detail or None,
        "dif": _debug_file(dif.name.rsplit("/", 1)[-1], sha1, state) if state.state == "ok" else None,
    }


def _debug_file(name: str, sha1: str, state: State) -> dict[str, Any]:
    return {
        "uuid": state.debug_id,
        "debugId": state.debug_id,
        "objectName": name,
        "cpuName": "any",
        "sha1": sha1,
        "symbolType": "proguard",
        "data": {"features": ["mapping"]},
    }
