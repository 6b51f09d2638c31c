"""What an installation may choose: one frozen record, read from the environment once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

KEY_FILE = "key_file"  # of SQLite's encrypted file, in its address
HERE = Path(__file__).resolve().parent
LOCAL = frozenset({"127.0.0.1", "localhost"})
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")  # RFC 1918, RFC 4193


@dataclass(frozen=True)
class Hospital:
    """The hospital's own log-in (OpenID Connect): where it is, and what Funis is there."""

    issuer: str
    client: str
    secret: str
    name: str  # as people call it
    strengths: tuple[str, ...] = ()  # `acr` that count as two factors; none: as a password
    only: bool = False  # whether who is linked to it comes in and signs by nothing else

    @classmethod
    def from_environment(cls, given: Mapping[str, str]) -> Self | None:
        """Read FUNIS_OIDC_*; nothing where no issuer is named."""
        issuer = given.get("FUNIS_OIDC_ISSUER", "")  # exactly as it calls itself
        if not issuer:
            return None
        address = urlsplit(issuer)
        if address.scheme != "https" and address.hostname not in LOCAL:
            msg = "FUNIS_OIDC_ISSUER must begin with https://"
            raise SystemExit(msg)
        client, secret = given.get("FUNIS_OIDC_CLIENT", ""), given.get("FUNIS_OIDC_SECRET", "")
        if not client or not secret:
            msg = "FUNIS_OIDC_ISSUER needs FUNIS_OIDC_CLIENT and FUNIS_OIDC_SECRET beside it."
            raise SystemExit(msg)
        return cls(
            issuer,
            client,
            secret,
            given.get("FUNIS_OIDC_NAME") or address.hostname or issuer,
            tuple(given.get("FUNIS_OIDC_ACR", "").split()),
            given.get("FUNIS_OIDC_ONLY", "0") == "1",
        )


@dataclass(frozen=True)
class Settings:
    """Where the data and the keys are, and how strict the installation is."""

    database_url: str = "sqlite:///var/funis.sqlite"
    key_folder: Path = Path("var/keys")
    protocol_file: Path = HERE / "protocol" / "nct02302599.toml"
    labels_folder: Path = HERE.parent / "labels"
    secret_key: str = ""
    demonstration: bool = False
    light_passwords: bool = False
    secure_cookies: bool = True
    idle_minutes: int = 15
    late_minutes: int = 30  # what happened longer ago needs a reason and a witness
    failures_before_pause: int = 5
    failure_window_minutes: int = 10
    time_zone: str = "Asia/Shanghai"
    scan_prefix: str = ""  # what scanners are set to send before a code; empty: none
    scan_suffix: str = ""  # and behind it, instead of Enter or Tab
    gs1_separators: str = "\x1d"  # what may stand for the group separator in suppliers' codes
    wristbands: tuple[str, ...] = ()  # which hospital wristbands are read beside ours
    isbt_facility: str = ""  # ICCBBA's facility number; empty: ISBT 128 is off
    anchors: Path | None = None  # the newest seals, on another machine or disk; none: not kept
    seals: bool = True  # whether this process seals the trail; not where its role sees a side only
    second_factor: tuple[str, ...] = ()  # roles that must have an authenticator
    hospital: Hospital | None = None  # whose log-in serves here too
    only_stations: bool = False  # whether people log in at registered stations only
    printer_networks: tuple[str, ...] = PRIVATE  # in which printers may stand
    witnesses: tuple[str, ...] = ()  # KEY@ADDRESS of each that cosigns the trail's checkpoints
    backup_recipients: tuple[str, ...] = ()  # age1…: who can open a backup
    hospital_number: str = ""  # expression that a hospital number must match; empty: any

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown, with their offset."""
        return ZoneInfo(self.time_zone)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read FUNIS_*; a real installation refuses the demonstration's light passwords."""
        given = environment.get
        demonstration = given("FUNIS_DEMONSTRATION") == "1"
        light = given("FUNIS_LIGHT_PASSWORDS") == "1"
        if light and not demonstration:
            msg = "FUNIS_LIGHT_PASSWORDS is for the demonstration only; unset it."
            raise SystemExit(msg)
        keys = Path(given("FUNIS_KEY_FOLDER", "var/keys")).resolve()
        address = given("FUNIS_DATABASE_URL", cls.database_url)
        encrypted = given("FUNIS_ENCRYPTED", "0" if demonstration else "1") == "1"
        url = make_url(address)
        if encrypted and url.get_backend_name() == "sqlite" and KEY_FILE not in url.query:
            url = url.update_query_dict({KEY_FILE: str(keys / "database.key")})
            address = url.render_as_string(hide_password=False)
        return cls(
            database_url=address,
            key_folder=keys,
            protocol_file=Path(given("FUNIS_PROTOCOL_FILE", str(cls.protocol_file))),
            secret_key=given("FUNIS_SECRET_KEY", ""),
            demonstration=demonstration,
            light_passwords=light,
            secure_cookies=given("FUNIS_SECURE_COOKIES", "0" if demonstration else "1") == "1",
            time_zone=given("FUNIS_TIME_ZONE", cls.time_zone),
            labels_folder=Path(given("FUNIS_LABELS_FOLDER", str(cls.labels_folder))),
            idle_minutes=int(given("FUNIS_IDLE_MINUTES", "15")),
            late_minutes=int(given("FUNIS_LATE_MINUTES", "30")),
            scan_prefix=given("FUNIS_SCAN_PREFIX", ""),
            scan_suffix=given("FUNIS_SCAN_SUFFIX", ""),
            gs1_separators="\x1d" + given("FUNIS_GS1_SEPARATORS", ""),
            wristbands=tuple(given("FUNIS_WRISTBANDS", "").split()),
            isbt_facility=given("FUNIS_ISBT_FACILITY", ""),
            anchors=Path(given("FUNIS_ANCHORS", "")) if given("FUNIS_ANCHORS") else None,
            seals=given("FUNIS_SEALS", "1") == "1",
            second_factor=tuple(given("FUNIS_SECOND_FACTOR", "").split()),
            hospital=Hospital.from_environment(environment),
            only_stations=given("FUNIS_ONLY_STATIONS", "0") == "1",
            printer_networks=tuple(given("FUNIS_PRINTER_NETWORKS", "").split())
            or (*PRIVATE, *(("127.0.0.0/8", "::1/128") if demonstration else ())),
            witnesses=tuple(given("FUNIS_WITNESSES", "").split()),
            backup_recipients=tuple(given("FUNIS_BACKUP_RECIPIENTS", "").split()),
            hospital_number=given("FUNIS_HOSPITAL_NUMBER", ""),
        )
