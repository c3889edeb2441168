"""The registry contract: migrations, short transactions, concurrent writers. Over SQLite, and over Postgres where it runs."""

import multiprocessing
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from seiche.errors import ConfigurationError, InvalidInput, NotFound, StoreUnavailable
from seiche.registry import passwords, projects
from seiche.registry.accounts import account_of_token
from seiche.registry.engine import make_engine, read, write
from seiche.registry.migrate import config, newest, upgrade, versions
from seiche.registry.schema import METADATA
from seiche.registry.tables import Activity, AlertRuleRow, Membership, Organization, Project, UserAccount
from seiche.testing import servers


@pytest.fixture(params=["sqlite", *servers.parameters("postgres")])
def url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deep' / 'registry.sqlite'}"
        return
    with servers.fresh_database() as url:
        yield url


@pytest.fixture
def engine(url):
    upgrade(url)
    engine = make_engine(url)
    projects.bootstrap(engine, admin_email="Admin@Seiche.test", admin_password="secret")
    yield engine
    engine.dispose()


def test_the_migrations_make_exactly_what_the_tables_declare(engine, url) -> None:
    current, newest = versions(url)
    assert current == newest is not None
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_migration_is_alembics_only_head(engine) -> None:
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(config(connection)).get_heads() == [newest()]


def test_upgrading_again_changes_nothing(engine, url) -> None:
    project = projects.create_project(engine, "Shop")
    upgrade(url)
    assert projects.find_key(engine, project.public_key) is not None


def test_readers_do_not_wait_for_a_writer(engine) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    with write(engine) as writing:
        writing.execute(sa.update(Organization).values(name="half"))
        with read(engine) as reading:
            assert reading.scalar(sa.select(Organization.name)) == "Default"


def test_processes_may_migrate_an_empty_registry_at_the_same_time(url) -> None:
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=upgrade, args=(url,)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0, 0]


def test_a_registry_of_a_newer_version_is_left_alone(engine, url) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="newer Seiche"):
        upgrade(url)


def test_a_file_that_is_no_registry_is_said_so(tmp_path) -> None:
    path = tmp_path / "registry.sqlite"
    path.write_bytes(b"this is no database at all, but long enough to be read" * 50)
    with pytest.raises(ConfigurationError, match="not usable as a registry"):
        upgrade(f"sqlite:///{path}")


def test_an_error_rolls_the_whole_transaction_back(engine) -> None:
    def half() -> None:
        with write(engine) as session:
            session.add(Organization(slug="x", name="x", created_at_us=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with read(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Organization)) == 1


def test_concurrent_writers_lose_no_update(engine) -> None:
    project = projects.create_project(engine, "Shop")
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(25):
                with write(engine) as session:
                    row = session.get(Project, project.id)
                    row.next_issue_number += 1
        except BaseException as error:  # noqa: BLE001 - shown below
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with read(engine) as session:
        assert session.get(Project, project.id).next_issue_number == 101


def test_a_writer_that_cannot_get_in_is_told_in_our_words(engine, url) -> None:
    other = make_engine(url)
    patience = "PRAGMA busy_timeout=50" if other.dialect.name == "sqlite" else "SET lock_timeout = 50"
    sa.event.listen(other, "connect", lambda connection, _: connection.execute(patience) and connection.commit())

    def rename(one) -> None:
        with write(one) as session:
            session.execute(sa.update(Organization).values(name="x"))

    with write(engine) as session:
        session.execute(sa.update(Organization).values(name="y"))
        with pytest.raises(StoreUnavailable, match="registry does not answer"):
            rename(other)
    rename(other)
    other.dispose()


def test_activity_ids_are_never_used_twice(engine) -> None:
    project = projects.create_project(engine, "Shop")

    def add() -> int:
        with write(engine) as session:
            row = Activity(project_id=project.id, issue_id=None, kind="x", actor="a", data={}, at_us=1)
            session.add(row)
            session.flush()
            return row.id

    first = add()
    with write(engine) as session:
        session.execute(sa.delete(Activity))
    assert add() == first + 1


def test_bootstrap_makes_one_owner_and_keeps_the_password(engine) -> None:
    projects.bootstrap(engine, admin_email="admin@seiche.test", admin_password="another")
    with read(engine) as session:
        (user,) = session.scalars(sa.select(UserAccount))
        assert (user.email, session.scalars(sa.select(Membership)).one().role) == ("admin@seiche.test", "owner")
    assert passwords.verify_password(user.password_hash, "secret")
    assert not passwords.verify_password(user.password_hash, "another")
    assert not passwords.verify_password("no hash", "secret")


def test_a_new_project_can_take_events_at_once(engine) -> None:
    project = projects.create_project(engine, "Grüner Laden", platform="python")
    key = projects.find_key(engine, project.public_key)
    assert (project.slug, key.project_id, key.active, key.config.version) == ("gruner-laden", project.id, True, 1)
    assert projects.project_config(engine, project.id, 1) == key.config
    with read(engine) as session:
        rule = projects.read_rule(session.scalars(sa.select(AlertRuleRow)).one())
    assert (rule.name, rule.triggers, rule.actions, rule.enabled) == ("New and regressed issues", ("new_issue", "regression"), (), True)
    assert (
        projects.dsn("https://errors.test:8443/x", project.public_key, project.id) == f"https://{project.public_key}@errors.test:8443/x/1"
    )


def test_slugs_are_free_or_refused(engine) -> None:
    assert [projects.create_project(engine, name).slug for name in ("Shop", "shop!", "***")] == ["shop", "shop-2", "project"]
    with pytest.raises(InvalidInput, match="exists already"):
        projects.create_project(engine, "x", slug="shop")
    for bad in ("", "A", "-a", "a" * 65, "a/b"):
        with pytest.raises(InvalidInput, match="slug"):
            projects.create_project(engine, "x", slug=bad)
    with pytest.raises(InvalidInput, match="name"):
        projects.create_project(engine, "  ")


def test_what_is_not_there_is_not_found(engine) -> None:
    assert projects.find_key(engine, "0" * 32) is None
    with pytest.raises(NotFound):
        projects.project_config(engine, 1, 1)


def test_a_token_opens_the_organization_and_only_its_hash_is_kept(engine, url) -> None:
    token = projects.create_token(engine, "ci")
    assert account_of_token(engine, token).name == "ci"
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM api_tokens").all()
    assert token not in str(kept)


def test_a_token_before_the_first_start_says_what_to_do(url) -> None:
    upgrade(url)
    engine = make_engine(url)
    with pytest.raises(ConfigurationError, match="seiche up"):
        projects.create_token(engine)
    engine.dispose()
