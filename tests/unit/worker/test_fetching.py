"""What is fetched from where, with which secrets, and what an answer means."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobimport.resource.fetching import Auth, Request
from jobimport.resource.spec import Retry
from jobimport.settings import WorkerSettings
from jobimport_worker.attempts import retry_delay_ms
from jobimport_worker.fetch.addresses import parse_networks, refusal
from jobimport_worker.fetch.judging import retry_after
from jobimport_worker.fetch.redacting import redact
from jobimport_worker.fetch.request import Credentials, Prepared, Sent, prepare

REFUSED = """
127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254
100.64.0.1 100.127.255.255 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1
255.255.255.255 ::1 :: fe80::1 fc00::1 fd00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 2002:7f00:1::
2002:a00:1:: 2001:db8::1 ::127.0.0.1 ::10.0.0.1 fec0::1
""".split()


@pytest.mark.parametrize("text", REFUSED)
def test_addresses_that_are_not_public_are_refused(text: str) -> None:
    assert refusal(ipaddress.ip_address(text), [])


@pytest.mark.parametrize("text", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_not(text: str) -> None:
    assert refusal(ipaddress.ip_address(text), []) is None


def test_a_network_can_be_allowed() -> None:
    networks = parse_networks("10.20.0.0/16, fd00:1::/32")
    assert refusal(ipaddress.ip_address("10.20.3.4"), networks) is None
    assert refusal(ipaddress.ip_address("::ffff:10.20.3.4"), networks) is None
    assert refusal(ipaddress.ip_address("10.21.3.4"), networks)


def test_templates_and_pagination_meet_in_the_request() -> None:
    request = Request.model_validate(
        {
            "url": "https://{partition.host}/jobs?fixed=1",
            "query": {"q": "{parameters.word}"},
            "json": {"nested": {"host": "{partition.host}"}},
        }
    )
    values = {"partition.host": "a.example", "parameters.word": "x y"}
    sent = prepare(request, values, Sent(query={"page": "3"}, json={"offset": 20}))
    assert sent.url == "https://a.example/jobs?fixed=1&q=x+y&page=3"
    assert sent.body == b'{"nested":{"host":"a.example"},"offset":20}'


def test_credentials_are_sent_to_their_hosts_alone(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    credentials = Credentials(Auth.model_validate({"headers": {"X-Key": "key"}}), tmp_path)

    def headers(url: str) -> dict[str, str]:
        return credentials.add_to(Prepared("GET", url, {}, None), "https://a.example/jobs")[1]

    assert headers("https://a.example/x") == {"X-Key": "s3cret"}
    assert headers("https://b.example/x") == {}
    assert headers("https://a.example.evil/x") == {}
    assert headers("http://a.example/x") == {}  # they would be readable on the way


def test_urls_are_shown_without_their_secrets() -> None:
    shown = redact("https://user:pass@a.example:8443/x?page=2&api_key=abc&access_token=d#frag")
    assert shown == "https://a.example:8443/x?page=2&api_key=***&access_token=***"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3), ("0", 0), ("Thu, 01 Jan 2026 00:00:10 GMT", 10), (None, 30), ("soon", 30)],
)
def test_p5_retry_after_is_read_in_both_forms(text: str | None, seconds: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after(text, now) == timedelta(seconds=seconds)


def test_p5_delays_grow_to_their_cap_with_jitter() -> None:
    retry = Retry(initial_delay_seconds=2, multiplier=3, max_delay_seconds=20)
    settings = WorkerSettings()
    longest = [retry_delay_ms(retry, settings, attempt, 0.0) for attempt in (1, 2, 3, 60)]
    assert longest == [2000, 6000, 18000, 20000]
    assert retry_delay_ms(retry, settings, 1, 0.999) >= 1000
