"""Parses a program into functions of Python, and runs its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from local.gaps.cloudfront._javascript.values import GLOBALS, UNDEFINED, Thrown, Value, added, member, same, truth
from local.gaps.cloudfront._javascript.words import NotKnown, Token, pattern, text, tokens


class _Returned(Exception):
    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


@dataclass
class _Scope:
    names: dict[str, Value] = field(default_factory=dict)
    outer: _Scope | None = None

    def holder(self, name: str) -> _Scope:
        """Where a name was declared. Raises Thrown where it was not, as a ReferenceError is thrown."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.outer
        raise Thrown(f"{name} is not defined")


_Run: TypeAlias = Callable[[_Scope], Value]


_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
_LITERALS: dict[str, Callable[[str], Value]] = {
    "string": text,
    "number": lambda word: float(word) if "." in word else int(word),
    "regex": pattern,
}


class _Parser:
    """Makes a function of Python out of each piece of the program."""

    def __init__(self, code: str) -> None:
        self._rest = list(tokens(code))[::-1]

    def _next(self) -> Token:
        return self._rest.pop()

    def _is(self, word: str) -> bool:
        return self._rest[-1] == ("sign", word)

    def _took(self, word: str) -> bool:
        if self._is(word):
            self._next()
            return True
        return False

    def _take(self, word: str) -> None:
        if not self._took(word):
            raise NotKnown(f"not known here: {self._rest[-1][1]!r} where {word!r} should stand")

    def _name(self) -> str:
        kind, word = self._next()
        if kind != "name":
            raise NotKnown(f"not known here: {word!r} where a name should stand")
        return word

    def program(self) -> _Run:
        found = []
        while self._rest[-1][0] != "end":
            found.append(self._statement())
        return _all(found)

    def _block(self) -> _Run:
        self._take("{")
        found = []
        while not self._took("}"):
            found.append(self._statement())
        return _all(found)

    def _statement(self) -> _Run:
        if self._is("{"):
            return self._block()
        for word, made in (("function", self._function), ("if", self._if), ("try", self._try)):
            if self._took(word):
                return made()
        found = self._simple()
        if not self._took(";") and not self._is("}") and self._rest[-1][0] != "end":
            raise NotKnown(f"not known here: {self._rest[-1][1]!r} where ';' should stand")
        return found

    def _simple(self) -> _Run:
        if self._took("return"):
            value = (lambda _: UNDEFINED) if self._is(";") or self._is("}") else self._expression()
            return lambda scope: _give_back(value(scope))
        if any(self._took(word) for word in ("var", "let", "const")):
            return self._declaration()
        if self._is(";"):
            return lambda _: None
        return self._expression()

    def _declaration(self) -> _Run:
        name = self._name()
        value = self._expression() if self._took("=") else (lambda _: UNDEFINED)
        return lambda scope: scope.names.__setitem__(name, value(scope))

    def _function(self) -> _Run:
        name, names = self._name(), list[str]()
        self._take("(")
        while not self._took(")"):
            names.append(self._name())
            if not self._is(")"):
                self._take(",")
        body = self._block()

        def declare(scope: _Scope) -> None:
            def call(*given: Value) -> Value:
                inner = _Scope(dict.fromkeys(names, UNDEFINED) | dict(zip(names, given, strict=False)), scope)
                try:
                    body(inner)
                except _Returned as returned:
                    return returned.value
                return UNDEFINED

            scope.names[name] = call

        return declare

    def _if(self) -> _Run:
        self._take("(")
        condition = self._expression()
        self._take(")")
        chosen = self._statement()
        otherwise = self._statement() if self._took("else") else (lambda _: None)
        return lambda scope: (chosen if truth(condition(scope)) else otherwise)(scope)

    def _try(self) -> _Run:
        body = self._block()
        self._take("catch")
        name = None
        if self._took("("):
            name = self._name()
            self._take(")")
        otherwise = self._block()

        def run(scope: _Scope) -> None:
            try:
                body(scope)
            except Thrown as thrown:
                if name is not None:
                    scope.names[name] = {"message": str(thrown)}
                otherwise(scope)

        return run

    def _expression(self) -> _Run:
        left = self._or()
        if self._took("?"):
            yes = self._expression()
            self._take(":")
            no = self._expression()
            return lambda scope: (yes if truth(left(scope)) else no)(scope)
        if self._took("="):
            return self._assignment(left)
        return left

    def _assignment(self, left: _Run) -> _Run:
        place: Callable[[_Scope, Value], None] | None = getattr(left, "put", None)
        if place is None:
            raise NotKnown("not known here: an assignment to what is no name and no member")
        put, value = place, self._expression()

        def assign(scope: _Scope) -> Value:
            found = value(scope)
            put(scope, found)
            return found

        return assign

    def _or(self) -> _Run:
        left = self._and()
        while self._took("||"):
            left = _either(left, self._and(), when=False)
        return left

    def _and(self) -> _Run:
        left = self._equality()
        while self._took("&&"):
            left = _either(left, self._equality(), when=True)
        return left

    def _equality(self) -> _Run:
        left = self._addition()
        while self._is("===") or self._is("!=="):
            wanted = self._next()[1] == "==="
            left = _both(left, self._addition(), same if wanted else _differ)
        return left

    def _addition(self) -> _Run:
        left = self._unary()
        while self._took("+"):
            left = _both(left, self._unary(), added)
        return left

    def _unary(self) -> _Run:
        if self._took("!"):
            value = self._unary()
            return lambda scope: not truth(value(scope))
        return self._reached(self._primary())

    def _reached(self, value: _Run) -> _Run:
        while True:
            if self._took("."):
                value = _Reached(value, _constant(self._next()[1]))
            elif self._took("["):
                value = _Reached(value, self._expression())
                self._take("]")
            elif self._took("("):
                value = _called(value, self._list(")"))
            else:
                return value

    def _list(self, end: str) -> list[_Run]:
        found = []
        while not self._took(end):
            found.append(self._expression())
            if not self._is(end):
                self._take(",")
        return found

    def _primary(self) -> _Run:
        kind, word = self._next()
        if kind in _LITERALS:
            return _constant(_LITERALS[kind](word))
        if kind == "name":
            return _Named(word)
        if kind == "sign" and word in _CONSTANTS:
            return _constant(_CONSTANTS[word])
        return self._enclosed(word)

    def _enclosed(self, word: str) -> _Run:
        match word:
            case "(":
                value = self._expression()
                self._take(")")
                return value
            case "[":
                items = self._list("]")
                return lambda scope: [item(scope) for item in items]
            case "{":
                return self._object()
        raise NotKnown(f"not known here: {word!r}")

    def _object(self) -> _Run:
        members: dict[str, _Run] = {}
        while not self._took("}"):
            kind, word = self._next()
            if kind not in {"name", "string"}:
                raise NotKnown(f"not known here: {word!r} as the name of a member")
            self._take(":")
            members[text(word) if kind == "string" else word] = self._expression()
            if not self._is("}"):
                self._take(",")
        return lambda scope: {name: value(scope) for name, value in members.items()}


