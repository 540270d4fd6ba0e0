"""Messages to a Slack incoming webhook: bounded patience, and never the same one twice."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk.webhook import WebhookClient

from coursekit.messages import Message
from coursekit.model import CannotStart

ATTEMPTS = 4
MOST_WAIT = 60.0  # seconds, whatever Retry-After asks for
TIMEOUT = 15
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Sent:
    """How sending one message went: `done` is True, False, or None where nobody knows."""

    message: Message
    done: bool | None
    why: str = ""


class Memory:
    """The keys of what was sent, in a JSON file that is replaced whole."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.keys: set[str] = set()
        if file.exists():
            try:
                record = json.loads(file.read_bytes())
                self.keys = {str(key) for key in record["sent"]}
            except (OSError, ValueError, TypeError, KeyError):
                raise CannotStart(
                    f"{file} can't be read as the memory of what was sent; delete it to start anew"
                ) from None

    def add(self, key: str) -> None:
        """Remember a key, before anything else happens."""
        self.keys.add(key)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=self._file.parent, delete=False, encoding="utf-8"
        ) as beside:
            json.dump({"schema": 1, "sent": sorted(self.keys)}, beside, indent=1)
        Path(beside.name).replace(self._file)


def webhook_address() -> str:
    """The webhook from SLACK_WEBHOOK_URL: a secret, so that it is never printed.

    Raises:
        CannotStart: it isn't set, or no https address.
    """
    address = os.environ.get("SLACK_WEBHOOK_URL", "").strip()
    if not address:
        raise CannotStart("SLACK_WEBHOOK_URL is not set; --dry-run prints instead of sending")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, parts, port = None, urlsplit(""), None
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK and port)):
        raise CannotStart("SLACK_WEBHOOK_URL is no https address")
    return address


def send_all(
    messages: Sequence[Message], address: str, memory: Memory, wait: Callable[[float], None] = time.sleep
) -> list[Sent]:
    """Send what was not sent before, one after the other; a message that can't be sent stops none after it."""
    client = WebhookClient(address, timeout=TIMEOUT)  # it retries nothing by itself
    return [_send(client, message, memory, wait) for message in messages if message.key not in memory.keys]


def _send(client: WebhookClient, message: Message, memory: Memory, wait: Callable[[float], None]) -> Sent:
    why, pause = "", 1.0
    for attempt in range(ATTEMPTS):
        if attempt:
            wait(pause)
        try:
            response = client.send(text=message.text, unfurl_links=False, unfurl_media=False)
        except (URLError, HTTPException, OSError) as error:
            if _timed_out(error):
                memory.add(message.key)  # it may have arrived: better once too few than once too many
                return Sent(message, None, "no answer in time; it may have arrived, and is not sent again")
            why, pause = "the connection failed", 2.0 * pause
            continue
        if response.status_code == 200:
            memory.add(message.key)
            return Sent(message, True)
        why = f"status {response.status_code}"
        if response.status_code != 429 and response.status_code < 500:
            return Sent(message, False, f"{why}: {_short(response.body)}")
        pause = _asked_for(response.headers, 2.0 * pause)
    return Sent(message, False, f"{why}, {ATTEMPTS} times")


def _timed_out(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)


def _asked_for(headers: Mapping[str, object], otherwise: float) -> float:
    """The seconds of Retry-After, within bounds."""
    value = next((value for key, value in headers.items() if key.lower() == "retry-after"), "")
    text = str(value[0] if isinstance(value, list) else value)
    return min(float(text), MOST_WAIT) if text.isascii() and text.isdigit() else otherwise


def _short(body: object) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in str(body)).split())[:80]
