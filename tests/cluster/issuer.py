"""A small OpenID Connect issuer: whoever asks is logged in as the one user that it knows."""

import base64
import json
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cluster.certificates import Pair

CLIENT, USER = "jobimport", "jane@example.org"
_HOUR = 3600


class Issuer:
    """Signs tokens; `url` is what they are issued by."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seconds = _HOUR
        """How long a token that is issued from now on is valid."""
        self._key = rsa.generate_private_key(65537, 2048)
        self._nonces: dict[str, str] = {}

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The document at a path; of `/authorize`, where to go from there as `location`."""
        match path:
            case "/.well-known/openid-configuration":
                return self._configuration()
            case "/keys":
                return {"keys": [self._public()]}
            case "/authorize":
                code = f"code-{len(self._nonces)}"
                self._nonces[code] = query.get("nonce", "")
                back = urlencode({"code": code, "state": query["state"]})
                return {"location": f"{query['redirect_uri']}?{back}"}
            case "/token":
                again = query.get("grant_type") == "refresh_token"
                token = self.token(**({} if again else {"nonce": self._nonces.pop(query["code"])}))
                known = {"token_type": "Bearer", "expires_in": self.seconds}
                tokens = {"access_token": token, "id_token": token, "refresh_token": "again"}
                return {**known, **tokens}
            case _:
                raise KeyError(path)

    def token(self, **claims: str) -> str:
        """A token of the user, valid for `seconds`."""
        now = int(time.time())
        known = {"iss": self.url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + self.seconds}
        body = {**known, "email": USER, "email_verified": True, **claims}
        head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
        signed = ".".join(_encoded(json.dumps(each).encode()) for each in (head, body))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        key = {
            "n": _encoded(numbers.n.to_bytes(256, "big")),
            "e": _encoded(numbers.e.to_bytes(3, "big")),
        }
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", **key}


@contextmanager
def serving_issuer(pair: Pair) -> Generator[Issuer]:
    """Serve an issuer over TLS on a port of the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer = Issuer(f"https://127.0.0.1:{server.server_port}")
    _Handler.issuer = issuer
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self._answer(self.rfile.read(size).decode())

    def log_message(self, *_: Any) -> None:
        """Say nothing: codes and tokens stand in what would be said."""

    def _answer(self, form: str) -> None:
        query = {name: values[0] for name, values in parse_qs(form).items()}
        try:
            document = self.issuer.answer(urlsplit(self.path).path, query)
        except KeyError:
            self.send_error(404)
            return
        body = json.dumps(document).encode()
        self.send_response(302 if "location" in document else 200)
        if "location" in document:
            self.send_header("Location", document["location"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
