"""The static server: what it hands out, to whom, and that nothing a browser sends can hurt it (faults 35 to 39)."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

import separatrix as sx
from separatrix.web._build import page_files
from separatrix.web.server import listen


@pytest.fixture
def port(page_address):
    return urlsplit(page_address).port


def ask(port, path="/", method="GET", headers=None, body=None):
    """Status, media type and content; with these headers alone."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers or [("Host", f"127.0.0.1:{port}")]:
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers.get("Content-Type"), content


def test_every_file_of_the_page_comes_as_what_it_is(port):
    kinds = {"html": "text/html", "js": "text/javascript", "css": "text/css", "json": "application/json"}
    for path, content in page_files().items():
        status, kind, came = ask(port, f"/{path}?v=1")
        assert (status, came) == (200, content)
        assert kind.startswith(kinds[path.rpartition(".")[2]])
    assert ask(port)[2] == page_files()["index.html"]


def test_fault_35_it_listens_on_this_machine_alone(page_address):
    server = listen()
    try:
        assert server.socket.getsockname()[0] == "127.0.0.1"
    finally:
        server.server_close()


@pytest.mark.parametrize(
    "headers",
    [
        [("Host", "evil.example:{port}")],
        [("Host", "127.0.0.1.evil.example:{port}")],
        [("Host", "localhost.evil.example:{port}")],
        [("Host", "127.0.0.1")],
        [("Host", "127.0.0.1:{port}"), ("Host", "evil.example")],
        [("X-Nothing", "here")],
        [("Host", "127.0.0.1:{port}"), ("Origin", "null")],
        [("Host", "127.0.0.1:{port}"), ("Origin", "http://127.0.0.1:1")],
        [("Host", "127.0.0.1:{port}"), ("Origin", "http://localhost.evil.example:{port}")],
    ],
    ids=lambda headers: "; ".join(f"{name}: {value}" for name, value in headers),
)
@pytest.mark.parametrize("path", ["/", "/js/main.js", "/nothing"])
def test_fault_36_a_foreign_host_or_origin_is_refused(port, path, headers):
    status, _, content = ask(port, path, headers=[(name, value.format(port=port)) for name, value in headers])
    assert status == 421
    assert b"127.0.0.1 and localhost alone" in content


@pytest.mark.parametrize(
    "headers", [[("Host", "localhost:{port}")], [("Host", "127.0.0.1:{port}"), ("Origin", "http://127.0.0.1:{port}")]]
)
def test_its_own_names_are_answered(port, headers):
    assert ask(port, headers=[(name, value.format(port=port)) for name, value in headers])[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/server.py", "/js/../../server.py", "/etc/passwd", "//etc/passwd", "/js", "/%00"],
)
def test_fault_38_no_path_from_the_browser_reaches_the_disk(port, path):
    assert ask(port, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "CONNECT", "NONSENSE"])
def test_fault_37_an_upload_is_refused_and_the_server_lives_on(port, method):
    assert ask(port, method=method, headers=[("Host", f"127.0.0.1:{port}"), ("Content-Length", "1000000000")])[0] == 501
    assert ask(port)[0] == 200


def test_fault_37_headers_without_end_are_refused(port):
    with socket.create_connection(("127.0.0.1", port), timeout=600) as line:
        line.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")
        assert b" 431 " in line.recv(100)
    assert ask(port)[0] == 200


def test_fault_37_a_hundred_idle_connections_hold_nobody_back(port):
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    try:
        idle[0].sendall(b"GET / HTTP/1.1\r\n")  # and one that stops in the middle of a word
        assert ask(port)[0] == 200
    finally:
        for line in idle:
            line.close()
    assert ask(port, method="HEAD") == (200, "text/html; charset=utf-8", b"")


def test_a_taken_port_and_one_that_cannot_be_are_told():
    taken = r"can't be listened on.*--port"
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(sx.OutputError, match=taken):
        listen(other.getsockname()[1])
    with pytest.raises(sx.InvalidParameter, match="port must be from 0 to 65,535"):
        listen(65_536)


def started(*options):
    command = [sys.executable, "-m", "separatrix", "play", "--no-browser", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[0]


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM"])
def test_the_command_serves_until_it_is_interrupted(signal_name):
    process, address = started("--port", "0")
    try:
        assert ask(urlsplit(address).port)[0] == 200
        os.kill(process.pid, getattr(signal, signal_name))
        _, complaint = process.communicate(timeout=600)
    finally:
        process.kill()
    assert (process.returncode, complaint) == (128 + getattr(signal, signal_name), "")


def test_the_command_answers_before_anything_large_is_imported():
    code = (
        "import sys; from separatrix.web.server import listen; listen().server_close(); "
        "print(sorted({'torch', 'matplotlib', 'polars', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout.strip() == "[]"


def test_the_command_saves_one_file_and_replaces_none_unasked(tmp_path):
    path = tmp_path / "playground.html"
    line = [sys.executable, "-m", "separatrix", "play", "--save", str(path)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=600)
    assert str(path) in done.stdout
    whole = path.read_bytes()
    again = subprocess.run(line, capture_output=True, text=True, check=False, timeout=600)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert path.read_bytes() == whole
    before = path.stat().st_ino
    subprocess.run([*line, "--force"], check=True, stdout=subprocess.DEVNULL, timeout=600)
    assert path.stat().st_ino != before  # another file has taken the name
    assert path.read_bytes() == whole


def test_the_page_is_built_without_what_only_extras_install():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['onnx', 'onnxruntime', 'xgboost', 'anywidget', 'hypothesis'])); "
        "from separatrix.web._build import page_files; assert page_files()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)
