"""Sentence ends in each language that Polly speaks: nothing is cut inside a sentence, and plain ends are found."""
# ruff: noqa: RUF001  (other scripts' punctuation is meant as it stands)

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from narration import speech
from narration.speech.sentences import sentence_ends

# `|` is an end that must be found, `¦` one that may be missed: it costs money, and nobody hears it.
CASES = {
    "ar": ["ذهب د. أحمد إلى السوق. |هل رأيته؟ |نعم.", "قال: «أين أنت؟» ¦ثم سكت."],
    "ca": ["El Dr. Soler viu al pl. Major, núm. 7. ¦Hi anem demà.", "«Véns?» va dir ella. |Ell callava."],
    "cmn": ["“走吗？”她问。|没人回答。", "他喊道：“快跑！”大家都跑了。|门关上了。|“再见。”"],
    "cs": ["Bydlí v ul. Dlouhá č. 12. ¦Přijďte 4. května.", "„Kam jdeš?“ zeptal se. |Mlčela."],
    "cy": ["Daeth Dr. Owen am 3. ¦Aeth adref wedyn.", "“Ble mae e?” gofynnodd hi. |Neb yn gwybod."],
    "da": ["Vi mødes d. 5. juni kl. 14. ¦Kom til tiden.", "»Kommer du?« spurgte hun. |Han nikkede."],
    "de": [
        "Das Büro liegt in der Goethestr. 12. ¦Der Eingang ist hinten.",
        "Am Mo. 4. Mai tagt der Rat. |Die Sitzung ist öffentlich.",
        "Siehe Bd. 2 S. 14 ff. und Kap. 3 des Berichts. |Dort steht mehr.",
        "»Bleib hier.« |»Nein.« |Er ging. |»Warum?«",
        "„Bleibst du?“, fragte er. |Sie schwieg… |Dann ging sie.",
    ],
    "en": [
        "Jones et al. 2021 found it on p. 4 of vol. 2. ¦Nobody else did.",
        "“Are you there?” he asked. |“No.” |She laughed.",
        "It opens at 9 a.m. Tuesday on St. Mark St. near the river. |Come early.",
    ],
    "es": ["La Sra. Gil vive en la Av. Mayor núm. 9. ¦Nadie abre.", "—¿Te vas? —dijo Luis. |Ella no contestó."],
    "fi": ["Nähdään ke 4. kesäkuuta klo 18. ¦Tervetuloa.", "”Tuletko?” hän kysyi. |Kukaan ei vastannut."],
    "fr": [
        "« Jamais de la vie\u00a0!\u00a0» |Elle claqua la porte.",
        "Il demanda\u202f: «\u202fOù vas-tu\u202f?\u202f» |Personne ne répondit.",
        "« Viens ! » cria-t-il. |Mme Petit resta. |Voir p. 7 et chap. 3 du rapport.",
    ],
    "hi": ["डॉ. शर्मा आए। |सब खुश हुए।", "“कौन है?” उसने पूछा। |कोई नहीं बोला।"],
    "is": ["Við hittumst 4. maí kl. 14. ¦Velkomin.", "„Kemurðu?“ spurði hún. |Hann þagði."],
    "it": ["Il dott. Neri abita in via Po n. 8. ¦Suoni due volte.", "«Dove vai?» chiese lui. |Lei rise."],
    "ja": [
        "「もう帰ろう。」と父は言った。|雨が降り出した。",
        "母は「だめ！」と叫んだ。|誰も動かなかった。|「なぜ？」|「もういい。」",
    ],
    "ko": ['그는 "가자!"라고 외쳤다. |모두 뛰었다.', "오늘은 5. 3. 일이다. ¦날씨가 좋다."],
    "nb": ["Møtet er ti. 5. juni kl. 18. ¦Alle er velkomne.", "«Kommer du?» spurte hun. |Han nikket."],
    "nl": ["Dat zei mevr. Bakker o.a. op blz. 12. ¦Niemand luisterde.", "‘Kom je?’ vroeg ze. |Hij zweeg."],
    "pl": ["Mieszka przy ul. Polnej 3. ¦Dom jest stary.", "– Idziesz? – zapytała. |Milczał."],
    "pt": ["A Sra. Alves mora na R. do Sol, n.º 4. ¦Ninguém abriu.", "— Vens? — perguntou ela. |Ele riu."],
    "ro": ["Dna. Pop stă pe bd. Unirii nr. 7. ¦Nu e acasă.", "„Vii?” a întrebat ea. |El tăcea."],
    "ru": [
        "Он жил на ул. Мира, д. 8. ¦Дом снесли.",
        "— Куда ты? — спросил он. |Она молчала.",
        "В 1990 г. город вырос. |Потом стих.",
    ],
    "sv": ["Vi ses ti. 5 juni kl. 18. ¦Välkomna.", "”Kommer du?” frågade hon. ¦Han nickade."],
    "tr": ["Prof. Demir bkz. 5. bölümde yazdı. |Kimse okumadı.", "“Geliyor musun?” diye sordu. |Sustu."],
    "yue": ["“去唔去？”佢問。|冇人出聲。", "《你係邊個？》係一本書。|我睇過。"],
}  # fmt: skip


def languages() -> set[str]:
    """The first subtags of the languages for which Polly has a voice; "arb" is Arabic without a region."""
    voices = tomllib.loads((Path(speech.__file__).parent / "voices.toml").read_text(encoding="utf-8"))
    return {"ar" if code == "arb" else code.partition("-")[0] for code in voices["defaults"]}


def test_each_language_of_polly_is_tried():
    assert set(CASES) == languages()


@pytest.mark.parametrize(("language", "marked"), [(code, text) for code, texts in CASES.items() for text in texts])
def test_nothing_is_cut_inside_a_sentence(language, marked):
    text, must, may = "", set(), set()
    for character in marked:
        if character in "|¦":
            (must if character == "|" else may).add(len(text))
        else:
            text += character
    found = set(sentence_ends(text))
    assert must <= found <= must | may, [text[end:] for end in sorted(found ^ must)]
