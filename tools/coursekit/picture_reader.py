"""Reads figures: raster pictures checked by what they hold, SVG for everything in it that is no drawing.

Only workers import this, since Pillow is slow to load.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from xml.parsers import expat

from PIL import Image, UnidentifiedImageError

from coursekit.model import Fault, Place
from coursekit.pictures import MEDIA, SVG, Figure, suffix_of

MAX_PIXELS = 40_000_000
MAX_ELEMENTS = 200_000
MAX_DEPTH = 200
_MAX_FAULTS = 20
# MPO is a JPEG with more pictures after the first, as telephones write it.
_FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
_ORIENTATION = 0x0112  # EXIF; from 5 on the picture is shown turned by a quarter
_SIGNATURES = (
    (rb"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (rb"\xff\xd8\xff", "a JPEG picture"),
    (rb"GIF8[79]a", "a GIF picture"),
    (rb"RIFF....WEBP", "a WebP picture"),
    (rb"BM....\0\0\0\0", "a BMP picture"),
    (rb"II\*\0|MM\0\*", "a TIFF picture"),
    (rb"....ftyp(?:hei|mif|avif)", "a HEIC or AVIF picture"),
    (rb"%PDF-", "a PDF"),
    (rb"%!PS", "a PostScript file"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"version https://git-lfs", "a git-LFS pointer, not the file itself"),
    (rb"(?i:\s*(?:<!doctype html|<html))", "an HTML page"),
    (rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg\b", "an SVG drawing"),
)
_SAVE_HELP = "export the figure again, for example with `fig.savefig('figure.png')`"


def read_figure(path: str, data: bytes) -> Figure:
    """The figure's size and what is wrong with it."""
    media = MEDIA[suffix_of(path)]
    faults, width, height = _read_svg(data) if media == SVG else _read_raster(data, media)
    return Figure(path, "figure", faults, width=width, height=height, media=media, size=len(data))


def looks_like(data: bytes) -> str:
    """What the content is, in words for people."""
    if not data:
        return "an empty file"
    start = data[:2048].removeprefix(b"\xef\xbb\xbf")
    return next((name for pattern, name in _SIGNATURES if re.match(pattern, start, re.S)), "something else")


_Read = tuple[tuple[Fault, ...], int, int]  # faults, width, height


# --- raster pictures ---------------------------------------------------------------------------------


def _read_raster(data: bytes, media: str) -> _Read:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the limit here is lower than the one that Pillow warns of
            return _measure(data, media)
    except Image.DecompressionBombError:
        return (_too_many_pixels(""),), 0, 0
    except UnidentifiedImageError:
        return (_no_picture(data, media),), 0, 0
    except Exception as error:  # a decoder on hostile input may raise anything
        message = f"this picture is damaged ({error})"[:200]
        return (Fault("figure-invalid", message, help="copy or export the file again"),), 0, 0


