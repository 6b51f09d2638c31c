"""A worker for gunicorn that reads each request whole before a thread works on it.

gunicorn keeps the processes. Its own threads wait for the rest of a slow request, so that forty
connections with half a request starve a ward; waitress reads them all in one loop beside them.
"""

import os
from time import monotonic
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from lims.core.uploads import MOST_SENT

BEAT_SECONDS = 1.0
SILENT_SECONDS = 60  # after which a connection on which nothing goes on is closed
MOST_CONNECTIONS = 1000
MOST_BYTES = MOST_SENT + 1024**2  # of a body; below it Flask refuses with a page of ours


class BufferingWorker(Worker):
    """`gunicorn -k lims.web.worker.BufferingWorker --threads 8`."""

    def run(self) -> None:
        """Serve until told to end; what is being answered then is answered still."""
        channels: dict[int, Any] = {}
        server = create_server(
            self.wsgi,
            map=channels,
            sockets=[listener.sock for listener in self.sockets],
            threads=self.cfg.threads,
            channel_timeout=SILENT_SECONDS,
            connection_limit=MOST_CONNECTIONS,
            max_request_body_size=MOST_BYTES,
            trusted_proxy="127.0.0.1",  # what ends TLS stands on this machine
            trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"},
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        while self.alive and self.ppid == os.getppid():
            self._serve(channels)
        for number, channel in list(channels.items()):
            if getattr(channel, "accepting", False):  # nobody new
                del channels[number]
        until = monotonic() + self.cfg.graceful_timeout
        while any(_is_busy(channel) for channel in channels.values()) and monotonic() < until:
            self._serve(channels)
        server.task_dispatcher.shutdown()

    def _serve(self, channels: dict[int, Any]) -> None:
        self.notify()  # type: ignore[no-untyped-call]
        wasyncore.loop(BEAT_SECONDS, use_poll=True, map=channels, count=1)


def _is_busy(channel: Any) -> bool:
    """Whether somebody at this connection waits for an answer, or has just come to ask."""
    if not isinstance(channel, HTTPChannel):
        return False
    has_said_nothing = channel.last_activity == channel.creation_time
    return bool(
        channel.requests or channel.request or channel.total_outbufs_len or has_said_nothing
    )
