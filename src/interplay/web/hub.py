"""From the thread that plays to every page that watches; a slow page loses frames, never the session."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from contextlib import suppress

from interplay.web.camera import Frame

#: Frames that wait for a slow page before some are left out.
WAITING = 12


class Client:
    """One page: what waits to be sent to it, and how many frames it missed."""

    def __init__(self) -> None:
        self._ready = asyncio.Event()
        self._waiting: deque[tuple[bool, str]] = deque()
        self.dropped = 0
        self._told = 0

    def put(self, text: str, *, keep: bool) -> None:
        """Add a message; when too many wait, the oldest that may be lost goes."""
        self._waiting.append((keep, text))
        if len(self._waiting) > WAITING:
            for k, (needed, _) in enumerate(self._waiting):
                if not needed:
                    del self._waiting[k]
                    self.dropped += 1
                    break
        self._ready.set()

    async def get(self) -> str:
        """Give the next message, once there is one; frames lost before it are told first."""
        while not self._waiting:
            self._ready.clear()
            await self._ready.wait()
        if self.dropped != self._told:
            self._told = self.dropped
            return json.dumps({"type": "dropped", "frames": self.dropped})
        return self._waiting.popleft()[1]


class Hub:
    """Spreads frames over the clients of one event loop.

    `post` may be called from any thread and never waits; everything else belongs to the loop.
    """

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._posted: deque[Frame] = deque()
        self._called = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this loop from now on."""
        self._loop = loop

    def close(self) -> None:
        """Deliver nothing more."""
        with self._lock:
            self._loop = None
            self._posted.clear()
            self._called = False

    def post(self, frame: Frame) -> None:
        """Hand over a frame from another thread."""
        with self._lock:
            if self._loop is None:
                return
            self._posted.append(frame)
            if len(self._posted) > 4 * WAITING and self._posted[0]["type"] == "frame":
                self._posted.popleft()
            if not self._called:
                self._called = True
                with suppress(RuntimeError):  # the loop has just been closed
                    self._loop.call_soon_threadsafe(self._deliver)

    def tell(self, frame: Frame) -> None:
        """Send something to every client, from the loop itself."""
        text = json.dumps(frame, separators=(",", ":"), allow_nan=False)
        for client in self.clients:
            client.put(text, keep=frame["type"] != "frame")

    def _deliver(self) -> None:
        with self._lock:
            frames, self._called = list(self._posted), False
            self._posted.clear()
        for frame in frames:
            self.tell(frame)
