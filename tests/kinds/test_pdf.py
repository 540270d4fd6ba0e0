"""PDFs made here, byte by byte where a library would refuse to write them."""

import importlib
import io
import time
import zipfile
import zlib

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from coursekit import pdf_reader as pdf
from coursekit.jobs import Failure, run_all
from coursekit.kinds.pdf import KIND

TREE = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = (
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 320 180] /Contents 4 0 R"
    " /Resources << /Font << /F1 5 0 R >> >> >>"
)
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
TEXT = b"BT /F1 24 Tf 20 80 Td (Sample slide) Tj ET"


def stream(data: bytes, entries: str = "") -> bytes:
    return f"<< /Length {len(data)} {entries} >>\nstream\n".encode() + data + b"\nendstream"


def raw(*objects: str | bytes, trailer: str = "") -> bytes:
    """A PDF with these objects, numbered from 1, of which the first is the catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, item.encode() if isinstance(item, str) else item)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n"
        f"<< /Root 1 0 R /Size {size} {trailer} >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + end.encode()


def slide(catalogue: str = "", page: str = PAGE, tree: str = TREE, more: str = "") -> bytes:
    """A sound document of one page, but for the parts given."""
    first = f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>"
    return raw(first, tree, page, stream(TEXT), FONT, *([more] if more else []))


def written(change=lambda writer: None, pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(320, 180)
    change(writer)
    writer.write(out)
    return out.getvalue()


def annotated(action: dict, subtype: str = "/Link") -> bytes:
    def change(writer: PdfWriter) -> None:
        annotation = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject(subtype),
                NameObject("/Rect"): ArrayObject([NumberObject(side) for side in (0, 0, 9, 9)]),
                NameObject("/A"): DictionaryObject({NameObject(k): v for k, v in action.items()}),
            }
        )
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])

    return written(change)


def rules(document: pdf.Pdf) -> list[str]:
    return [fault.rule for fault in document.faults]


def only_fault(data: bytes, rule: str) -> pdf.Pdf:
    """The document, once it is sure that it has this one fault and that the fault says how to mend it."""
    document = pdf.read_pdf("weeks/week-01/slides.pdf", data)
    assert rules(document) == [rule]
    assert document.faults[0].help
    assert not document.safe
    return document


# What is read


def test_a_sound_document():
    data = slide()
    document = pdf.read_pdf("a/b.pdf", data)
    assert document.faults == ()
    assert document.safe
    assert (document.path, document.kind, document.pages, document.size) == ("a/b.pdf", "pdf", 1, len(data))
    assert (document.width, document.height) == (320.0, 180.0)
    assert document.texts == ("Sample slide",)
    assert document.title == ""


def test_typst_slides():
    typst = importlib.import_module("typst")
    source = (
        '#set document(title: "Sample talk")\n#set page(width: 320pt, height: 180pt)\nOne #pagebreak() Two'
    )
    document = pdf.read_pdf("slides.pdf", typst.compile(source.encode()))
    assert document.faults == ()
    assert (document.title, document.pages) == ("Sample talk", 2)
    assert document.texts == ("One", "Two")


def test_a_title_is_one_short_plain_line():
    title = "A\u202eb\x07\n c" + "x" * 500
    document = pdf.read_pdf("a.pdf", written(lambda writer: writer.add_metadata({"/Title": title})))
    assert document.title.startswith("Ab c")
    assert len(document.title) == pdf.MAX_TITLE


def test_text_is_capped(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_TEXT", 15)
    tree = "<< /Type /Pages /Kids [3 0 R 3 0 R 3 0 R] /Count 3 >>"
    assert pdf.read_pdf("a.pdf", slide(tree=tree)).texts == ("Sample slide", "Sam", "")


def test_clean_keeps_lines_and_joins_hyphens():
    assert pdf.clean("a\r\nb\rc\x00\x07\u2066d hy\ufffe\r\nphen") == "a\nb\ncd hyphen"


@pytest.mark.parametrize(("path", "mine"), [("a.pdf", True), ("B/A.PDF", True), ("a.pdf.md", False)])
def test_claims(path, mine):
    assert KIND.claims(path, b"") is mine


# What is refused


@pytest.mark.parametrize(
    "data", [b"", b"<!doctype html><p>Sign in", b"version https://git-lfs.github.com/spec/v1\n"]
)
def test_other_content_is_left_to_the_intake_gate(data):
    document = pdf.read_pdf("a.pdf", data)
    assert (document.faults, document.pages, document.safe) == ((), 0, False)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF", b"%PDF-" + bytes(9999) + b"%%EOF"])
def test_nothing_behind_the_signature(data):
    assert only_fault(data, "pdf-invalid").pages == 0


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_truncated(share):
    data = slide()
    document = only_fault(data[: int(len(data) * share)], "pdf-invalid")
    assert document.pages == 0
    assert "cut off" in document.faults[0].message


@pytest.mark.parametrize("password", ["", "secret"])
def test_encrypted(password):
    data = written(lambda writer: writer.encrypt(password, "owner", algorithm="RC4-128"))
    assert only_fault(data, "pdf-encrypted").pages == 0


def test_no_pages():
    assert only_fault(slide(tree="<< /Type /Pages /Kids [] /Count 0 >>"), "pdf-invalid").pages == 0


def test_too_many_pages():
    document = only_fault(written(pages=pdf.MAX_PAGES + 1), "pdf-pages")
    assert document.pages == 0
    assert "301" in document.faults[0].message
    assert pdf.read_pdf("a.pdf", written(pages=pdf.MAX_PAGES)).pages == pdf.MAX_PAGES


def test_a_false_count_of_pages():
    data = slide(tree="<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>")
    assert "1,000,000" in only_fault(data, "pdf-pages").faults[0].message


@pytest.mark.parametrize(
    "tree",
    [
        "<< /Type /Pages /Kids [2 0 R] /Count 1 >>",
        "<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 3 >>",
        "<< /Type /Pages /Kids [1 0 R] /Count 1 >>",
        "<< /Type /Pages /Kids 2 0 R /Count -7 >>",
    ],
)
def test_a_page_tree_that_is_no_tree(tree):
    (document,) = run_all(pdf.read_pdf, [("a.pdf", slide(tree=tree))])
    assert isinstance(document, pdf.Pdf)
    assert not document.safe or document.pages <= 3
    assert document.pages == len(document.texts)


# What is shown, but not offered


SCRIPT = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (slide(catalogue=f"/Names << /JavaScript << /Names [(a) {SCRIPT}] >> >>"), "JavaScript"),
        (slide(catalogue=f"/OpenAction {SCRIPT}"), "JavaScript"),
        (slide(catalogue="/OpenAction 6 0 R", more=SCRIPT), "JavaScript"),
        (slide(catalogue=f"/AA << /WC {SCRIPT} >>"), "JavaScript"),
        (slide(catalogue=f"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next [{SCRIPT}] >>"), "JavaScript"),
        (slide(catalogue=f"/AcroForm << /Fields [<< /FT /Btn /AA << /K {SCRIPT} >> >>] >>"), "JavaScript"),
        (slide(catalogue=f"/Outlines << /First << /Title (x) /A {SCRIPT} >> >>"), "JavaScript"),
        (slide(page=PAGE.replace("/Type /Page ", f"/Type /Page /AA << /O {SCRIPT} >> ")), "JavaScript"),
        (slide(catalogue="/OpenAction << /S /#4a#61vaScript /JS (1) >>"), "JavaScript"),
        (annotated({"/S": NameObject("/Launch"), "/F": TextStringObject("calc.exe")}), "Launch"),
        (annotated({"/S": NameObject("/SubmitForm")}), "SubmitForm"),
        (
            annotated({"/S": NameObject("/URI"), "/URI": TextStringObject("JavaScript:alert(1)")}),
            "link to a script",
        ),
        (written(lambda writer: writer.add_attachment("tool.exe", b"MZ")), "the embedded file tool.exe"),
    ],
)
def test_active_content(data, words):
    document = only_fault(data, "pdf-active-content")
    assert words in document.faults[0].message
    assert document.pages == 1
    assert pdf.pictures(data)


def test_links_are_no_active_content():
    link = {"/S": NameObject("/URI"), "/URI": TextStringObject("https://example.org/javascript:")}
    assert pdf.read_pdf("a.pdf", annotated(link)).safe
    assert pdf.read_pdf("a.pdf", slide(catalogue="/OpenAction << /S /GoTo /D [3 0 R /Fit] >>")).safe


def test_a_long_list_of_findings_is_cut():
    def attach(writer: PdfWriter) -> None:
        for number in range(30):
            writer.add_attachment(f"data-{number:02}.csv", b"1")

    message = only_fault(written(attach), "pdf-active-content").faults[0].message
    assert "data-00.csv" in message
    assert "and 22 more" in message


def test_a_zip_archive_behind_the_document():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.html", "<p>hello")
    message = only_fault(slide() + buffer.getvalue(), "pdf-active-content").faults[0].message
    assert "ZIP" in message


def test_a_search_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_OBJECTS", 3)
    assert "more than 3 objects" in only_fault(slide(), "pdf-invalid").faults[0].message


# Pictures


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def test_pictures_are_the_same_each_time():
    data = slide()
    here, (there,) = pdf.pictures(data), run_all(pdf.pictures, [(data,)])
    assert here == there == pdf.pictures(data)
    assert opened(here[0]).format == "WEBP"
    assert opened(here[0]).size == (1280, 720)
    shades = opened(here[0]).convert("L").getextrema()
    assert shades[0] < 60 < 240 < shades[1]  # black text on white paper


def test_a_range_of_pages():
    data = written(pages=5)
    assert len(pdf.pictures(data, width=80)) == 5
    assert len(pdf.pictures(data, width=80, last=1)) == 1
    assert len(pdf.pictures(data, 80, 3, 9)) == 2
    assert pdf.pictures(data, width=80, first=7) == ()


def test_the_number_of_pictures_is_capped(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_PICTURES", 4)
    assert len(pdf.pictures(written(pages=6), width=40)) == 4


@pytest.mark.parametrize(
    "box", ["0 0 1 14400", "0 0 14400 1", "0 0 14400 14400", "0 0 0 0", "0 0 .01 .01", "9 9 1 1"]
)
def test_the_size_of_a_picture_is_capped(box):
    data = slide(page=PAGE.replace("0 0 320 180", box))
    across, down = opened(pdf.pictures(data)[0]).size
    assert across * down <= pdf.MAX_PIXELS * 1.01
    assert max(across, down) <= pdf.MAX_SIDE + 1


def test_pictures_of_no_document():
    with pytest.raises(pypdfium2.PdfiumError):
        pdf.pictures(b"%PDF-1.7 nothing")
    (result,) = run_all(pdf.pictures, [(b"%PDF-1.7 nothing",)])
    assert isinstance(result, Failure)


# Bombs: the process ends, the others go on


def test_drawing_that_takes_too_long_is_stopped():
    operators = zlib.compress(b"0 0 m 320 180 l 9 9 200 100 re S\n" * 3_000_000, 9)
    bomb = raw(
        "<< /Type /Catalog /Pages 2 0 R >>", TREE, PAGE, stream(operators, "/Filter /FlateDecode"), FONT
    )
    assert len(bomb) < 500_000
    started = time.monotonic()
    stopped, sound = run_all(pdf.pictures, [(bomb,), (slide(),)], seconds=1.5)
    assert time.monotonic() - started < 20
    assert isinstance(stopped, Failure)
    assert isinstance(sound, tuple)


def test_a_stream_that_unpacks_to_a_gigabyte_ends():
    # 1 GiB of blanks, packed twice: one packed block of blanks, 1024 times (its checksum is wrong at the end)
    packer = zlib.compressobj(9)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    once = start + block * 1024 + packer.flush()
    content = stream(zlib.compress(once, 9), "/Filter [/FlateDecode /FlateDecode]")
    bomb = raw("<< /Type /Catalog /Pages 2 0 R >>", TREE, PAGE, content, FONT)
    assert len(bomb) < 50_000
    started = time.monotonic()
    (result,) = run_all(pdf.read_pdf, [("bomb.pdf", bomb)], seconds=1.5)
    assert time.monotonic() - started < 20
    assert isinstance(result, Failure) or result.texts in ((), ("",))


@pytest.mark.parametrize("depth", [30, 3000])
def test_nested_forms_end(depth):
    """A drawing that draws a drawing, and so on; PDFium gives up or crashes alone."""
    objects: list[str | bytes] = ["<< /Type /Catalog /Pages 2 0 R >>", TREE]
    objects.append(PAGE.replace("/Font << /F1 5 0 R >>", "/XObject << /X 5 0 R >>"))
    objects.append(stream(b"/X Do"))
    for number in range(5, 5 + depth):
        inner = f"/Resources << /XObject << /X {number + 1} 0 R >> >>"
        objects.append(stream(b"/X Do /X Do", f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {inner}"))
    objects.append("null")
    results = list(
        run_all(pdf.read_pdf, [("nested.pdf", raw(*objects)), ("sound.pdf", slide())], seconds=1.5)
    )
    assert isinstance(results[0], Failure | pdf.Pdf)
    assert isinstance(results[1], pdf.Pdf)
    assert results[1].safe
