"""A web server on this computer, with or without TLS."""

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Handler = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def served(handle: Handler, secured: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that answers each GET and POST by `handle`, while the block lasts."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    if secured is not None:
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http{'s' * (secured is not None)}://127.0.0.1:{server.server_address[1]}"
    finally:
        threading.Thread(target=server.shutdown, daemon=True).start()


def reply(
    to: BaseHTTPRequestHandler, body: bytes, kind: str = "application/dicom+json", status: int = 200
) -> None:
    to.send_response(status)
    to.send_header("Content-Type", kind)
    to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)


def certified(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `name`, such as IP:127.0.0.1, and a server's side of TLS that shows it."""
    key, pem = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(pem), "-subj", "/CN=test"]
    command += ["-addext", f"subjectAltName={name}"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context
