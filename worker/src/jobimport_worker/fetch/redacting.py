"""URLs and texts that can be shown: without what opens anything."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from jobimport_worker.fetch.request import Credentials

_SECRET_NAMES = ("key", "token", "secret", "auth", "pass", "sig", "app_id", "credential")


def redact(url: str) -> str:
    """A URL that can be shown: no user, no password, no query value that looks like a secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port:
        host = f"{host}:{parts.port}"
    query = [
        (name, "***" if any(word in name.lower() for word in _SECRET_NAMES) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe="*"), ""))


def redact_text(text: str, credentials: Credentials) -> str:
    """A text without any secret of the source."""
    for secret in credentials.secrets():
        text = text.replace(secret, "…")
    return text
