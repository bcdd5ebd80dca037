"""Fixtures: servers that are gone when the test is over, their logs where it failed."""

import os
import shutil

import pytest

import program


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for number, server in enumerate(getattr(item, "servers", [])):
            report.sections.append((f"log of server {number} (its end)", server.log(lines=60)))
    return report


def _close(servers):
    for server in servers:
        if server.running():
            server.kill()


@pytest.fixture
def server(request, tmp_path):
    """`server(memory="256MiB", **settings)` starts a server of its own for this test.

    Settings are named as in the settings file, with `__` for the dot. `start=False` only prepares.
    """
    servers = request.node.servers = []

    def make(start=True, env=None, folder=None, **settings):
        settings = {name.replace("__", "."): value for name, value in settings.items()}
        number = len(servers)
        folder = folder or tmp_path / f"data{number}"
        made = program.Server(folder, tmp_path / f"server{number}.log", settings, env)
        servers.append(made)
        return made.start() if start else made

    yield make
    _close(servers)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One server for the tests of a module that tell their own data apart."""
    folder = tmp_path_factory.mktemp("shared")
    made = program.Server(folder / "data", folder / "server.log").start()
    yield made
    _close([made])


@pytest.fixture(autouse=True)
def _show_shared_log(request):
    """Failures of tests on the shared server show its log, too."""
    if "shared_server" in request.fixturenames:
        request.node.servers = [request.getfixturevalue("shared_server")]


def is_root():
    return os.geteuid() == 0


@pytest.fixture
def root_only():
    if not is_root() or shutil.which("mount") is None:
        pytest.skip("needs root, to mount a small file system")
