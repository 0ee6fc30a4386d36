"""Half of a character in JSON costs that character: not its record, and not its page."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobimport_worker.decode.escapes import WholeEscapes, loads
from jobimport_worker.decode.structured import STREAM_FROM, JsonDecoder
from jobimport_worker.errors import Transient

texts = st.text(st.sampled_from(["\ud83d", "\ude00", "😀", "\\", '"', "u", "d", "8", "é", "a"]))


def expected(text: str) -> str:
    """As UTF-16 reads it: two halves in a row are a character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def fed(data: bytes, size: int) -> tuple[bytes, int]:
    escapes = WholeEscapes()
    pieces = [escapes.feed(data[at : at + size]) for at in range(0, len(data), size)]
    return b"".join([*pieces, escapes.feed(b"", final=True)]), escapes.mended


@given(text=texts, size=st.integers(1, 20))
@example("\\\ud83d", 1)
@example("\ud83d\ud83d\ude00\ude00", 7)
def test_halves_become_one_sign_each_however_the_text_is_cut(text: str, size: int) -> None:
    data = json.dumps([text]).encode()
    mended, count = fed(data, size)
    value = json.loads(mended)[0]
    assert value == re.sub("[\ud800-\udfff]", "\ufffd", json.loads(data)[0])
    assert value == expected(text)
    assert count == len(re.findall("[\ud800-\udfff]", json.loads(data)[0]))
    assert loads(data) == ([value], count)


@given(text=st.text(), size=st.integers(1, 20))
def test_a_text_without_halves_is_left_as_it_is(text: str, size: int) -> None:
    data = json.dumps([text, {text: "\\ud83d"}]).encode()
    assert fed(data, size) == (data, 0)


@pytest.mark.parametrize("fill", [0, STREAM_FROM])
@pytest.mark.parametrize("size", [7, 4096, 65536])
def test_small_and_large_pages_are_mended_alike(fill: int, size: int) -> None:
    jobs = [{"id": "1", "title": "a\ud83d"}, {"id": "2", "\ude00": "b"}, {"x": "c" * fill}]
    data = json.dumps({"jobs": jobs}).encode()
    decoder = JsonDecoder("jobs", "application/json", None, ())
    found = [
        each
        for at in range(0, len(data), size if fill == 0 else 65536 + size)
        for each in decoder.feed(data[at : at + (size if fill == 0 else 65536 + size)])
    ]
    found += decoder.close()
    assert found[:2] == [{"id": "1", "title": "a\ufffd"}, {"id": "2", "\ufffd": "b"}]
    assert decoder.mended == 2


@pytest.mark.parametrize("fill", [0, STREAM_FROM])
@pytest.mark.parametrize("end", [r"\ud8", r"\ud83d", r"\ud83d\u", r"\ud83d\ude00", "\\"])
def test_a_page_that_is_cut_at_a_half_is_still_cut_off(fill: int, end: str) -> None:
    data = ('{"jobs": [{"id": "' + "a" * fill + r'\ud83d"}, {"id": "' + end).encode()
    decoder = JsonDecoder("jobs", "application/json", None, ())
    list(decoder.feed(data))
    with pytest.raises(Transient, match="cut off"):
        decoder.close()
