"""What can go wrong with a narration; the names are the contract of rejected files, events and state machines."""

from __future__ import annotations

from common.errors import PermanentError, TransientError


class RejectedArticle(PermanentError):
    """The message will never become audio as it is; it is kept under ``rejected/`` with this error's name."""


class NotJson(RejectedArticle):
    """The message is not a JSON object."""


class InvalidArticle(RejectedArticle):
    """A member of the message is missing, has the wrong type, or is out of bounds."""


class BodyUnavailable(RejectedArticle):
    """``body_s3`` names an object that is not there, not readable, not text, or over 5 MB."""


class NothingToRead(RejectedArticle):
    """No paragraph of the article holds anything that can be spoken, or Polly had no sound for any of them."""


class ArticleTooLong(RejectedArticle):
    """Over 2,000 paragraphs or 300,000 characters."""


class UnknownVoice(RejectedArticle):
    """Polly has no such voice, or the voice does not speak the language or engine asked for."""


class VersionConflict(RejectedArticle):
    """The version is of another kind than the published one, or the same version came with other content."""


class BrokenProfile(PermanentError):
    """``reading/profile.toml`` or a lexicon in the bucket is not of its form. No article is read by half of it: the
    execution fails under this name, and a redrive reads what was mended."""


class SpeechRefused(PermanentError):
    """Polly refused the text of a fragment (SSML, length, lexicon, language); the execution fails under this name."""


class SpeechThrottled(TransientError):
    """Polly asked to slow down."""


class SpeechUnavailable(TransientError):
    """Polly answered with a server error, or not at all."""


class SpeechBroken(TransientError):
    """An answer of Polly broke off or never came, and may be billed: a few more tries, not any number of them."""


class SpeechAbandoned(PermanentError):
    """Every worker that took a range of fragments died of it; the execution fails under this name."""


class EditionGone(TransientError):
    """An object an edition is built from has disappeared since the plan was made; planning again mends it."""


class MergeFailed(PermanentError):
    """FFmpeg could not read or write audio; the message carries the end of its own report."""


class UnusableSound(PermanentError):
    """A sound is missing, no audio, or too long; it is left out, and named with this sentence."""
