"""Models that a worker has read: by version, which never changes, and no more of them than there is room for."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from common.objects import Bucket
from training.errors import ModelUnusable, NoSuchModel
from training.model import Json, Pointer
from training.serving import pointers, walker
from training.serving.walker import Model

LOOK_SECONDS: Final = 5.0
"""For which a pointer counts as it was read; a version that was retired may be asked for so long."""
MOST_BYTES: Final = 60_000_000
"""Of ``model.json`` files together. While it is read a model takes about four times its file's bytes, and three times
afterwards (measured with trees of 31 leaves, CPython 3.11); the function has 1,769 MB."""
LARGEST: Final = 20_000_000
"""Of one ``model.json``; 100 trees of 31 leaves are 0.3 MB."""


class _Looked(NamedTuple):
    pointer: Pointer | None
    at: float


class Models:
    """``clock``: seconds that only go forward."""

    def __init__(
        self, bucket: Bucket, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bucket, self._most, self._clock = bucket, most_bytes, clock
        self._pointers: dict[str, _Looked] = {}
        self._models: OrderedDict[tuple[str, str], tuple[Model, int]] = OrderedDict()

    def pointer(self, name: str) -> Pointer:
        """The pointer, at most LOOK_SECONDS old. Raises NoSuchModel, ModelUnusable, StorageUnavailable."""
        now = self._clock()
        looked = self._pointers.get(name)
        if looked is None or now - looked.at >= LOOK_SECONDS:
            looked = _Looked(pointers.read(self._bucket, name), now)
            if len(self._pointers) >= 1_000:  # names of strangers that are no models would be kept for ever
                self._pointers.clear()
            self._pointers[name] = looked
        if looked.pointer is None or looked.pointer.version is None or looked.pointer.kind == "none":
            raise NoSuchModel(f"No version of a model {name} serves.")
        return looked.pointer

    def of(self, name: str) -> tuple[Pointer, Model]:
        """The version that serves. Raises as ``pointer`` and ``version``."""
        pointer = self.pointer(name)
        return pointer, self.version(name, str(pointer.version))

    def version(self, name: str, version: str) -> Model:
        """A version, whether it serves or not. Raises NoSuchModel, ModelUnusable, StorageUnavailable."""
        held = self._models.get((name, version))
        if held is not None:
            self._models.move_to_end((name, version))
            return held[0]
        model, size = self._read(name, version)
        self._models[name, version] = (model, size)
        while sum(each for _, each in self._models.values()) > self._most and len(self._models) > 1:
            self._models.popitem(last=False)
        return model

    def described(self, name: str, version: str) -> Model:
        """The same for a version that answers behind its endpoint: what is known of a model whose file only its own
        program reads, by its contract. It has no probabilities here. Raises as ``version``."""
        held = self._models.get((name, version))
        from training.serving import contracts

        if held is None and self._bucket.head(key(name, version)) is None:
            held = contracts.described(self._bucket, name, version), 0
            self._models[name, version] = held
        return held[0] if held else self.version(name, version)

    def _read(self, name: str, version: str) -> tuple[Model, int]:
        where = key(name, version)
        stored = self._bucket.get(where, at_most=LARGEST + 1)
        if stored is None:
            raise NoSuchModel(f"There is no {where}; deploy a version that is there.")
        if stored.size > LARGEST:
            raise ModelUnusable(f"{where} has more than {LARGEST:,} bytes; train it with fewer or smaller trees.")
        model = walker.load(_json(stored.body, where))
        if model.name != name or model.version != version:
            raise ModelUnusable(f"{where} is {model.name} in version {model.version}; deploy {name} again.")
        return model, stored.size


def key(name: str, version: str, file: str = "model.json") -> str:
    return f"models/{name}/{version}/{file}"


def _json(body: bytes, where: str) -> Json:
    try:
        document: Json = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ModelUnusable(f"{where} is not JSON; train the model again.") from error
    return document
