"""Pictures made here with Pillow, drawings written out."""

import importlib
import io
import zlib

import pytest
from PIL import Image

from coursekit import picture_reader as figure
from coursekit.jobs import run_all
from coursekit.model import Place
from coursekit.pictures import claims

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 64 48">'
)


def raster(kind: str, size: tuple[int, int] = (6, 4), **options) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()


def svg(inside: str, root: str = SVG) -> figure.Figure:
    return figure.read_figure("a/drawing.svg", f"{root}\n{inside}\n</svg>".encode())


def only_fault(found: figure.Figure, rule: str) -> str:
    """The message, once it is sure that there is one fault and that it says how to mend it."""
    assert [fault.rule for fault in found.faults] == [rule]
    assert found.faults[0].help
    assert not found.safe
    return found.faults[0].message


# Raster pictures


@pytest.mark.parametrize(
    ("path", "kind", "media"),
    [
        ("a/b.png", "PNG", "image/png"),
        ("b.jpg", "JPEG", "image/jpeg"),
        ("b.JPEG", "JPEG", "image/jpeg"),
        ("b.gif", "GIF", "image/gif"),
        ("b.webp", "WEBP", "image/webp"),
    ],
)
def test_a_sound_picture(path, kind, media):
    data = raster(kind)
    found = figure.read_figure(path, data)
    assert found == figure.Figure(path, "figure", (), width=6, height=4, media=media, size=len(data))
    assert found.safe
    assert claims(path, data)


def test_other_suffixes_are_not_claimed():
    assert not any(claims(path, b"") for path in ("a.svgz", "a.tiff", "png", "a.png.md"))


def test_a_photograph_is_measured_as_it_is_shown():
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: shown turned by a quarter
    found = figure.read_figure("a.jpg", raster("JPEG", exif=exif))
    assert (found.width, found.height) == (4, 6)


def test_a_picture_with_a_second_one_behind_it_is_a_jpeg():
    buffer, second = io.BytesIO(), Image.new("RGB", (6, 4))
    Image.new("RGB", (6, 4)).save(buffer, "MPO", save_all=True, append_images=[second])
    assert figure.read_figure("a.jpg", buffer.getvalue()).safe


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        ("a.png", raster("JPEG"), "a JPEG picture"),
        ("a.jpg", raster("PNG"), "a PNG picture"),
        ("a.gif", raster("WEBP"), "a WebP picture"),
        ("a.png", raster("BMP"), "a BMP picture"),
        ("a.png", raster("TIFF"), "a TIFF picture"),
        ("a.png", b"", "an empty file"),
        ("a.png", b"\n<!DOCTYPE html><script>", "an HTML page"),
        ("a.webp", b"version https://git-lfs.github.com/spec/v1\noid", "git-LFS"),
        ("a.jpg", b"%PDF-1.7", "a PDF"),
        ("a.jpg", b"PK\x03\x04", "a ZIP archive"),
        ("a.jpg", b'<?xml version="1.0"?>\n<!-- made by hand -->\n' + SVG.encode(), "an SVG drawing"),
        ("a.gif", b"hello", "something else"),
    ],
)
def test_content_that_is_not_what_the_name_says(path, data, words):
    assert words in only_fault(figure.read_figure(path, data), "figure-invalid")


