"""The headers that every answer has: what a browser may load, keep and show of us."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

ONLY_TLS: Final = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}  # 2 years


def hardened(served: "WSGIApplication", *, secure: bool) -> "WSGIApplication":
    """The same, with the headers that every answer has; nothing but our own files is kept."""
    always = [*SECURITY_HEADERS.items(), *(ONLY_TLS.items() if secure else ())]

    def with_headers(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        is_ours = environ.get("PATH_INFO", "").startswith("/static/")

        def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if not is_ours:
                headers = [(name, value) for name, value in headers if name != "Cache-Control"]
                headers.append(("Cache-Control", "no-store"))
            return start(status, headers + always, *error)

        return served(environ, begin)

    return with_headers
