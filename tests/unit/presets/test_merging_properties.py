"""A preset under what the user writes, whatever both are: what the user writes always holds."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobimport.presets.merging import merge
from jobimport.shapes import is_object

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2)
KEYS = st.sampled_from(["request", "format", "a", "b"])
VALUES: Any = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
MAPS: Any = st.dictionaries(KEYS, VALUES, max_size=4)


def holds(written: Any, merged: Any) -> bool:
    """Whether all that was written is in the result: maps by key, all else as it is."""
    if not is_object(written):
        return type(written) is type(merged) and written == merged
    return is_object(merged) and all(
        key in merged and holds(value, merged[key]) for key, value in written.items()
    )


def comes_from(merged: Any, base: Any, over: Any) -> bool:
    """Whether nothing is in the result that neither had, and the base's is where over is silent."""
    if not (is_object(base) and is_object(over)):
        return bool(merged == over)
    return merged.keys() == base.keys() | over.keys() and all(
        comes_from(merged[key], base[key], over[key])
        if key in base and key in over
        else merged[key] == (over if key in over else base)[key]
        for key in merged
    )


@given(base=MAPS, over=MAPS)
def test_what_is_written_holds_and_the_preset_fills_what_is_left_out(base: Any, over: Any) -> None:
    before = copy.deepcopy((base, over))
    merged = merge(base, over)
    assert holds(over, merged)
    assert comes_from(merged, base, over)
    assert (base, over) == before, "the preset is shared by all imports: it must not change"


@given(base=MAPS, over=MAPS)
def test_merging_again_changes_nothing(base: Any, over: Any) -> None:
    merged = merge(base, over)
    assert merge(merged, over) == merged
    assert merge(base, merged) == merged


@given(base=MAPS)
def test_nothing_written_is_the_preset_itself(base: Any) -> None:
    assert merge(base, {}) == base
    assert merge({}, base) == base
