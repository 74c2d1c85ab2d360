import base64
import email.policy
import json
import quopri
import re
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import make_lesson, package, render
from dripline.eml import encode_address, encode_header, encode_phrase, format_eml
from dripline.errors import DriplineError
from dripline.model import Picture, Sender


HEADERS = ["From", "Subject", "List-Unsubscribe", "X-Unsent", "MIME-Version", "Content-Type"]
RUTH = Sender(name="Ruth Adler", email="ruth@example.org")
_ENCODED_WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=", re.IGNORECASE)


def corpus(shared: Path, name: str) -> list[Any]:
    text = (shared / "corpus" / "hostile" / "mail" / name).read_text("utf-8")
    cases: list[Any] = json.loads(text)["cases"]
    return cases


def write(
    subject: str = "A subject", html: str = "<p>a</p>", text: str = "a\n", sender: Sender = RUTH
) -> bytes:
    return format_eml(subject=subject, sender=sender, html=html, text=text, pictures={})


def parse(data: bytes) -> EmailMessage:
    message = BytesParser(policy=email.policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def decode_words(value: str) -> str:
    """Decode the encoded words of a header, as RFC 2047 says it; a reader of our own."""
    words = re.split(r"\r\n[ \t]|[ ]", value)
    if not all(_ENCODED_WORD.fullmatch(word) for word in words):
        return value
    pieces = [_ENCODED_WORD.sub(r"\1", word) for word in words]
    return "".join(base64.b64decode(piece).decode() for piece in pieces)


def raw_headers(data: bytes) -> dict[str, str]:
    """Return the header block, unparsed; names must not come twice."""
    block = data.split(b"\r\n\r\n", 1)[0].decode("ascii")
    found: dict[str, str] = {}
    for field in re.split(r"\r\n(?![ \t])", block):
        name, _, value = field.partition(":")
        assert name not in found
        found[name] = value.removeprefix(" ")
    return found


def encoded_parts(data: bytes) -> list[bytes]:
    """Return the bodies of the parts as they are on the wire."""
    boundary = re.search(rb'boundary="([^"]+)"', data)
    assert boundary
    parts = data.split(b"--" + boundary[1])[1:-1]
    return [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts]


def decode_body(raw: bytes) -> str:
    """Decode quoted-printable text whose lines end in CRLF (RFC 2045, 6.7)."""
    lines = raw.replace(b"=\r\n", b"").split(b"\r\n")
    return "\n".join(quopri.decodestring(line).decode() for line in lines)


def check_shape(data: bytes) -> None:
    """Check what every reader relies on: our headers and no other, short lines, CRLF."""
    assert list(raw_headers(data)) == HEADERS
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    for line in data.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        for word in re.findall(rb"=\?[^ ]*\?=", line):
            assert len(word) <= 75
        assert b"?==?" not in line


def test_writes_the_subjects_that_mail_programs_read_back(shared: Path) -> None:
    cases = corpus(shared, "subjects.json")
    refused = set()
    for case in cases:
        text, expected = case["text"], case["expect"]
        try:
            data = write(subject=text)
        except DriplineError:
            refused.add(text)
            continue
        check_shape(data)
        assert expected != "refuse", case
        assert decode_words(raw_headers(data)["Subject"]) == text
        # The standard library reads a tab as a space, which is as good.
        assert str(parse(data)["Subject"]).replace("\t", " ") in (
            text.replace("\t", " "),
            text.strip(),
        )

    assert len(cases) == 44
    assert refused == {case["text"] for case in cases if case["expect"] == "refuse"}


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1
    ).filter(lambda text: text.strip() and any(sign.isalnum() for sign in text))
)
def test_writes_any_subject_so_that_it_reads_back_the_same(text: str) -> None:
    value = encode_header(text, len("Subject: "))

    assert decode_words(value) == text
    assert all(len(line) <= 78 for line in f"Subject: {value}".split("\r\n"))


def test_writes_a_short_plain_subject_as_it_is() -> None:
    assert b"\r\nSubject: Why do people refuse?\r\n" in write(subject="Why do people refuse?")


def test_writes_nothing_of_a_reader_or_a_date() -> None:
    headers = raw_headers(write())

    assert not {"To", "Date", "Message-ID", "Bcc", "Cc"} & set(headers)
    assert headers["X-Unsent"] == "1"
    assert headers["List-Unsubscribe"] == "<mailto:ruth@example.org?subject=unsubscribe>"


def test_leaves_the_sender_out_when_there_is_none() -> None:
    data = write(sender=Sender())

    assert list(raw_headers(data)) == HEADERS[1:2] + HEADERS[3:]


def name_of(data: bytes) -> str:
    """Return the name in the From header, read by a reader of our own."""
    written = raw_headers(data)["From"].rpartition("<")[0].strip()
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', written)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else decode_words(written)


def name_and_address(text: str) -> Sender:
    """Return the sender that a person would have meant by *text*."""
    match = re.fullmatch(r"(?P<name>.*?)\s*<(?P<address>[^<>]*)>", text, re.DOTALL)
    return Sender(name=match["name"], email=match["address"]) if match else Sender(email=text)


