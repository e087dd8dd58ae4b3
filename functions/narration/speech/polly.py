"""The calls to Polly: which voices it offers here, a fragment's speech, its speech marks; refusals get our names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from common import aws
from narration.errors import SpeechBroken, SpeechRefused, SpeechThrottled, SpeechUnavailable
from narration.model import Fragment
from narration.speech import voices

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


READ_SECONDS = 60
"""Without a byte of an answer. A worker that begins a request just before its own deadline (20 s before Lambda's) may
be ended in it: its message comes back, and one fragment is bought twice."""


@cache
def offered() -> tuple[voices.AvailableVoice, ...]:
    """What Polly offers in this Region, asked once in the life of a worker."""
    with aws.patient("Polly"):
        pages = aws.client("polly").get_paginator("describe_voices").paginate(IncludeAdditionalLanguageCodes=True)
        return voices.available(voice for page in pages for voice in page["Voices"])


def speech(fragment: Fragment) -> tuple[bytes, int]:
    """The fragment as audio, and the characters that Polly bills for it.

    Raises SpeechThrottled and SpeechUnavailable (nothing was billed), SpeechBroken (something may be), SpeechRefused
    (this text is never spoken as it is). The same for ``marks``.
    """
    return _ask(fragment, OutputFormat=fragment.format, SampleRate=str(fragment.sample_rate))


def marks(fragment: Fragment, types: Sequence[str]) -> tuple[bytes, int]:
    """The fragment's speech marks of these types, one JSON object per line, and the characters billed for them."""
    return _ask(fragment, OutputFormat="json", SpeechMarkTypes=list(types))


@cache
def put_lexicon(name: str, content: str) -> None:
    """Stores a lexicon in Polly, once in the life of a worker; the same name always has the same content.

    Raises SpeechThrottled, SpeechUnavailable, and SpeechRefused where Polly says that it is none.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client().put_lexicon(Name=name, Content=content)
    except ClientError as error:
        code = aws.code_of(error)
        if code in aws.THROTTLING_CODES:
            raise SpeechThrottled("Polly takes two lexicons a second; trying again.") from error
        if aws.status_of(error) >= 500:
            raise SpeechUnavailable(f"Polly answered {code}; trying again.") from error
        if code not in _LEXICON_REFUSALS:
            raise
        raise SpeechRefused(f"Polly refused the lexicon {name} with {code}: {_LEXICON_REFUSALS[code]}.") from error
    except BotoCoreError as error:
        raise SpeechUnavailable(f"Polly could not be reached ({type(error).__name__}); trying again.") from error


_MENDED = "mend it under reading/lexicons/, redrive"
_LEXICON_REFUSALS = {
    "InvalidLexiconException": f"it is no PLS document; {_MENDED}",
    "UnsupportedPlsAlphabetException": f"its alphabet must be ipa or x-sampa; {_MENDED}",
    "UnsupportedPlsLanguageException": f"its xml:lang must be a language of Polly's, such as de-DE; {_MENDED}",
    "LexiconSizeExceededException": f"it is too long; move words to reading/profile.toml, {_MENDED}",
    "MaxLexemeLengthExceededException": f"a phoneme or an alias in it has over 100 characters; {_MENDED}",
    "MaxLexiconsNumberExceededException": (
        "the account has 100 already; delete what no article needs (aws polly list-lexicons, delete-lexicon), redrive"
    ),
}


def client() -> Any:
    """One attempt a call: who waits how long is decided by ``common.admission``."""
    return aws.client("polly", attempts=1, read_timeout=READ_SECONDS)


def _ask(fragment: Fragment, **wish: Any) -> tuple[bytes, int]:
    from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

    try:
        answer = client().synthesize_speech(
            Text=fragment.ssml,
            TextType="ssml",
            VoiceId=fragment.voice,
            Engine=fragment.engine,
            LanguageCode=fragment.language,
            **({"LexiconNames": list(fragment.lexicons)} if fragment.lexicons else {}),
            **wish,
        )
        return answer["AudioStream"].read(), int(answer["RequestCharacters"])
    except ClientError as error:
        raise _named(error, fragment) from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise SpeechUnavailable(f"Polly could not be reached ({type(error).__name__}); trying again.") from error
    except BotoCoreError as error:
        raise SpeechBroken(
            f"Polly's answer for fragment {fragment.hash} broke off or did not come ({type(error).__name__}), and may "
            f"be billed; where that goes on, shorten the paragraph or choose another engine, then redrive."
        ) from error


def _named(error: ClientError, fragment: Fragment) -> Exception:
    code = aws.code_of(error)
    if code in aws.THROTTLING_CODES:
        return SpeechThrottled(f"Polly throttles {fragment.engine} voices; it has to wait.")
    if aws.status_of(error) >= 500:
        return SpeechUnavailable(f"Polly answered {code}; trying again.")
    if code in {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}:
        return error
    if code == "LexiconNotFoundException":
        # A lexicon may take a moment until every part of Polly knows it, and anyone in the account can delete it.
        put_lexicon.cache_clear()
        return SpeechUnavailable("Polly does not know the lexicon yet; it is put there once more.")
    return SpeechRefused(
        f"Polly refused fragment {fragment.hash} ({fragment.voice}, {fragment.engine}) with {code}; "
        f"change the paragraph or its voice and publish the article again."
    )
