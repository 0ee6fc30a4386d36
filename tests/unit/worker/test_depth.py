"""JSON that is nested without a bottom ends before it fills the memory."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimport_worker.decode.depth import MOST_DEPTH, DepthGuard
from jobimport_worker.errors import Terminal

values = st.recursive(
    st.none() | st.text('a"\\[]{}ü\n', max_size=8),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text('k"[', max_size=3), each),
)


def fed(text: bytes, size: int) -> DepthGuard:
    guard = DepthGuard()
    for start in range(0, len(text), size):
        guard.feed(text[start : start + size])
    return guard


@given(value=values, size=st.integers(1, 40))
def test_whole_json_ends_at_the_level_where_it_began_however_it_is_cut(
    value: object, size: int
) -> None:
    guard = fed(json.dumps([value], ensure_ascii=False).encode(), size)
    assert (guard._depth, guard._in_string) == (0, False)


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize("text", [b"[", b'{"a":', b'[{"a":[]},', b'{"]}":'])
def test_what_has_no_bottom_is_refused(text: bytes, size: int) -> None:
    with pytest.raises(Terminal, match="nested deeper than"):
        fed(text * (MOST_DEPTH + 1), size)


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize("text", [b"[" * MOST_DEPTH, b"[{}]," * 50_000, b'"' + b"[{" * 50_000])
def test_what_has_a_bottom_and_what_is_text_is_not(text: bytes, size: int) -> None:
    fed(text[: 60_000 if size == 1 else None], size)