def test_writes_one_sender_or_refuses_it(shared: Path) -> None:
    cases = corpus(shared, "from.json")
    written = {}
    for case in cases:
        sender = name_and_address(case)
        if not sender.email:
            continue
        try:
            data = write(sender=sender)
        except DriplineError:
            continue
        check_shape(data)
        (address,) = parse(data)["From"].addresses
        written[case] = (name_of(data), address.addr_spec)
        assert name_of(data) == sender.name, case

    assert len(cases) == 36
    assert written["J <j@bücher.example>"] == ("J", "j@xn--bcher-kva.example")
    assert written["a@faß.example"] == ("", "a@xn--fa-hia.example")
    assert written["=?utf-8?q?x?= <a@b.example>"][0] == "=?utf-8?q?x?="
    for case in (
        "a@b.example\nBcc: x@e.example",
        "Jörg <jörg@b.example>",
        "@",
        "a..b@c.example",
        "a@b_c.example",
        "a@-b.example",
        "a@b.example.",
        "a@\u2100.example",
        "A: B; <a@b.example>\r\n",
    ):
        assert case not in written


@pytest.mark.parametrize("address", ["a@b.example", "a.b+c@d-e.example", "O'Neil@x1.example"])
def test_keeps_an_address_as_it_is(address: str) -> None:
    assert encode_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("", "a", "a@", "@b", "a b@c", "a@b c", "a@b\r\nBcc: x@y", "ä@b.example"),
        *("a" * 65 + "@b.example", "a@" + "b" * 256),
    ],
)
def test_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(DriplineError, match="not an email address"):
        encode_address(address)


@pytest.mark.parametrize(
    "name",
    ["Ruth", "Adler, Ruth", 'Ruth "R" Adler', "Ruth\\", "Rüth", "=?utf-8?q?x?=", "R" * 80],
)
def test_writes_any_name_of_a_sender(name: str) -> None:
    data = write(sender=Sender(name=name, email="ruth@example.org"))

    check_shape(data)
    (address,) = parse(data)["From"].addresses
    assert (name_of(data), address.addr_spec) == (name, "ruth@example.org")
    # The standard library adds a space between two encoded words.
    assert address.display_name.replace(" ", "") == name.replace(" ", "")


def test_refuses_control_characters_in_a_name() -> None:
    with pytest.raises(DriplineError, match=r"U\+000D"):
        encode_phrase("Ruth\r\nBcc: x@y")


def test_writes_bodies_that_arrive_unchanged(shared: Path) -> None:
    cases = corpus(shared, "bodies.json")
    for body in cases:
        html = f"<pre>{body}</pre>"
        data = write(html=html, text=body)
        check_shape(data)
        for raw, text in zip(encoded_parts(data), (body, html), strict=True):
            assert decode_body(raw) == text.replace("\r\n", "\n"), body
            assert max(map(len, raw.split(b"\r\n"))) <= 76

    assert len(cases) == 22


@given(st.text(st.characters(codec="utf-8")))
def test_writes_any_body_so_that_it_arrives_unchanged(text: str) -> None:
    data = write(text=text)

    check_shape(data)
    assert decode_body(encoded_parts(data)[0]) == text.replace("\r\n", "\n")


def test_carries_its_pictures_inside() -> None:
    pictures = {
        "tree.png": Picture(path="tree.png", data=bytes(range(256)) * 9, width=400, height=50)
    }
    rendered = render(make_lesson(body="![A tree](tree.png)"), sender=RUTH, pictures=pictures)
    message = parse(package("eml", rendered)["01-one.eml"])

    assert message.get_content_type() == "multipart/alternative"
    _, related = message.iter_parts()
    page, image = related.iter_parts()
    assert (page.get_content_type(), image.get_content_type()) == ("text/html", "image/png")
    assert image.get_content() == bytes(range(256)) * 9
    name = image["Content-ID"].strip("<>")
    # Once for Outlook and once for all others.
    assert page.get_content().count(f'src="cid:{name}"') == 2
    assert "images/" not in page.get_content()


def test_is_the_email_of_the_other_packages() -> None:
    rendered = render(make_lesson(), sender=RUTH)
    plain, page = encoded_parts(package("eml", rendered)["01-one.eml"])
    other = package("html", rendered)

    assert decode_body(page).rstrip("\n") == other["01-one.html"].decode().rstrip("\n")
    assert decode_body(plain).rstrip("\n") == other["01-one.txt"].decode().rstrip("\n")


def test_names_the_lesson_whose_subject_comes_out_empty() -> None:
    rendered = render(make_lesson(subject="{{ email }}"), sender=RUTH)

    with pytest.raises(DriplineError, match=r"^content/zoo/01-one\.md: the text for a header is"):
        package("eml", rendered)


def test_writes_the_same_bytes_twice() -> None:
    assert write() == write()
    assert write(text="a") != write(text="b")
