"""Fixtures: a shared server per test file, and servers of a test's own with special settings."""
import pytest

import support
from chat import Chat

SHOWN_CHARACTERS = 8000
_alive = []  # the servers whose output is shown when a test fails


def pytest_configure(config):
    support.raise_descriptor_limit()
    if not support.BINARY.exists():
        pytest.exit(f"{support.BINARY} does not exist: build it first, or set CONFAB_BIN", 3)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    for server in _alive:
        where = " ".join(server.arguments)
        report.sections.append((f"output of {where}", server.output[-SHOWN_CHARACTERS:]))


def _stop_all(servers):
    problems = []
    for server in servers:
        try:
            server.stop()
        except AssertionError as problem:
            problems.append(problem)
        _alive.remove(server)
    if problems:
        raise problems[0]


def _start(directory, arguments, settings, env):
    server = support.Server(directory / "data", *arguments, settings=settings, env=env)
    _alive.append(server)
    return server


@pytest.fixture(scope="module")
def start_module_server():
    """start_module_server(directory, settings, env=None): a server for all the tests of a file."""
    started = []

    def start(directory, settings, env=None):
        started.append(_start(directory, [], settings, env))
        return started[-1]

    yield start
    _stop_all(started)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the cheap tests of a file; only caps and rates are lifted."""
    directory = tmp_path_factory.mktemp("shared")
    shared = _start(directory, [], support.LIFTED, None)
    yield shared
    _stop_all([shared])


@pytest.fixture
def start_server(tmp_path):
    """start_server(*arguments, settings={...}): servers that end with the test, cleanly."""
    started = []

    def start(*arguments, settings=None, env=None, directory=None):
        fresh = _start(directory or tmp_path, arguments, settings, env)
        started.append(fresh)
        return fresh

    yield start
    _stop_all(started)


@pytest.fixture
def chat():
    """chat(server, user or token, room): WebSocket clients that are closed with the test."""
    opened = []

    def join(server, who, room=None, **options):
        token = getattr(who, "token", who)
        client = Chat(server, token, room, **options)
        opened.append(client)
        return client

    yield join
    for client in opened:
        client.close()