@pytest.mark.parametrize(
    ("path", "kind"), [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.gif", "GIF"), ("a.webp", "WEBP")]
)
def test_a_truncated_picture(path, kind):
    data = raster(kind, (640, 480))
    assert "damaged" in only_fault(figure.read_figure(path, data[: len(data) * 2 // 3]), "figure-invalid")


@pytest.mark.parametrize("side", [6_400, 30_000, 2_000_000])
def test_a_decompression_bomb(side):
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = side.to_bytes(4) + side.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    (found,) = run_all(figure.read_figure, [("a.png", bomb)])
    assert "40 million pixels" in only_fault(found, "figure-too-large")


# SVG


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ('viewBox="0 0 64 48"', (64, 48)),
        ('viewBox="0,0, 64.4 ,48"', (64, 48)),
        ('width="2in" height="25.4mm"', (192, 96)),
        ('width="72pt" height="1e2px" viewBox="0 0 1 1"', (96, 100)),
        ('width="100%" height="100%" viewBox="0 0 64 48"', (64, 48)),
        ('width="1e999" height="-4"', (0, 0)),
        ("", (0, 0)),
    ],
)
def test_the_size_of_a_drawing(size, shape):
    found = svg("<path d='M0 0'/>", f'<svg xmlns="http://www.w3.org/2000/svg" {size}>')
    assert found.faults == ()
    assert (found.width, found.height, found.media) == (*shape, "image/svg+xml")


@pytest.mark.parametrize(
    "inside",
    [
        "<style>.a { fill: url(#g) } .b { clip-path: url( '#c' ) } /* @import is a word */</style>",
        '<rect style="fill:url(&quot;#g&quot;)" filter="url(#f)" transform="rotate(4)"/>',
        '<use xlink:href="#a"/><a href="#b"><text>on javascript: and @import</text></a>',
        '<image href="data:image/png;base64,\niVBOR" xlink:href="data:image/jpeg;base64,x"/>',
        '<animate attributeName="opacity" values="0;1" dur="2s"/>',
        '<metadata><x:Work xmlns:x="urn:x" x:resource="http://example.org/" x:label="image(1)"/></metadata>',
        "<title>A &lt;script&gt; &amp; more</title><!-- <script> --><![CDATA[<script>]]>",
    ],
)
def test_a_sound_drawing(inside):
    assert svg(inside).faults == ()


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>', "<script>"),
        ("<SCRIPT/>", "<SCRIPT>"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<h:b xmlns:h="http://www.w3.org/1999/xhtml">x</h:b>', "<b>"),
        ('<g onload="alert(1)"/>', "onload"),
        ('<g OnClick="alert(1)"/>', "onclick"),
        ('<a href="javascript:alert(1)"/>', "javascript:"),
        ('<a xlink:href=" java&#9;script&#58;alert(1)"/>', "javascript:"),
        ('<a href="data:text/html,x"/>', "data:"),
        ('<a href="https://example.org/"/>', "https://example.org/"),
        ('<a href="//example.org/"/>', "//example.org/"),
        ('<use href="other.svg#a"/>', "other.svg"),
        ('<use href="data:image/png;base64,x"/>', "data:"),
        ('<image href="data:image/svg+xml;base64,x"/>', "data:image/svg"),
        ('<image href="https://example.org/a.png"/>', "https:"),
        ('<g fill="url(https://example.org/a)"/>', "fill"),
        ("<g style=\"fill:url('//example.org/a')\"/>", "style"),
        ('<g style="fill:u\\72 l(//example.org/a)"/>', "style"),
        ('<g style="fill:ur/**/l(//example.org/a)"/>', "style"),
        ("<style>@import 'https://example.org/a.css';</style>", "style"),
        ("<style>@\\69mport 'a.css';</style>", "style"),
        ("<style>a{b:url(data:image/png;base64,x)}</style>", "style"),
        ("<style><![CDATA[a{b:image-set('https://example.org/a')}]]></style>", "style"),
        ('<set attributeName="href" to="javascript:alert(1)"/>', "changes href"),
        ('<animate attributeName="xlink:href" values="a;b"/>', "changes xlink:href"),
        ('<set attributeName="onload" to="alert(1)"/>', "changes onload"),
        ('<g xml:base="https://example.org/"/>', "base"),
        ('<?xml-stylesheet href="https://example.org/a.css"?>', "xml-stylesheet"),
    ],
)
def test_an_unsafe_drawing(inside, words):
    found = svg(f"\n  {inside}")
    assert words in found.faults[0].message
    assert {fault.rule for fault in found.faults} == {"svg-unsafe"}
    assert found.faults[0].place.line == 3
    assert not found.safe


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE svg SYSTEM "https://example.org/other.dtd">',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1-strict.dtd">',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" []>',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY a "ha">]>',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n\n"])
def test_a_document_type_is_refused(doctype, gap):
    data = f'<?xml version="1.0"?>\n {doctype.replace(" ", gap)}\n{SVG}<text>&a;</text></svg>'.encode()
    found = figure.read_figure("a.svg", data)
    assert "DOCTYPE" in only_fault(found, "svg-unsafe")
    assert found.faults[0].place == Place(2, 2)


SVG_11 = (
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
)


@pytest.mark.parametrize("doctype", ["<!DOCTYPE svg>", SVG_11])
def test_a_document_type_that_declares_nothing(doctype):
    data = f'<?xml version="1.0" encoding="utf-8" standalone="no"?>\n{doctype}\n{SVG}<path/></svg>'.encode()
    assert figure.read_figure("a.svg", data).safe


def test_a_document_type_brings_no_entities():
    """expat fetches nothing, so that an entity that only the document type could know stays unknown."""
    found = figure.read_figure("a.svg", f"{SVG_11}{SVG}<text>&a;</text></svg>".encode())
    assert "undefined entity" in only_fault(found, "figure-invalid")


def test_matplotlib_writes_sound_drawings():
    pyplot = importlib.import_module("matplotlib.figure")
    buffer, drawing = io.BytesIO(), pyplot.Figure()
    drawing.subplots().plot([1, 2, 4])
    drawing.savefig(buffer, format="svg")
    assert b"<!DOCTYPE svg" in buffer.getvalue()
    assert figure.read_figure("a.svg", buffer.getvalue()).faults == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty file"),
        (b"<!doctype html><p>x", "an HTML page"),
        (raster("PNG"), "a PNG picture"),
        (SVG.encode() + b"<g></svg>", "mismatched tag"),
        (SVG.encode() + b"&nbsp;</svg>", "undefined entity"),
        (b"<svg></svg>", "namespace"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "<html>"),
        (b"<?xml version='1.0' encoding='nonsense'?><svg/>", "encoding"),
        (b"<?xml version='1.0' encoding='shift-jis'?><svg/>", "encoding"),
    ],
)
def test_a_broken_drawing(data, words):
    assert words in only_fault(figure.read_figure("a.svg", data), "figure-invalid")


def test_a_broken_drawing_has_a_place():
    assert svg("<g>\n</svg>").faults[0].place.line == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(encoding):
    assert figure.read_figure("a.svg", f"{SVG}<text>é</text></svg>".encode(encoding)).safe


def test_a_drawing_that_is_nested_too_deeply():
    only_fault(svg("<g>" * 100_000 + "</g>" * 100_000), "figure-too-large")


def test_faults_are_capped():
    assert len(svg("<script/>\n" * 1000).faults) == 20
