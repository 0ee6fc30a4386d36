"""Sanitising: what is kept without nh3 is what nh3 would have given."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobimport.mapping import sanitising
from jobimport.mapping.sanitising import clean_html

TAGS = "p ul ol li h1 h3 b em i strong code span br div a td table pre script".split()
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(["&amp;", "&lt;", "&gt;", "&nbsp;", "&", "<", ">", "\u00a0", "\r\n", "\x00"]),
    st.sampled_from(
        ["<!-- x -->", "<p class='a'>", "<P>", "<br/>", "< p>", "\ufeff", "\n", "<>", "</>"]
    ),
    st.text(max_size=6),
)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Mostly well-formed HTML, so that the quick way is taken often."""
    tags = st.sampled_from(TAGS)
    return st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", tags, st.lists(inner, max_size=4)
    )


HTML = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(
        st.recursive(st.text(max_size=8) | st.just("<br>"), nested, max_leaves=12), max_size=4
    ).map("".join),
)


@settings(max_examples=1500, deadline=None)
@given(HTML)
@example("<p>a<p>b</p></p>")
@example("<b><b>twice</b></b>")
@example("<ul><br></ul>")
@example("<p>\n</p>")
@example("\ufeff")
@example("</>")
@example("<p>We write Rust.</p></>")
def test_what_is_kept_as_it_is_is_a_fixed_point_of_nh3(text: str) -> None:
    if sanitising._is_clean(text):
        assert sanitising._CLEANER.clean(text) == text
    assert clean_html(text) == (sanitising._CLEANER.clean(text).strip() or None)


def test_the_usual_description_takes_the_quick_way() -> None:
    usual = "<p>You &amp; we.</p><ul><li>One<br>two</li><li><b>Three</b></li></ul><h3>Why</h3>Text"
    assert sanitising._is_clean(usual)
    assert clean_html(usual) == usual


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<p onclick=alert(1)>x</p>",
        "<style>*{}</style>",
        "<svg/onload=alert(1)>",
        "<iframe src=//x></iframe>",
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    ],
)
def test_nothing_that_can_run_is_left(text: str) -> None:
    cleaned = clean_html(text) or ""
    assert not any(
        word in cleaned for word in ("<script", "onerror", "onclick", "javascript:", "<svg")
    )
