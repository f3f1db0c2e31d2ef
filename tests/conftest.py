"""What all tests share: databases of their own, no way out of this machine, and no skipping in CI."""

import gc
import ipaddress
import os
import shutil
import socket
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import compiled, databases, memory, postgres
from tests.support import dovecot as dovecot_server

IN_CI = os.environ.get("CI") == "true"
compiled.share()
if not IN_CI:  # there Hypothesis sets no deadlines by itself
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
PLATFORMS = [Path(__file__).parent / "scenarios" / name for name in ("slack", "discord", "rooms")]
"""The folders of stories that are told on a platform."""
POSTGRES_HOME = pytest.StashKey[str]()


# ------------------------------------------------------------------------------------------- databases


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> postgres.Server:
    """The PostgreSQL server of this run; all workers share it."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    server = postgres.Server(home=Path(pytestconfig.stash[POSTGRES_HOME]), programs=programs)
    server.ensure_running()
    return server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: postgres.Server) -> str:
    """The URL of the server's maintenance database."""
    return postgres_server.url()


@pytest.fixture
def postgres_database(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a PostgreSQL database of this version that only this test uses, with nothing in it."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of this version with nothing in it, on each of the two kinds in turn.

    A story told on a platform gets one of the two (`_kinds`).
    """
    if request.param == "sqlite":
        return databases.embedded(tmp_path)
    url: str = request.getfixturevalue("postgres_database")
    return url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both-databases", action="store_true", help="tell every story on SQLite and on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give out the databases of tests that ask for one."""
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", _kinds(metafunc), indirect=True)


def _kinds(metafunc: pytest.Metafunc) -> list[Any]:
    """The kinds of database a test runs on: both, but for stories told on a platform one, which their name decides.

    Such a story shows what people see and do there. What it asks of the database the others ask of both kinds; where
    one asks what no other does, it is marked `both_databases`.
    """
    kinds = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
    told_on_a_platform = any(folder in metafunc.definition.path.parents for folder in PLATFORMS)
    on_both = metafunc.config.getoption("--both-databases") or metafunc.definition.get_closest_marker("both_databases")
    if not told_on_a_platform or on_both:
        return kinds
    return [kinds[zlib.crc32(metafunc.definition.nodeid.encode()) % 2]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, on each of the two kinds in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/firstline.db"
        return
    with postgres.bare_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="session")
def dovecot() -> Iterator[dovecot_server.Dovecot]:
    """An IMAP server; each test uses a mailbox of its own."""
    if dovecot_server.program() is None:
        pytest.skip("Dovecot is not installed")
    with dovecot_server.running() as server:
        yield server


@pytest.fixture
def own_dovecot() -> Iterator[dovecot_server.Dovecot]:
    """An IMAP server that this test may stop and start."""
    if dovecot_server.program() is None:
        pytest.skip("Dovecot is not installed")
    with dovecot_server.running() as server:
        yield server


def pytest_configure(config: pytest.Config) -> None:
    """Choose where the server will live: one folder for all workers, reachable for a user that is not root.

    What tests write lives in memory too, but for those that write much.
    """
    worker_input: dict[str, str] | None = getattr(config, "workerinput", None)
    if config.option.markexpr == "not soak" and (room := memory.roomy()):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(room))
    config.stash[POSTGRES_HOME] = postgres.new_home() if worker_input is None else worker_input["postgres_home"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the server lives."""
    node.workerinput["postgres_home"] = node.config.stash[POSTGRES_HOME]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server, once every worker has ended."""
    if hasattr(config, "workerinput"):
        return
    home = Path(config.stash[POSTGRES_HOME])
    if programs := postgres.programs():
        server = postgres.Server(home=home, programs=programs)
        if server.running:
            server.stop()
    shutil.rmtree(home)


def pytest_collection_finish() -> None:
    """What was loaded is there until the end: nobody need look whether it is garbage."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for PostgreSQL by name, so that `-m 'not postgres'` leaves it out."""
    for item in items:
        if isinstance(item, pytest.Function) and {"postgres_server", "postgres_database"} & set(item.fixturenames):
            item.add_marker(pytest.mark.postgres)


# --------------------------------------------------------------------------------------------- network


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self: socket.socket, address: Any) -> None:
        refuse_elsewhere(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        refuse_elsewhere(address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def refuse_elsewhere(address: Any) -> None:
    if isinstance(address, tuple) and address[0] != "localhost" and not ipaddress.ip_address(address[0]).is_loopback:
        msg = f"a test tried to reach {address[0]}, which is not this machine"
        raise AssertionError(msg)


# ------------------------------------------------------------------------------------------------- CI


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        fail_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI and report.skipped:
        fail_skipped(report)
    return report


def fail_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI every test runs; one that cannot is a failure, not a hole."""
    report.outcome = "failed"
    report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
