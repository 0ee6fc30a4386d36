"""A fuzzer by mutation of a corpus: it needs nothing, and finds less than a guided one."""

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path

from fuzz.target import one_input

_WORDS = (
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"<", b">", b"/>", b"</job>", b"<job>", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [", b"&#0;", b"&x;",
    b"\n", b"\r\n", b",", b";", b'""', b"1e999", b"-0", b"NaN", b"null", b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"9" * 400, b"[" * 300, b'{"a":' * 300, b"<a>" * 300,
)  # fmt: skip


def mutated(data: bytes, other: bytes, random_: random.Random) -> bytes:
    """The data changed in one to four places; `other` is a second input to take from."""
    changed = bytearray(data)
    for _ in range(random_.randint(1, 4)):
        at = random_.randint(0, len(changed))
        match random_.randrange(6):
            case 0:
                changed[at:at] = random_.choice(_WORDS)
            case 1:
                del changed[at : at + random_.randint(1, 20)]
            case 2 if changed:
                changed[min(at, len(changed) - 1)] = random_.randrange(256)
            case 3:
                changed[at:at] = changed[: random_.randint(0, 60)]
            case 4 if other:
                start = random_.randrange(len(other))
                changed[at:] = other[start:]
            case _:
                del changed[at:]
    return bytes(changed[:8192])


def fuzz(corpus: Path, seconds: float, *, seed: int = 0, say: Callable[[str], object]) -> bool:
    """Try the corpus and then mutations of it for so many seconds; False where something is found.

    The input that breaks a promise is written into the corpus.
    """
    random_ = random.Random(seed)
    inputs = [path.read_bytes() for path in sorted(corpus.iterdir())]
    until, tried = time.monotonic() + seconds, 0
    waiting = list(inputs)
    while waiting or time.monotonic() < until:
        data = waiting.pop() if waiting else mutated(*random_.sample(inputs, 2), random_)
        tried += 1
        try:
            one_input(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            path = corpus / f"found-{hashlib.sha1(data).hexdigest()[:12]}"
            path.write_bytes(data)
            say(f"{path.name} after {tried} inputs: {type(error).__name__}: {error!s:.300}")
            return False
    say(f"{tried} inputs, nothing found")
    return True
