"""The static page for all tests of it, served from this process."""

from __future__ import annotations

import threading

import pytest

from separatrix.web.server import listen


@pytest.fixture(scope="session")
def page_address():
    """The static page, served from this process."""
    server = listen()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visitor(browser, page_address):
    """A tab with the page and what it saw; every test has its own window, storage and language, whatever ran before it."""
    from tests.web.page_visit import Visitor

    one = Visitor(browser.new_context(viewport={"width": 1366, "height": 768}), page_address)
    yield one
    one.close()


@pytest.fixture(scope="session")
def modules(browser, page_address):
    """A tab that can import the page's modules without the page: its address shows a file."""
    from tests.web.page_visit import patient

    tab = patient(browser.new_page())
    tab.goto(page_address + "style.css")
    yield tab
    tab.close()
