"""Ask the gateway at GATEWAY for three answers; exits with 1 and says which one is wrong."""

import os
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException

EXPECTED = {"/readyz": 200, "/": 200, "/api/v1/imports": 401}
DEADLINE = time.monotonic() + 60


def answer(path: str) -> int | str:
    """The status that a path is answered with, or why there is no answer."""
    url = os.environ["GATEWAY"] + path
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own Service
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, HTTPException) as error:
        return str(error)


for wanted, status in EXPECTED.items():
    while (found := answer(wanted)) != status:
        if time.monotonic() > DEADLINE:
            sys.exit(f"{wanted}: {status} was expected, found: {found}")
        time.sleep(1)
    print(f"{wanted}: {status}")
