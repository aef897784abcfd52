"""The echo server, plain and with permessage-deflate, one of each per test file."""
import signal

import pytest

import support


class EchoServer(support.Process):
    """`echo_server 0`, from the build directory of the server under test."""

    def __init__(self, *arguments):
        super().__init__([0, *arguments], binary=support.BINARY.parent / "echo_server")
        try:
            self.port = int(self.wait_for_output(r"http://127\.0\.0\.1:(\d+)").group(1))
        except BaseException:
            self.kill()
            raise

    def stop(self):
        """SIGTERM; it must have lived until now, and the end must be clean."""
        assert self.popen.poll() is None, f"the echo server died:\n{self.output[-20000:]}"
        self.popen.send_signal(signal.SIGTERM)
        code = self.wait()
        self.check_sanitizers()
        assert code == 0, f"exit code {code}:\n{self.output[-20000:]}"


@pytest.fixture(scope="module")
def echo_server():
    server = EchoServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def deflate_server():
    server = EchoServer("--deflate")
    yield server
    server.stop()
