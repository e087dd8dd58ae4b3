"""What can go wrong with a document of the index, and with a question; the names are a contract."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class RefusedAsk(PermanentError):
    """The question will not be answered as it is; the answer keeps this error's name and sentence."""


class NothingFound(RefusedAsk):
    """No passage that the caller may read is near the question."""


class NotInDocuments(RefusedAsk):
    """The passages that were found do not say it: a name or a number of the question stands in none of them, or the
    model found no answer in them.

    ``told``: the sentence for who asked, which may name words of the question. The message names none, since Lambda and
    Step Functions log it.
    """

    def __init__(self, told: str) -> None:
        super().__init__("The documents that the asker may read do not say it.")
        self.told = told


class NothingSupported(RefusedAsk):
    """No sentence of the model's answer is borne out by the passages that it cites."""


class SourcesGone(RefusedAsk):
    """What the answer rests on was deleted or replaced, or may no longer be read."""


class AnswerFiltered(RefusedAsk):
    """A content filter or a guardrail stopped the model's answer to this question."""


class ModelRefused(PermanentError):
    """The model cannot be asked at all: no access, or an unknown id."""


class GivenUp(PermanentError):
    """A worker died of this work again and again."""


class WorkGone(PermanentError):
    """What an earlier step left is not there or not readable; a redrive makes it anew."""


class AccessUnreadable(PermanentError):
    """An access file is not of its form: until it is mended nobody reads what it is for."""


class TooManySets(PermanentError):
    """One name is in more different access files than its item in the table can hold: name groups in them."""


class VectorsForbidden(PermanentError):
    """A right on the vector index is missing, or the index is not there."""


class ModelThrottled(TransientError):
    """The model asks to slow down."""


class ModelUnavailable(TransientError):
    """The model fails or cannot be reached for a while."""


class VectorsThrottled(TransientError):
    """S3 Vectors asks to slow down."""


class VectorsUnavailable(TransientError):
    """S3 Vectors fails or cannot be reached for a while."""


class BaseForbidden(PermanentError):
    """The knowledge base of KnowledgeBaseId cannot be asked at all: a right is missing, or it is not there."""


class BaseThrottled(TransientError):
    """The knowledge base of KnowledgeBaseId asks to slow down."""


class BaseUnavailable(TransientError):
    """The knowledge base of KnowledgeBaseId, or the store behind it, fails or cannot be reached for a while."""


class RepositoryMisplaced(PermanentError):
    """The connector's parameters name no place that can be a repository, or one inside of what it brings."""


class RepositoryTooLarge(PermanentError):
    """A repository has more objects than one sync can list."""


class RepositoryShrank(PermanentError):
    """A repository lists nothing, or less than half of what it had: a person has to say that this is true."""


class GroupsUnreadable(PermanentError):
    """A repository's groups.json is not of its form: who is denied by a group cannot be told."""


class GroupsGone(PermanentError):
    """A repository had a groups.json and has none any more."""


class SyncOvertaken(PermanentError):
    """Another sync has the turn."""


class InvalidSync(PermanentError):
    """The input of the machine is not of its form."""
