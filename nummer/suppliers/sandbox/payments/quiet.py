"""An HTTP server in threads that does not complain when a client has gone."""

from __future__ import annotations

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class QuietServer(ThreadingHTTPServer):
    """Prints every error of a request, as usual, but those of a connection that ended."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Take a client's leaving quietly; nothing else is swallowed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
