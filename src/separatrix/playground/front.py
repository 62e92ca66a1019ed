"""The page's HTML, which is the same for everybody: a browser reads it and its scripts while what belongs on it is made."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bokeh.embed.bundle import bundle_for_objs_and_resources
from bokeh.embed.elements import html_page_for_render_items
from bokeh.embed.util import RenderItem
from bokeh.models import Div
from bokeh.resources import Resources
from bokeh.server.views.static_handler import StaticHandler
from bokeh.util.token import generate_jwt_token, generate_session_id
from jinja2 import Template
from tornado.web import RequestHandler

if TYPE_CHECKING:
    from bokeh.server.contexts import ApplicationContext

ROOTS = ("about", "top", "task", "left", "middle", "right")  # of every visitor's document, by name and by id
TOKEN_HOURS = 1  # after which a page that lost its connection can't come back
PLACE_OF_TOKEN = "the visitor's token"


class Front(RequestHandler):
    """Answers with the HTML at once, and then has the visitor's document made, which the page's WebSocket waits for."""

    def initialize(self, context: ApplicationContext) -> None:
        """Tornado's way of telling a handler what it works with."""
        self.context = context

    async def get(self) -> None:
        """The page."""
        session = generate_session_id(signed=False)
        asked: Any = {"arguments": self.request.arguments}  # of the address, which the WebSocket's doesn't hold
        token = generate_jwt_token(session, signed=False, extra_payload=asked, expiration=3600 * TOKEN_HOURS)
        before, after = _around_token()
        await self.finish(before + token + after)
        try:
            await self.context.create_session_if_needed(session, self.request, token)
        except BaseException as error:  # whoever waits for it is told; Bokeh would let them wait for ever
            if waiting := self.context._pending_sessions.pop(session, None):
                waiting.set_exception(error)
            raise


@cache
def _around_token() -> tuple[str, str]:
    """The HTML before and after the only thing in it that is a visitor's own."""
    here = files("separatrix.playground")
    page, script = (here.joinpath(name).read_text("utf-8") for name in ("page.html", "page.js"))
    # The two scripts that the page needs, from this server whatever the environment says of others.
    resources = Resources(
        "server", root_url="/", path_versioner=StaticHandler.append_version, components=["bokeh", "bokeh-widgets"]
    )
    item = RenderItem(token=PLACE_OF_TOKEN, roots={_named(name): f"root-{name}" for name in ROOTS}, use_for_title=True)
    html = html_page_for_render_items(
        bundle_for_objs_and_resources(None, resources),
        {},
        [item],
        "separatrix",
        Template(page.replace("/* page.js */", script)),
    )
    before, after = html.split(PLACE_OF_TOKEN)
    return before, after


def name_root(model: Any, name: str) -> None:
    """Make it the document's root of that name; Bokeh would number it, and the HTML be known no sooner than the number."""
    model.name = model._id = name


def _named(name: str) -> Div:
    made = Div()
    name_root(made, name)
    return made
