"""`separatrix play`: the playground in the browser."""

from __future__ import annotations

import signal
import sys
import threading
import webbrowser
from typing import Annotated

import typer

from separatrix.cli._terminal import console

Host = Annotated[
    str, typer.Option("--host", help="Address to show_log_and_warnings on; any but this machine's own needs the token.")
]
Port = Annotated[int, typer.Option("--port", help="Port to show_log_and_warnings on; 0 takes a free one.")]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Don't open the browser.")]


def play(host: Host = "127.0.0.1", port: Port = 5006, no_open: NoOpen = False) -> int:
    """Open the playground: drag a point, and the network is trained to its end.

    It runs until Ctrl-C. Nothing leaves this machine.
    """
    from separatrix.playground import start

    served, came = start(host=host, port=port), list[int]()

    def end(number: int, frame: object) -> None:
        came.append(number)
        served.loop.add_callback_from_signal(served.close)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    console().print(f"{served.address}  (Ctrl-C ends it)", markup=False)
    sys.stdout.flush()  # a pipe would keep it back, and nothing else is printed
    if not no_open:  # on a thread, for some wait for the browser
        threading.Thread(target=webbrowser.open, args=(served.address,), daemon=True).start()
    served.run()
    return 128 + came[0] if came else 0
