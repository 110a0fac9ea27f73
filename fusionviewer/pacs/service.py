"""One way to talk to every archive, by DIMSE or over the web."""

from collections.abc import Callable
from dataclasses import dataclass

from fusionviewer.pacs import archive, find, get, send, web_find, web_get, web_send
from fusionviewer.pacs.archive import Archive
from fusionviewer.pacs.find import Found
from fusionviewer.pacs.send import Sent
from fusionviewer.pacs.web import WebArchive

AnyArchive = Archive | WebArchive


@dataclass(frozen=True)
class Service:
    """What can be asked of an archive; the arguments are those of the DIMSE functions.

    Attributes:
        echo: `archive.echo`; find: `find.find`; get: `get.get`; send: `send.send`.
    """

    echo: Callable[..., float]
    find: Callable[..., Found]
    get: Callable[..., int]
    send: Callable[..., Sent]


SERVICES: dict[type[AnyArchive], Service] = {
    Archive: Service(archive.echo, find.find, get.get, send.send),
    WebArchive: Service(web_find.echo, web_find.find, web_get.get, web_send.send),
}


def service(of: AnyArchive) -> Service:
    return SERVICES[type(of)]
