"""JMESPath expressions: checked when compiled, and quick where they are simple.

What most mappings consist of (a field, a path, a call of one of our functions) is turned into
Python closures; everything else goes through the jmespath library's interpreter.
"""

from collections.abc import Callable
from typing import Any

import jmespath
from jmespath import exceptions, functions, visitor

from jobimport.mapping.functions import FUNCTIONS
from jobimport.problems import did_you_mean
from jobimport.shapes import is_object

Search = Callable[[Any], Any]
_Node = Any
"""A node of jmespath's syntax tree: an object with type, value and children."""
_NULL_IS_FINE = frozenset({"not_null", "type", "to_array", "to_string"})


class MappingError(ValueError):
    """An expression that cannot be used; the message says what is wrong and what there is."""


class _NullSafeFunctions(functions.Functions):
    """JMESPath's functions and ours; those that would raise on null give null."""

    def call_function(self, function_name: str, resolved_args: Any) -> Any:
        ours = FUNCTIONS.get(function_name)
        if ours is not None:
            return ours.call(*resolved_args)
        if function_name not in _NULL_IS_FINE and any(each is None for each in resolved_args):
            return None
        if function_name == "to_string" and resolved_args == [None]:
            return None
        return super().call_function(function_name, resolved_args)


_OPTIONS = visitor.Options(custom_functions=_NullSafeFunctions())
_INTERPRETER = visitor.TreeInterpreter(_OPTIONS)
_BUILT_IN: dict[str, Any] = dict(functions.Functions.FUNCTION_TABLE)


class CompiledExpression:
    """An expression ready for use. `search` gives None for what is not there; it raises ValueError,
    in words, for a value that a function cannot take.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            tree: _Node = jmespath.compile(text).parsed
        except exceptions.JMESPathError as error:
            raise MappingError(
                f"{text!r} is no JMESPath expression: {_first_line(error)}"
            ) from error
        _check(tree)
        self._search = _closure(tree)

    def search(self, value: Any) -> Any:
        """The expression's value over `value`."""
        try:
            return self._search(value)
        except exceptions.JMESPathError as error:
            raise ValueError(_first_line(error)) from error
        except (TypeError, AttributeError, KeyError) as error:
            raise ValueError(f"{self.text}: {error}") from error


def compile_expression(text: str) -> CompiledExpression:
    """Compile an expression; MappingError where it is misspelt."""
    return CompiledExpression(text)


def _first_line(error: Exception) -> str:
    line = str(error).splitlines()[0].removeprefix("Invalid jmespath expression: ")
    return line.removesuffix(":")


def _check(node: _Node) -> None:
    """Refuse functions that do not exist and wrong numbers of arguments."""
    if node["type"] == "function_expression":
        _check_call(node["value"], len(node["children"]))
    for child in node.get("children", []):
        if isinstance(child, dict):
            _check(child)


def _check_call(name: str, count: int) -> None:
    names = sorted(FUNCTIONS.keys() | _BUILT_IN.keys())
    if name not in names:
        hint = did_you_mean(name, names)
        raise MappingError(f"unknown function {name!r} ({hint}functions: {', '.join(names)})")
    least, most = _arity(name)
    if count < least or (most is not None and count > most):
        wanted = (
            str(least) if least == most else f"{least} to {'any number' if most is None else most}"
        )
        raise MappingError(f"{name}() takes {wanted} arguments, not {count}")


def _arity(name: str) -> tuple[int, int | None]:
    ours = FUNCTIONS.get(name)
    if ours is not None:
        return ours.least, ours.most
    signature = _BUILT_IN[name]["signature"]
    variadic = bool(signature and signature[-1].get("variadic"))
    return len(signature), None if variadic else len(signature)


def _closure(node: _Node) -> Search:
    kind = node["type"]
    if kind == "field":
        return _field(node["value"])
    if kind == "subexpression":
        return _chain([_closure(child) for child in node["children"]])
    if kind in ("current", "identity"):
        return lambda value: value
    if kind == "literal":
        constant = node["value"]
        return lambda value: constant
    if kind == "function_expression" and node["value"] in FUNCTIONS:
        return _call(node)
    return lambda value: _INTERPRETER.visit(node, value)


def _field(name: str) -> Search:
    def search(value: Any) -> Any:
        return value.get(name) if is_object(value) else None

    return search


def _chain(steps: list[Search]) -> Search:
    def search(value: Any) -> Any:
        for step in steps:
            if value is None:
                return None
            value = step(value)
        return value

    return search


def _call(node: _Node) -> Search:
    work = FUNCTIONS[node["value"]].call
    arguments = [_closure(child) for child in node["children"]]
    if len(arguments) == 1:
        only = arguments[0]
        return lambda value: work(only(value))
    return lambda value: work(*[argument(value) for argument in arguments])
