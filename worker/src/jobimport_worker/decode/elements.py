"""Which elements of an XML document could be its records, for a message about a path that it does
not have.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from jobimport.problems import did_you_mean
from jobimport_worker.errors import Terminal

_MOST_SHOWN = 6
_MOST_DEPTH = 4
_MANY = 5


def check_absent(root: Any, path: list[str]) -> None:
    """Terminal where a whole document without a record at the path is no empty feed.

    An empty feed has the container of its records. It has no elements of another name in their
    place: several that hold elements, and are many or named alike.
    """
    text = ".".join(path)
    repeated = dict(_repeated(root, local_name(root.tag), 1))
    if not _has_container(root, path):
        hint = _hint(text, repeated)
        where = f"whose root is <{local_name(root.tag)}>"
        raise Terminal(f"spec.source.format.records {text!r}: not in the response, {where}{hint}")
    beside = {each: count for each, count in repeated.items() if each.split(".")[:-1] == path[:-1]}
    is_alike = did_you_mean(path[-1], (each.split(".")[-1] for each in beside))
    if is_alike or any(count >= _MANY for count in beside.values()):
        hint = _hint(text, beside)
        raise Terminal(f"spec.source.format.records {text!r}: no such element there{hint}")


def local_name(name: Any) -> str:
    """The name of an element or an attribute without its namespace."""
    return str(name).rpartition("}")[2]


def _has_container(root: Any, path: list[str]) -> bool:
    if len(path) == 1:
        return local_name(root.tag) == path[0]
    here = [root]
    for depth, name in enumerate(path[:-1]):
        if depth:
            here = [child for element in here for child in element]
        here = [element for element in here if local_name(element.tag) == name]
    return bool(here)


def _repeated(element: Any, path: str, depth: int) -> Iterator[tuple[str, int]]:
    """Elements with elements in them that come more than once in one place, and how often."""
    children = [child for child in element if isinstance(child.tag, str) and len(child)]
    for name, count in Counter(local_name(child.tag) for child in children).items():
        if count > 1:
            yield f"{path}.{name}", count
    if depth < _MOST_DEPTH:
        for name, child in {local_name(each.tag): each for each in children}.items():
            yield from _repeated(child, f"{path}.{name}", depth + 1)


def _hint(text: str, repeated: dict[str, int]) -> str:
    if not repeated:
        return ""
    shown = sorted(repeated, key=lambda each: -repeated[each])[:_MOST_SHOWN]
    many = ", ".join(f"{each} comes {repeated[each]:,} times" for each in shown)
    return f" ({did_you_mean(text, repeated)}{many})"
