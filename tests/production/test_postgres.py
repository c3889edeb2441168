"""The registry on a real Postgres: what is true of it only there."""

import threading
import time

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from seiche.errors import StoreUnavailable
from seiche.registry import engine as engines
from seiche.registry import projects
from seiche.registry.engine import make_engine, read, write
from seiche.registry.membership import Membership
from seiche.registry.migrate import config, upgrade, versions
from seiche.registry.tables import Base, Organization, Project
from seiche.testing import servers


@pytest.fixture
def url():
    with servers.fresh_database() as url:
        yield url


@pytest.fixture
def engine(url):
    upgrade(url)
    engine = make_engine(url)
    projects.bootstrap(engine, admin_email="owner@seiche.test", admin_password="secret")
    yield engine
    engine.dispose()


def test_migrations_go_down_and_up_again(engine, url) -> None:
    project = projects.create_project(engine, "Shop")
    before = set(sa.inspect(engine).get_table_names())
    with engine.begin() as connection:
        command.downgrade(config(connection), "0001")
    with engine.begin() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= before
    upgrade(url)
    assert len(set(versions(url))) == 1
    assert set(sa.inspect(engine).get_table_names()) == before == {*Base.metadata.tables, "alembic_version"}
    assert projects.find_key(engine, project.public_key) is not None


def test_a_pool_that_is_used_up_is_transient(url, monkeypatch) -> None:
    monkeypatch.setattr(engines, "POOL_WAIT_SECONDS", 0.2)
    upgrade(url)
    engine = make_engine(url)
    held = [engine.connect() for _ in range(15)]

    def look() -> None:
        with read(engine) as session:
            session.scalar(sa.select(1))

    with pytest.raises(StoreUnavailable, match="in use"):
        look()
    held.pop().close()
    look()
    for connection in held:
        connection.close()
    engine.dispose()


def test_writing_in_a_read_is_refused(engine) -> None:
    def rename() -> None:
        with read(engine) as session:
            session.execute(sa.update(Organization).values(name="x"))

    with pytest.raises(StoreUnavailable, match="read-only"):
        rename()


def test_a_server_that_became_a_standby_is_transient(engine, url) -> None:
    name = sa.make_url(url).database
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    engine.dispose()

    def rename() -> None:
        with write(engine) as session:
            session.execute(sa.update(Organization).values(name="x"))

    with pytest.raises(StoreUnavailable, match="read-only"):
        rename()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    rename()  # by a connection of its own: the kept ones lead to the standby still


def test_one_of_two_that_block_each_other_gives_way_and_may_repeat(engine) -> None:
    ids = [projects.create_project(engine, name).id for name in ("One", "Two")]
    met, gave_way = threading.Barrier(2), []

    def work(order: list[int]) -> None:
        for attempt in range(5):
            try:
                with write(engine, beside_others=True) as session:
                    for step, project_id in enumerate(order):
                        row = session.get(Project, project_id, with_for_update=True)
                        row.next_issue_number += 1
                        session.flush()
                        if step == 0 and attempt == 0:
                            met.wait(10)
            except StoreUnavailable as error:
                gave_way.append(str(error))
            else:
                return

    threads = [threading.Thread(target=work, args=(order,)) for order in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert gave_way
    assert all("deadlock" in reason for reason in gave_way)
    with read(engine) as session:
        assert [session.get(Project, project_id).next_issue_number for project_id in ids] == [3, 3]


def test_a_server_killed_in_between_is_found_again(engine) -> None:
    with read(engine) as session:
        session.scalar(sa.select(1))
    with servers.away("postgres", 1.0, killed=True):

        def look() -> None:
            with read(engine) as session:
                session.scalar(sa.select(1))

        with pytest.raises(StoreUnavailable):
            look()
    deadline = time.monotonic() + 20
    while True:
        try:
            with write(engine) as session:
                session.execute(sa.update(Organization).values(name="back"))
            break
        except StoreUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    with read(engine) as session:
        assert session.scalar(sa.select(Organization.name)) == "back"


def test_processes_know_how_many_they_are(url) -> None:
    engine = make_engine(url)
    members = [Membership(engine, "alerts") for _ in range(3)]
    others = Membership(engine, "something else")
    assert others.standing() == (1, 1)
    assert [members[0].standing(), members[1].standing()[1], members[2].standing()[1]] == [(1, 1), 2, 3]
    assert sorted(member.standing() for member in members) == [(1, 3), (2, 3), (3, 3)]
    members[0].leave()
    assert sorted(member.standing() for member in members[1:]) == [(1, 2), (2, 2)]
    with engine.connect() as connection:  # the server is started anew, or the way to it is lost
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid() AND datname = current_database()"
        )
    with pytest.raises(StoreUnavailable):
        members[1].standing()
    assert members[1].standing()[1] <= 2
    for member in (*members[1:], others):
        member.leave()
    assert members[0].standing() == (1, 1)
    members[0].leave()
    engine.dispose()
