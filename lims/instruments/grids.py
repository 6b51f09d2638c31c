"""A file as a grid of texts, through pandas: nothing is guessed, nothing turned into a number."""

import csv
import io
import unicodedata
import zlib
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from lims.attachments.rules import FileKind, kind_of_file, text_of
from lims.core.reasons import Reason

Grid = list[list[str]]
MOST_COLUMNS: Final = 200
MOST_ROWS: Final = 20_000  # a week of half minutes
MOST_UNPACKED: Final = 64 * 1024 * 1024  # bytes of a workbook
FAULTS: Final = (  # what is raised of a workbook that is cut, spoilt, locked or packed in another way
    BadZipFile, zlib.error, ParseError, LookupError, ValueError, TypeError, OSError, EOFError,
    AttributeError, ArithmeticError, RuntimeError,
)  # fmt: skip
ALSO: Final = ("cp1252",)  # in which a degree sign of an instrument may be written


class NoGridError(ValueError):
    """Why a file cannot be read as a grid at all."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def texts_of(data: bytes) -> Iterator[str]:
    """The text of a file in each charset in which it can be one, the likeliest first."""
    told = text_of(data)
    if told is not None:
        yield told[0].removeprefix("\ufeff")
    for charset in ALSO:
        try:
            yield data.decode(charset)
        except UnicodeDecodeError:
            continue


def grid_of_text(text: str, between: str) -> Grid:
    """The cells of a text; NoGridError where it has too many or its quotes never end."""
    import pandas as pd  # noqa: PLC0415 -- a third of a second, of those who read a file

    if len(text.splitlines()) > MOST_ROWS:
        raise NoGridError(Reason("file-too-many-rows", most=MOST_ROWS))
    width = _width(text, between)
    if width > MOST_COLUMNS:
        raise NoGridError(Reason("file-is-no-table"))
    if not text.strip():
        return []
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=between, header=None, names=range(width), dtype=str,
            keep_default_na=False, na_filter=False, skip_blank_lines=False, index_col=False,
            low_memory=False,
        )  # fmt: skip
    except (pd.errors.ParserError, ValueError, OverflowError) as error:
        raise NoGridError(Reason("file-is-no-table")) from error
    return _cells(frame)


def _width(text: str, between: str) -> int:
    """How many cells the longest row has: pandas drops what is beyond it without a word."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=between)
        return max((len(row) for row in rows), default=0)
    except csv.Error as error:
        raise NoGridError(Reason("file-is-no-table")) from error


def grid_of_workbook(data: bytes) -> Grid:
    """The cells of a workbook's first sheet; what is hidden counts, formulas are texts."""
    import pandas as pd  # noqa: PLC0415

    if _unpacked(data) > MOST_UNPACKED:
        raise NoGridError(Reason("file-unpacks-too-large"))
    try:
        frame = pd.read_excel(
            io.BytesIO(data), header=None, dtype=str, keep_default_na=False, na_filter=False,
            nrows=MOST_ROWS + 1, engine="openpyxl",
        )  # fmt: skip
    except FAULTS as error:
        raise NoGridError(Reason("file-is-no-table")) from error
    if len(frame) > MOST_ROWS or len(frame.columns) > MOST_COLUMNS:
        raise NoGridError(Reason("file-too-many-rows", most=MOST_ROWS))
    return _cells(frame)


def _unpacked(data: bytes) -> int:
    try:
        with ZipFile(io.BytesIO(data)) as packed:
            return sum(part.file_size for part in packed.infolist())
    except FAULTS as error:
        raise NoGridError(Reason("file-is-no-table")) from error


def _cells(frame: Any) -> Grid:
    return [[str(cell) if cell == cell else "" for cell in row]  # noqa: PLR0124 -- NaN: cut short
            for row in frame.itertuples(index=False, name=None)]  # fmt: skip


def is_workbook(data: bytes) -> bool:
    """Whether it is one, by what is in it."""
    return kind_of_file(data) is FileKind.WORKBOOK


def cell_name(label: str) -> str:
    """What a heading is compared by: µ is μ, blanks and size of letters do not count."""
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())