def _measure(data: bytes, media: str) -> _Read:
    """Raises what Pillow raises; only the decoders of the formats that are allowed get to see the data."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
        width, height = image.size
        if _FORMATS.get(image.format or "") != media:
            return (_no_picture(data, media),), 0, 0
        if width * height > MAX_PIXELS:
            return (_too_many_pixels(f" ({width} x {height})"),), width, height
        turned = image.getexif().get(_ORIENTATION, 1) >= 5
        image.load()  # a truncated picture shows itself only here
        return (), *((height, width) if turned else (width, height))


def _too_many_pixels(shape: str) -> Fault:
    message = f"this picture has more than {MAX_PIXELS // 1_000_000} million pixels{shape}"
    return Fault("figure-too-large", message, help="scale it down; 1600 pixels across are enough for a page")


def _no_picture(data: bytes, media: str) -> Fault:
    message = f"the name says {media}, the content is {looks_like(data)}"
    return Fault("figure-invalid", message, help="give the file the suffix of its content, or " + _SAVE_HELP)


# --- SVG ---------------------------------------------------------------------------------------------

_NAMESPACE = "http://www.w3.org/2000/svg"
_XHTML = "http://www.w3.org/1999/xhtml"
_XML_BASE = "http://www.w3.org/XML/1998/namespace base"
_ACTIVE = {"script", "foreignobject", "handler", "listener", "iframe", "embed", "object", "audio", "video"}
_ANIMATION = {"set", "animate", "animatecolor", "animatemotion", "animatetransform"}
_PICTURE_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp)[;,]", re.I)
_SCRIPT_SCHEME = re.compile(r"(?:javascript|vbscript|data):", re.I)
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.S)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_CSS_OUTSIDE = re.compile(
    r"@import|(?:^|[^\w-])(?:image-set|src|image|expression)\(|-moz-binding|behavior\s*:|url\(\s*[\"']?\s*(?!#|[\"'\s])",
    re.I,
)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[-+]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in|)\s*\Z", re.I)
_PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_DOCTYPE_HELP = "delete everything from `<!DOCTYPE` to its `>`: no browser needs it"
_OUTSIDE_HELP = 'refer to parts of the same drawing only, as in `href="#part"`, or embed a PNG in an <image>'
_DRAWING_HELP = "save it as a plain drawing, or " + _SAVE_HELP


class _Refused(Exception):  # noqa: N818 - no error: it ends the parsing once enough is known
    """The drawing has a fault after which nothing more is looked at."""


def _read_svg(data: bytes) -> _Read:
    reader = _SvgReader(data)
    try:
        reader.parser.Parse(data, True)
    except _Refused:
        pass
    except expat.ExpatError as error:
        seems = looks_like(data)
        hint = "" if seems in ("an SVG drawing", "something else") else f"; it looks like {seems}"
        message = f"this is no well-formed SVG ({expat.ErrorString(error.code)}){hint}"
        place = Place(error.lineno, error.offset + 1)
        reader.faults.append(Fault("figure-invalid", message, place, _SAVE_HELP))
    except (ValueError, LookupError) as error:  # an encoding that Python lacks or that has many bytes
        reader.faults.append(
            Fault("figure-invalid", f"this SVG cannot be read: {error}"[:200], help=_SAVE_HELP)
        )
    return tuple(reader.faults), reader.width, reader.height


class _SvgReader:
    """Collects an SVG's size and its faults while expat goes through it; no tree is built.

    Entities cannot expand: the parsing ends at a document type that could declare them, and expat is told
    to fetch nothing.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.faults: list[Fault] = []
        self.width = self.height = 0
        self._open: list[str] = []
        self._elements = 0
        self._style = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.SkippedEntityHandler = self._skipped
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.ProcessingInstructionHandler = self._instruction

    def _fault(
        self, message: str, help_: str = _DRAWING_HELP, rule: str = "svg-unsafe", place: Place | None = None
    ) -> None:
        here = Place(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        self.faults.append(Fault(rule, message, place or here, help_))
        if len(self.faults) == _MAX_FAULTS:
            raise _Refused

    def _doctype(self, _: str, system: str | None, public: str | None, has_subset: bool) -> None:
        """A bare document type, as matplotlib and drawing programs write it, does no harm; any other ends it."""
        if not has_subset and (system is None or (public or "").startswith("-//W3C//DTD SVG")):
            return
        # expat is at the end of the declaration by now
        before = self._data[: max(self._data.rfind(b"<!DOCTYPE", 0, self.parser.CurrentByteIndex + 9), 0)]
        place = Place(before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        message = "a document type (<!DOCTYPE>) of this kind can declare entities and is refused"
        self._fault(message, _DOCTYPE_HELP, place=place)
        raise _Refused

    def _skipped(self, name: str, _: bool) -> None:
        self._fault(
            f"this is no well-formed SVG (undefined entity &{name[:40]};)", _SAVE_HELP, "figure-invalid"
        )

    def _instruction(self, target: str, _: str) -> None:
        if target.lower().startswith("xml-"):
            self._fault(f"<?{target}?> loads a style sheet from elsewhere", "write the style into <style>")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._open:
            self._root(name, attributes)
        self._open.append(local.lower())
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._open) > MAX_DEPTH:
            message = f"this SVG has more than {MAX_ELEMENTS:,} elements, or more than {MAX_DEPTH} levels"
            self._fault(message, _SAVE_HELP, "figure-too-large")
            raise _Refused
        for message, help_ in (
            *_element_faults(namespace, local),
            *_attribute_faults(local.lower(), attributes),
        ):
            self._fault(message, help_)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != f"{_NAMESPACE} svg":
            found = name.rpartition(" ")[2][:40]
            message = f"an SVG begins with <svg> in its namespace, this begins with <{found}>"
            self._fault(
                message, f'write `<svg xmlns="{_NAMESPACE}" viewBox="0 0 640 480">`', "figure-invalid"
            )
            raise _Refused
        self.width, self.height = _svg_size(attributes)

    def _end(self, _: str) -> None:
        if self._open.pop() == "style":
            if _reaches_out(self._style):
                self._fault("the <style> before this place loads something from elsewhere", _OUTSIDE_HELP)
            self._style = ""

    def _text(self, text: str) -> None:
        if self._open[-1] == "style":
            self._style += text


def _element_faults(namespace: str, local: str) -> Iterator[tuple[str, str]]:
    if local.lower() in _ACTIVE or namespace == _XHTML:
        yield f"<{local[:40]}> is no part of a drawing", _DRAWING_HELP


def _attribute_faults(element: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(message, help) for each attribute that runs, loads or leads to something outside the drawing."""
    for name, value in attributes.items():
        local = name.rpartition(" ")[2].lower()
        target = re.sub(r"[\x00-\x20]+", "", value)
        shown = f"<{element[:40]}> {local[:40]}"
        if local.startswith("on"):
            yield f"{shown} runs a script", "delete the attribute"
        elif name == _XML_BASE:
            yield f"{shown} turns every reference of the drawing to another place", "delete the attribute"
        elif local in ("href", "src"):
            if not (
                target.startswith("#") or not target or (element == "image" and _PICTURE_DATA.match(target))
            ):
                yield f"{shown} leads out of the drawing: {target[:60]}", _OUTSIDE_HELP
        elif element in _ANIMATION and local == "attributename":
            if target.rpartition(":")[2].lower().startswith(("href", "on")):
                yield f"<{element}> changes {target[:40]}", "delete the element"
        elif " " not in name and (_SCRIPT_SCHEME.match(target) or _reaches_out(value)):
            # attributes of other namespaces (a drawing program's own notes) mean nothing to a browser
            yield f"{shown} leads out of the drawing: {target[:60]}", _OUTSIDE_HELP


def _reaches_out(css: str) -> bool:
    """Does a style or an attribute load something that is not in the same drawing?"""
    plain = _CSS_ESCAPE.sub(lambda found: _unescaped(found[1], found[2]), _CSS_COMMENT.sub("", css))
    return bool(_CSS_OUTSIDE.search(plain))


def _unescaped(code: str | None, character: str | None) -> str:
    return chr(min(int(code, 16), 0x10FFFF)) if code else character or ""


def _svg_size(attributes: dict[str, str]) -> tuple[int, int]:
    """Width and height in CSS pixels; from the viewBox where they are missing or relative."""
    box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else ["", ""]
    width, height = (
        _pixels(attributes.get(name, "")) or _pixels(side)
        for name, side in zip(("width", "height"), sides, strict=True)
    )
    return width, height


def _pixels(length: str) -> int:
    found = _LENGTH.match(length)
    pixels = float(found[1]) * _PIXELS[found[2].lower()] if found else 0.0
    return round(pixels) if pixels < MAX_PIXELS else 0
