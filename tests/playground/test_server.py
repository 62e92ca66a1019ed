"""Who may ask for anything at all: every route, by HTTP and WebSocket, with a bad host, a bad origin and no token."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from bokeh.server.tornado import BokehTornado

from separatrix.errors import InvalidParameter
from separatrix.playground.door import LARGEST_MESSAGE, listen

CODE = """
import json, sys
from separatrix.playground import start
s = start(**json.loads(sys.argv[1]))
print(json.dumps([s.address, s.port]), flush=True)
s.run()
"""

# Bokeh's routes: the page, its script, its WebSocket, what it says of itself, the assets.
ROUTES = [
    "/",
    "/autoload.js",
    "/ws",
    "/metadata",
    "/static/js/bokeh.min.js",
    "/static/extensions/x/y.js",
    "/favicon.ico",
]


@contextmanager
def served(**settings):
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, json.dumps({"port": 0} | settings)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip  # what, then how
    try:
        address, port = json.loads(process.stdout.readline())
        yield address, port
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def ask(port, path, headers, method="GET", body=b""):
    """Status and body; exactly these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body or None)
    answer = connection.getresponse()
    found = answer.status, answer.read(), answer.headers
    connection.close()
    return found


SOCKET = [
    ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Protocol", "bokeh, x"),
]  # fmt: skip  # as a browser sends them


@pytest.fixture(scope="module")
def local():
    with served() as found:
        yield found


def test_the_routes_walked_here_are_those_that_bokeh_has():
    from bokeh.application import Application

    told = {rule.matcher.regex.pattern for rule in BokehTornado({"/": Application()}).wildcard_router.rules}
    for route in told:
        assert (
            any(part in route for part in ("autoload", "ws", "metadata", "static", "favicon"))
            or route.strip("?/$") == ""
        ), route


@pytest.mark.parametrize("path", ROUTES)
def test_fault_36_a_foreign_host_is_refused_on_every_route(local, path):
    _, port = local
    for host in (
        "evil.com",
        f"evil.com:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"localhost.evil.com:{port}",
        "",
    ):
        for extra in ([], [*SOCKET, ("Origin", f"http://{host}")]):
            assert ask(port, path, [("Host", host), *extra])[0] in (400, 403), host
    assert ask(port, path, [("Host", f"127.0.0.1:{port}"), ("Host", "evil.com")])[0] in (400, 403)


@pytest.mark.parametrize("path", ROUTES)
def test_fault_36_a_foreign_origin_is_refused_on_every_route(local, path):
    _, port = local
    own = ("Host", f"127.0.0.1:{port}")
    for origin in (
        "null", "http://evil.com", f"http://127.0.0.1:{port + 1}", f"http://localhost.evil.com:{port}", "file://",
        f"ftp://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.com", f"http://user@evil.com:{port}",
    ):  # fmt: skip  # a row of strangers
        for extra in ([], SOCKET):
            assert ask(port, path, [own, ("Origin", origin), *extra])[0] == 403, origin


def test_fault_36_a_websocket_without_an_origin_is_refused_and_our_own_page_s_is_not(local):
    _, port = local
    own = ("Host", f"127.0.0.1:{port}")
    assert ask(port, "/ws", [own, *SOCKET])[0] == 403
    assert ask(port, "/", [own])[0] == 200
    assert ask(port, "/", [("Host", f"localhost:{port}"), ("Origin", f"http://localhost:{port}")])[0] == 200


def test_fault_35_it_listens_on_this_machine_alone(local):
    address, port = local
    assert address == f"http://127.0.0.1:{port}/"
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} - {"127.0.0.1", "::1"}
    for other in others:
        with pytest.raises((ConnectionError, TimeoutError)), socket.create_connection((other, port), timeout=2):
            pass


def test_fault_35_any_other_host_needs_the_token_on_every_route():
    with served(host="0.0.0.0") as (address, port):
        token = address.partition("token=")[2]
        own = ("Host", f"127.0.0.1:{port}")
        assert len(token) > 15
        for path in ROUTES:
            for wrong in ("", "?token=", "?token=wrong", f"?token={token[:-1]}"):
                assert ask(port, path + wrong, [own])[0] == 403
            assert ask(port, path, [own, *SOCKET, ("Origin", f"http://127.0.0.1:{port}")])[0] == 403
            assert ask(port, path, [own, ("Cookie", "separatrix-token=wrong")])[0] == 403
        status, _, headers = ask(port, f"/?token={token}&lang=zh", [own])
        assert status == 302
        assert token not in headers["Location"]
        assert "lang=zh" in headers["Location"]
        assert "HttpOnly" in headers["Set-Cookie"]
        assert "SameSite=Strict" in headers["Set-Cookie"]
        cookie = headers["Set-Cookie"].partition(";")[0]
        assert ask(port, "/", [own, ("Cookie", cookie)])[0] == 200


def test_fault_37_a_request_too_large_is_refused_and_the_server_lives_on(local):
    _, port = local
    own = ("Host", f"127.0.0.1:{port}")
    try:
        status = ask(port, "/", [own, ("Content-Length", str(LARGEST_MESSAGE * 10))], "POST", b"x")[0]
        assert status >= 400
    except (http.client.HTTPException, ConnectionError):
        pass  # it hung up, which is an answer too
    assert ask(port, "/", [own])[0] == 200


@pytest.mark.parametrize("path", ["/static/../../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd"])
def test_fault_38_no_path_reaches_the_file_system(local, path):
    _, port = local
    status, body, _ = ask(port, path, [("Host", f"127.0.0.1:{port}")])
    assert status in (403, 404)
    assert b"root:" not in body


def test_fault_40_a_port_in_use_is_one_message_that_says_what_to_do(local):
    _, port = local
    command = [sys.executable, "-m", "separatrix", "play", "--no-open", "--port", str(port)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "--port 0" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(("settings_", "words"), [({"host": "example"}, "IP address"), ({"port": 70_000}, "port")])
def test_fault_40_a_host_or_port_that_cannot_be_is_refused(settings_, words):
    with pytest.raises(InvalidParameter, match=words):
        listen(**settings_)


def test_fault_26_ctrl_c_ends_the_command_quietly():
    command = [sys.executable, "-m", "separatrix", "play", "--no-open", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Traceback" not in said


def test_the_command_opens_the_browser_at_its_address_unless_told_not_to(tmp_path):
    opened = tmp_path / "opened"
    env = os.environ | {"BROWSER": f"sh -c 'echo %s > {opened}'"}
    for line, expected in ((["--no-open"], False), ([], True)):
        command = [sys.executable, "-m", "separatrix", "play", "--port", "0", *line]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        address = process.stdout.readline().split()[0]
        while expected and not (opened.exists() and opened.read_text()):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130
        assert opened.exists() == expected
    assert opened.read_text().strip() == address
