"""YAML of templates, definitions and documents: read without growing, names as the texts that they are.

``No``, ``on`` and ``1`` are a truth and a number in YAML, and names of conditions, parameters and resources in a
template; a name stays the text that was written. Aliases let a text of some hundred bytes stand for billions of nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

_TEXT = "tag:yaml.org,2002:str"
#: Five times what the largest template of CloudFormation can hold.
_MOST_NODES = 250_000
#: Where the first item of a list, or the value of a member, is a name.
_NAMES = frozenset({"Condition", "DependsOn", "Ref"})
_CONDITIONAL = ("Fn::If", "!If")


class TooLargeError(ValueError):
    """Aliases make the document larger than it may be."""


class AliasError(ValueError):
    """There is an alias in a document that may have none."""


def load(source: Any, loader_class: Any, *, aliases: bool, names: bool = False) -> Any:
    """The one document of `source`, a text or an open file; None where there is none.

    With `names`, the names of a template stay texts. Raises yaml.YAMLError, AliasError, TooLargeError.
    """
    loader = loader_class(source)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if not aliases and _repeats(node):
            raise AliasError("YAML aliases are not allowed")
        if _size(node, {}) > _MOST_NODES:
            raise TooLargeError(f"The aliases of the document stand for more than {_MOST_NODES} values.")
        if names:
            _keep_names(node, set())
        return loader.construct_document(node)
    except RecursionError as error:
        raise TooLargeError("The document is nested too deeply.") from error
    finally:
        loader.dispose()


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes the document has once its aliases are resolved."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = _MOST_NODES + 1  # what holds itself has no end
    known[id(node)] = 1 + sum(_size(child, known) for child in _children(node))
    return known[id(node)]


def _repeats(root: yaml.Node) -> bool:
    seen, waiting = set(), [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            return True
        seen.add(id(node))
        waiting.extend(_children(node))
    return False


def _keep_names(node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode) and node.tag == _CONDITIONAL[1]:
        _first_is_a_name(node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _name(key)
            if key.value in _NAMES:
                _name(value)
                for part in _children(value) if isinstance(value, yaml.SequenceNode) else ():
                    _name(part)
            elif key.value == _CONDITIONAL[0] and isinstance(value, yaml.SequenceNode):
                _first_is_a_name(value)
    for child in _children(node):
        _keep_names(child, seen)


def _first_is_a_name(node: yaml.SequenceNode) -> None:
    if node.value:
        _name(node.value[0])


def _name(node: yaml.Node) -> None:
    """A plain scalar stays a text; `<<` stays the merge that it is."""
    if isinstance(node, yaml.ScalarNode) and node.tag.startswith("tag:yaml.org,2002:") and node.value != "<<":
        node.tag = _TEXT
