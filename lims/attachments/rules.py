"""Which files are taken, what they are, and who may strike one out."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from typing import Final

from lims.core.pictures import JPEG, PNG
from lims.core.reasons import Reason


class FileKind(StrEnum):
    """What a file is, by what is in it; its name must say the same."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TABLE = "table"
    WORKBOOK = "workbook"
    CYTOMETRY = "cytometry"


class AttachmentStanding(StrEnum):
    """Whether a file counts."""

    ATTACHED = "attached"
    STRUCK_OUT = "struck_out"


ENDINGS: Final = {
    FileKind.PDF: (".pdf",),
    FileKind.PNG: (".png",),
    FileKind.JPEG: (".jpg", ".jpeg"),
    FileKind.TABLE: (".csv", ".tsv", ".txt"),
    FileKind.WORKBOOK: (".xlsx",),
    FileKind.CYTOMETRY: (".fcs",),
}
MEDIA: Final = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.TABLE: "text/csv",
    FileKind.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.CYTOMETRY: "application/vnd.isac.fcs",
}
PICTURES: Final = frozenset({FileKind.PNG, FileKind.JPEG})
SHOWN: Final = PICTURES | {FileKind.PDF}  # by a browser, as it is; all others are downloaded
CHARSETS: Final = ("utf-8-sig", "gb18030")  # that a table without a mark may have
_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NO_TEXT: Final = frozenset(range(32)) - {9, 10, 12, 13}
_END_OF_PDF: Final = 2048  # bytes; what is behind its end is not its own


def kind_of_file(data: bytes) -> FileKind | None:
    """What these bytes are; None for whatever is not taken."""
    begins: tuple[tuple[FileKind, Callable[[bytes], bool]], ...] = (
        (FileKind.PDF, lambda d: d.startswith(b"%PDF-") and b"%%EOF" in d[-_END_OF_PDF:]),
        (FileKind.PNG, lambda d: d.startswith(PNG)),
        (FileKind.JPEG, lambda d: d.startswith(JPEG)),
        (FileKind.WORKBOOK, lambda d: d.startswith(b"PK\x03\x04") and b"xl/workbook.xml" in d),
        (FileKind.CYTOMETRY, lambda d: d.startswith((b"FCS2.0", b"FCS3.0", b"FCS3.1", b"FCS3.2"))),
        (FileKind.TABLE, lambda d: text_of(d) is not None),
    )
    return next((kind for kind, is_one in begins if is_one(data)), None)


def text_of(data: bytes, *, whole: bool = True) -> tuple[str, str] | None:
    """A table's text and the charset in which instruments and spreadsheets write it; None for no text.

    Of data that are not the `whole` file the last sign may be cut.
    """
    marked = _MARKS.get(data[:2])
    for charset in (marked,) if marked else CHARSETS:
        try:
            text = getincrementaldecoder(charset)().decode(data, whole)
        except UnicodeDecodeError:
            continue
        return (text, charset) if _NO_TEXT.isdisjoint(map(ord, set(text))) else None
    return None


def attaching_reasons(
    name: str, kind: FileKind | None, attached: Collection[str], digest: str
) -> list[Reason]:
    """Everything against a file; `attached` are the digests of those that the record has already."""
    return list(_against(name, kind, attached, digest))


def _against(
    name: str, kind: FileKind | None, attached: Collection[str], digest: str
) -> Iterator[Reason]:
    if kind is None:
        yield Reason("file-of-no-kind", taken=", ".join(e for of in ENDINGS.values() for e in of))
    elif not name.lower().endswith(ENDINGS[kind]):
        yield Reason("file-is-not-what-it-says", name=name, kind=kind)
    if digest in attached:
        yield Reason("attached-already")


def striking_reasons(standing: AttachmentStanding) -> list[Reason]:
    """Everything against striking a file out."""
    struck = standing is AttachmentStanding.STRUCK_OUT
    return [Reason("struck-out-already")] if struck else []
