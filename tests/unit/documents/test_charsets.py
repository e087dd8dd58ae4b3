"""Text in every encoding of the web: read right where the bytes tell it, and marked as guessed where they do not."""
# ruff: noqa: RUF001, E501  letters and texts as documents have them

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.errors import RejectedDocument, UnsupportedFormat
from documents.files import charsets, media_types
from documents.reading import own_text

CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy. Smlouva o nájmu bytu, částka k úhradě činí pět tisíc korun českých."
POLISH = (
    "Zażółć gęślą jaźń. Faktura za usługi, łączna kwota do zapłaty wynosi sto złotych, płatność w ciągu siedmiu dni."
)
HUNGARIAN = (
    "Árvíztűrő tükörfúrógép. A számla végösszege ezer forint, fizetési határidő nyolc nap, köszönjük a rendelést."
)
RUSSIAN = "Счёт на оплату. Итого к оплате: пять тысяч рублей. Пациент выписан домой в удовлетворительном состоянии."
SAMPLES = {
    "Czech": (CZECH, ["cp1250", "iso8859_2"]),
    "Polish": (POLISH, ["cp1250", "iso8859_2"]),
    "Hungarian": (HUNGARIAN, ["cp1250", "iso8859_2"]),
    "Russian": (RUSSIAN, ["cp1251", "koi8_r", "cp866"]),
    "German": ("Die Rechnung über fünfzig Euro ist fällig. Grüße aus München, Straße 5. Schöne Tage wünscht", ["cp1252"]),
    "French": ("Le montant à régler est de cent euros. Veuillez agréer, Madame, nos salutations. Été, forêt, où.", ["cp1252"]),
    "Spanish": ("El paciente fue dado de alta. Niño, año, dirección, teléfono, número de póliza. ¿Cuánto?", ["cp1252"]),
    "Portuguese": ("O valor total da fatura é de cem reais. Atenção, não há informações. Coração, mãe, avô.", ["cp1252"]),
    "Swedish": ("Räkningen måste betalas före måndag. Vänliga hälsningar från Malmö, Åsa Öberg.", ["cp1252"]),
    "Danish": ("Fakturaen skal betales før mandag. Kære kunde, beløbet på æbler og grød er hundrede.", ["cp1252"]),
    "Icelandic": ("Reikningurinn er hundrað krónur. Sjúklingurinn fór heim í góðu ástandi, þökk sé þér.", ["cp1252"]),
    "Turkish": ("Fatura tutarı yüz liradır. Sayın müşterimiz, ödemenizi en kısa sürede yapınız. Şişli, ığdır.", ["cp1254"]),
    "Greek": ("Το συνολικό ποσό του τιμολογίου είναι εκατό ευρώ. Ο ασθενής πήρε εξιτήριο.", ["cp1253"]),
    "Hebrew": ("הסכום הכולל לתשלום הוא מאה שקלים. המטופל שוחרר לביתו במצב טוב.", ["cp1255"]),
    "Arabic": ("المبلغ الإجمالي المستحق هو مائة درهم. خرج المريض من المستشفى بحالة جيدة.", ["cp1256"]),
    "Lithuanian": ("Sąskaitos faktūros suma yra šimtas eurų. Pacientas išleistas į namus, ačiū už žinutę.", ["cp1257"]),
    "Japanese": ("請求書の合計金額は一万円です。患者は良好な状態で退院しました。お支払いは今月末までにお願いします。",
                 ["cp932", "euc_jp"]),
    "Chinese": ("发票总金额为一百元。患者情况良好，已经出院回家。请在本月底之前付款，谢谢您的合作。", ["gb18030"]),
    "Taiwanese": ("發票總金額為一百元。患者情況良好，已經出院回家。請在本月底之前付款，謝謝您的合作。", ["big5"]),
    "Korean": ("청구서의 총 금액은 백 원입니다. 환자는 양호한 상태로 퇴원하였습니다. 지불해 주십시오.", ["cp949"]),
    "Thai": ("ยอดรวมของใบแจ้งหนี้คือหนึ่งร้อยบาท ผู้ป่วยกลับบ้านในสภาพดี", ["cp874"]),
}  # fmt: skip
PAIRS = [(language, encoding) for language, (_, encodings) in SAMPLES.items() for encoding in encodings]


@pytest.mark.parametrize(("language", "encoding"), PAIRS)
def test_a_page_of_text_is_read_right_and_told_to_be_guessed(language, encoding):
    text = SAMPLES[language][0]
    found = charsets.decode(text.encode(encoding))
    assert (found.text, found.guessed, found.lost) == (text, True, 0)
    among = f"Name: X\n\n{text}\n\nTotal: 5\n" * 3
    assert charsets.decode(among.encode(encoding)).text == among


