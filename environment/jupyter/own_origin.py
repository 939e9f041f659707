"""Refuses what another page sends to the notebook server, even where it knows the token."""

from urllib.parse import urlparse


def is_foreign(handler):
    headers = handler.request.headers
    origin = headers.get("Origin", headers.get("Sec-Websocket-Origin"))
    return origin is not None and urlparse(origin).netloc != headers.get("Host")


try:
    from jupyter_server.auth.identity import PasswordIdentityProvider

    class OwnOrigin(PasswordIdentityProvider):
        def should_check_origin(self, handler):
            return is_foreign(handler) or super().should_check_origin(handler)

except ImportError:
    from notebook.auth.login import LoginHandler

    class OwnOrigin(LoginHandler):
        @classmethod
        def should_check_origin(cls, handler):
            return is_foreign(handler) or super().should_check_origin(handler)
