"""A registry with two projects, a raw store in a folder, and uploads into it."""

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from seiche.artifacts.assemble import Assembler, State, Upload
from seiche.artifacts.finder import ArtifactFinder
from seiche.backends.raw_store import RawStore
from seiche.registry import projects
from seiche.registry.engine import make_engine
from seiche.settings import ArtifactSettings
from seiche.testing.bundles import sha1
from seiche.testing.registries import new_registry


@dataclass
class World:
    engine: sa.Engine
    store: RawStore
    folder: Any
    shop: int
    bank: int
    limits: ArtifactSettings

    @property
    def assembler(self) -> Assembler:
        return Assembler(self.engine, self.store, self.limits)

    @property
    def finder(self) -> ArtifactFinder:
        return ArtifactFinder(self.engine, self.store, self.limits)

    def upload(self, data: bytes, *project_ids: int, mapping: bool = False, now_us: int = 1, **more: Any) -> State:
        """In chunks of 1000 bytes, as a client does."""
        pieces = [data[at : at + 1000] for at in range(0, len(data), 1000)]
        assembler = self.assembler
        assembler.keep_chunks(1, [(sha1(piece), piece) for piece in pieces], now_us=now_us)
        chunks = tuple(sha1(piece) for piece in pieces)
        wanted = Upload(organization_id=1, project_ids=project_ids or (self.shop,), checksum=sha1(data), chunks=chunks, **more)
        return (assembler.mapping if mapping else assembler.bundle)(wanted, now_us=now_us)

    def artifacts(self, project_id: int | None = None) -> Any:
        """What is uploaded now."""
        finder = self.finder
        return finder.at(project_id or self.shop, finder.newest())


@pytest.fixture
def world(tmp_path):
    engine = make_engine(new_registry(tmp_path / "registry.sqlite"))
    shop, bank = (projects.create_project(engine, name).id for name in ("Shop", "Bank"))
    yield World(engine, RawStore(str(tmp_path / "raw")), tmp_path / "raw", shop, bank, ArtifactSettings())
    engine.dispose()