def test_most_short_pieces_are_read_right():
    """Sixty letters are a form's few values: a wrong one is possible, which is why it is always told."""
    pieces = [(SAMPLES[language][0][:60], encoding) for language, encoding in PAIRS]
    wrong = [each for each in pieces if charsets.decode(each[0].encode(each[1])).text != each[0]]
    assert len(wrong) <= len(pieces) // 20, wrong


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xef\xbb\xbf" + CZECH.encode(), "utf-8-sig"),
        (b"\xff\xfe" + CZECH.encode("utf-16-le"), "utf-16"),
        (b"\xfe\xff" + CZECH.encode("utf-16-be"), "utf-16"),
        (b"\xff\xfe\0\0" + CZECH.encode("utf-32-le"), "utf-32"),
        (CZECH.encode(), "utf-8"),
        (b"plain", "utf-8"),
        ("請求書".encode("iso2022_jp"), "iso2022_jp_2"),
        (b"<?xml version='1.0' encoding='ISO-8859-2'?>" + CZECH.encode("iso8859_2"), "iso8859-2"),
        (b"<html><meta charset=windows-1251>" + RUSSIAN.encode("cp1251"), "cp1251"),
        (b"<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>\x90\xbf\x8b\x81", "cp932"),
        (b"<meta charset=iso-8859-1>\x93quoted\x94", "cp1252"),
    ],
)
def test_what_the_bytes_tell_is_no_guess(data, encoding):
    found = charsets.decode(data)
    assert (found.encoding, found.guessed) == (encoding, False)


def test_what_is_declared_and_is_not_so_is_guessed():
    assert charsets.decode(b"<meta charset=utf-8>" + RUSSIAN.encode("cp1251")).guessed
    assert charsets.decode(b"<meta charset=no-such>" + RUSSIAN.encode("cp1251")).text.endswith(RUSSIAN)
    assert charsets.decode(b"<meta charset=ascii>" + b"caf\xe9").text.endswith("café")


def test_utf_8_is_believed_before_a_wrong_word_about_it():
    assert charsets.decode(b"<meta charset=iso-8859-1>" + CZECH.encode()).text.endswith(CZECH)


@pytest.mark.parametrize("name", ["zip", "hex", "rot13", "utf-7", "idna", "undefined", "../etc", "", None, "\udcff"])
def test_no_codec_that_is_none_of_text(name):
    assert charsets.known(name) is None


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_without_a_mark(order):
    found = charsets.decode("Name: Ann Lee\n".encode(f"utf-16-{order}"))
    assert (found.text, found.guessed) == ("Name: Ann Lee\n", True)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data + b"K\xf6ln\n", lambda data: b"\xff" + data]
)
@pytest.mark.parametrize(
    "text",
    ["Name: Müller\n" * 30 + "Köl\u00f6", RUSSIAN.rstrip("."), SAMPLES["Japanese"][0].rstrip("。")],
    ids=["Latin", "ru", "ja"],
)
def test_a_wrong_byte_does_not_make_utf_8_another_encoding(text, damage):
    found = charsets.decode(damage(text.encode()))
    assert (found.encoding, found.guessed, found.lost) == ("utf-8", True, 1)
    assert found.text.replace("\ufffd", "").startswith(text[:-1])


def test_bytes_without_a_character_are_counted():
    found = charsets.decode(b"caf\xe9 \x81 and more, Stra\xdfe und \xfcber")
    assert (found.text[:4], found.lost) == ("café", found.text.count("\ufffd"))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    try:
        found = charsets.decode(data)
    except UnicodeDecodeError:
        assert data.startswith(charsets.MARKS)
    else:
        assert found.guessed or found.lost == 0


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_utf_8_comes_back_as_it_is(text):
    data = text.encode()
    if not data.startswith(charsets.MARKS) and b"\x1b" not in data and data.count(0) == 0:
        assert charsets.decode(data) == charsets.Decoded(text, "utf-8")


class TestDocuments:
    @pytest.fixture
    def read(self, tmp_path):
        def extract(data, kind):
            path = tmp_path / "document"
            path.write_bytes(data)
            assert media_types.media_type(path) == kind
            return own_text.extract(path, kind)

        return extract

    def test_forms_of_a_russian_note(self, read):
        found = read("Пациент: Анна Иванова\nСумма к оплате: пять рублей\n".encode("cp1251"), media_types.PLAIN)
        assert [(form.key, form.value) for form in found.forms] == [
            ("Пациент", "Анна Иванова"),
            ("Сумма к оплате", "пять рублей"),
        ]
        assert [flag.code for flag in found.flags] == ["CHARSET_GUESSED"]
        assert "cp1251" in found.flags[0].message

    def test_a_page_that_says_its_encoding(self, read):
        html = f"<html><head><meta charset=iso-8859-2></head><p>{CZECH}".encode("iso8859_2")
        found = read(html, media_types.HTML)
        assert (found.lines[0].text, found.flags) == (CZECH, ())

    def test_a_markdown_file(self, read):
        found = read(f"# Faktura\n\n{POLISH}\n".encode("cp1250"), media_types.MARKDOWN)
        assert found.lines[1].text == POLISH
        assert [flag.code for flag in found.flags] == ["CHARSET_GUESSED"]

    def test_noise_is_still_no_text(self, tmp_path):
        path = tmp_path / "x"
        path.write_bytes(bytes(range(256)) * 4)
        with pytest.raises(UnsupportedFormat):
            media_types.media_type(path)

    def test_a_mark_that_lies(self, tmp_path):
        path = tmp_path / "x"
        path.write_bytes(b"\xef\xbb\xbf" + RUSSIAN.encode("cp1251"))
        with pytest.raises(RejectedDocument, match="UTF-8"):
            media_types.media_type(path)
