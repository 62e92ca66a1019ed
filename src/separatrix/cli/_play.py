"""`separatrix play`: the playground in the browser, or as a file."""

from __future__ import annotations

import signal
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._option_tables import Force
from separatrix.cli._terminal import console

if TYPE_CHECKING:
    from separatrix.web.server import PageServer

Save = Annotated[
    Path | None, typer.Option("--save", help="Write the page to this HTML file, which works without a server, and end.")
]
Port = Annotated[int, typer.Option("--port", help="Port to listen on; 0 takes a free one.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 in a container.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Don't open the browser.")]


def play(
    save: Save = None, port: Port = 5006, host: Host = "127.0.0.1", no_browser: NoBrowser = False, force: Force = False
) -> int:
    """Open the playground: drag a point, and the network is trained to its end.

    The page trains in the browser; the command serves its files until Ctrl-C. Nothing leaves this machine.
    """
    if save is not None:
        from separatrix.web.doors import save_page

        console().print(f"wrote {save_page(save, force=force)}", markup=False)
        return 0
    from separatrix.web.server import listen

    with listen(port, host) as server:
        return _served(server, open_browser=not no_browser)


def _served(server: PageServer, *, open_browser: bool) -> int:
    """Answer until a signal comes; the command's exit status."""
    came = list[int]()

    def end(number: int, frame: object) -> None:
        came.append(number)
        threading.Thread(target=server.shutdown).start()  # it waits for the loop that this signal has interrupted

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    console().print(f"{server.address}  (Ctrl-C ends it)", markup=False)
    sys.stdout.flush()  # a pipe would keep it back, and nothing else is printed
    if open_browser:  # on a thread, for some wait for the browser
        threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
    server.serve_forever(poll_interval=0.1)
    return 128 + came[0] if came else 0
