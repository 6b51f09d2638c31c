"""The statistician's file as programs write it; what stands in it is only counted, never shown."""

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

from lims.blinding.rules import read_list, separator_of
from lims.core.errors import Refused
from lims.core.reasons import Reason

# With their marks first; whoever writes without a mark writes UTF-8, or the national standard.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WITHOUT_MARK = ("utf-8", "gb18030")


@dataclass(frozen=True)
class ListFile:
    """A file before it is sealed: what can be compared with the statistician's own."""

    lines: tuple[str, ...]
    digest: str  # SHA-256 of its bytes
    encoding: str
    separator: str
    strata: dict[str, int]
    faults: tuple[Reason, ...]


def read_file(data: bytes) -> ListFile:
    """Look at a file; raises Refused("unreadable-list") where it is in no encoding that is known."""
    marked = [name for mark, name in MARKS if data.startswith(mark)]
    for encoding in marked or WITHOUT_MARK:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows, faults = read_list(text)
        strata = Counter(row.stratum for row in rows)
        return ListFile(
            tuple(text.splitlines()),
            sha256(data).hexdigest(),
            encoding,
            separator_of(text),
            dict(sorted(strata.items())),
            tuple(faults),
        )
    raise Refused(Reason("unreadable-list.encoding"))