@dataclass(frozen=True)
class _Named:
    name: str

    def __call__(self, scope: _Scope) -> Value:
        return scope.holder(self.name).names[self.name]

    def put(self, scope: _Scope, value: Value) -> None:
        scope.holder(self.name).names[self.name] = value


@dataclass(frozen=True)
class _Reached:
    value: _Run
    name: _Run

    def __call__(self, scope: _Scope) -> Value:
        return member(self.value(scope), self.name(scope))

    def put(self, scope: _Scope, value: Value) -> None:
        holder = self.value(scope)
        if not isinstance(holder, dict):
            raise NotKnown("not known here: an assignment to a member of what is no object")
        name = self.name(scope)
        if not isinstance(name, str):
            raise NotKnown("not known here: the name of a member that is no text")
        holder[name] = value


def _differ(one: Value, other: Value) -> bool:
    return not same(one, other)


def _constant(value: Value) -> _Run:
    return lambda _: value


def _all(runs: list[_Run]) -> _Run:
    def run(scope: _Scope) -> None:
        for one in runs:
            one(scope)

    return run


def _give_back(value: Value) -> Value:
    raise _Returned(value)


def _either(left: _Run, right: _Run, *, when: bool) -> _Run:
    def run(scope: _Scope) -> Value:
        found = left(scope)
        return right(scope) if truth(found) is when else found

    return run


def _both(left: _Run, right: _Run, join: Callable[[Value, Value], Value]) -> _Run:
    return lambda scope: join(left(scope), right(scope))


def _called(function: _Run, arguments: list[_Run]) -> _Run:
    def run(scope: _Scope) -> Value:
        call = function(scope)
        if not callable(call):
            raise Thrown("not a function")
        return call(*(one(scope) for one in arguments))

    return run


def evaluate(code: str, event: Value) -> Value:
    """What the program's ``handler`` gives back for ``event``. Raises NotKnown, or Thrown where JavaScript throws."""
    scope = _Scope(dict(GLOBALS))
    _Parser(code).program()(scope)
    handler = scope.names.get("handler")
    if handler is None:
        raise NotKnown("there is no function handler(event)")
    try:
        return handler(event)
    except TypeError as error:
        raise NotKnown(f"not known here: {error}") from error
