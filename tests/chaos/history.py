"""What clients of a chaos run saw, as lines of JSON, and the end that they are compared with.

Every entry has `client` and `type`:
  user    {user}                                      who this client is, once
  invoke  {op, method, room, cid, hash, conn}         a command is given for the first time; of what
                                                      is done to somebody, `subject` says to whom
  ok      {op, seq, dup, ts}                          it was acknowledged; `create` tells no ts
  fail    {op, code}                                  it was refused for good: nothing was stored
  unknown {op, code}                                  it was given up after an answer was lost
  again   {op, code}                                  it was refused for now, and is sent again
  event   {room, seq, hash, ts, via, conn}            live or history, in the order of use
  seen    {room, seq, hash, ts, via, conn}            it came, and was not used, or not yet
  start   {room, after, why}                          from here on `after` + 1, … are expected: the
                                                      room was entered without a position, or the
                                                      server said that the old one means nothing
  enter   {room, head, conn, latest}                  it was let into the room at its `head`; by the
                                                      server's clock not later than `latest`
  denied  {room, code, what}                          it was not, or not told what it asked for
  told    {room, what}                                it was told what only who is let in may know
  hint    {room, what, conn}                          a push of the room that is no event came
  removed {room, seq, action, conn}                   it was taken out of the room by event `seq`
  heard   {room, conn, plain}                         a client of protocol v1 was sent this message
  read    {room, at_least, last}                      history was asked after an ack of `at_least`;
                                                      `last` is the last event that it told
  token   {code}                                      the token was refused: the server's clock had
                                                      jumped, and a new one is used from here on
and the `server` has:
  memory  {what, mib, limit}                          a line of /proc/…/status, and its limit
  calm    {left}                                      at the end: how much of each kind still waits
An `op` is the client and a number. What has neither ok nor fail is unknown: it may have happened.
"""
import hashlib
import json
import threading
import time
from typing import NamedTuple, Optional

CHANGES = {"room": "settings", "member": "member", "moderation": "moderation"}


class Stored(NamedTuple):
    """An event as it is at the end."""
    seq: int
    hash: str
    user: str = ""
    ts: int = 0
    change: Optional[dict] = None  # of the room, or of what somebody is in it
    plain: Optional[str] = None    # the hash of a message, whatever it is a reply to


def hash_of(sender, kind, target, text):
    """What must be the same wherever an event is seen."""
    said = json.dumps([sender, kind, target or 0, text], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def text_of_change(cid, change):
    """Two changes may say the same, so that only the cid tells one from another."""
    return json.dumps([cid, change], sort_keys=True)


def change_of(kind, content):
    """With the `action`, whatever kind it is of."""
    if kind == "moderation":
        return content
    if kind == "member":
        return {"action": "set_role", **content}
    return {"action": "create" if content.get("created") else "configure", **content}


def hash_of_event(event):
    kind = event["kind"]
    if kind in CHANGES:
        text = text_of_change(event.get("cid"), event[CHANGES[kind]])
    else:
        text = event.get("body", event.get("reaction"))
    return hash_of(event["user"]["id"], kind, event.get("target") or event.get("reply_to"), text)


def plain_of(sender, kind, text):
    return hash_of(sender, kind, None, text) if kind == "message" else None


def stored(event):
    kind = event["kind"]
    change = change_of(kind, event[CHANGES[kind]]) if kind in CHANGES else None
    return Stored(event["seq"], hash_of_event(event), event["user"]["id"], event["ts"], change,
                  plain_of(event["user"]["id"], kind, event.get("body")))


class History:
    """Collects the entries of all clients; written as it grows, so that a crash leaves them."""

    def __init__(self, path):
        self.entries = []
        self._lock = threading.Lock()
        self._file = open(path, "w", encoding="utf-8")

    def add(self, client, kind, **what):
        entry = {"t": round(time.monotonic(), 6), "client": client, "type": kind, **what}
        with self._lock:
            self.entries.append(entry)
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def acknowledged_since(self, number):
        """Whether anything was, after so many entries."""
        return any(entry["type"] == "ok" for entry in self.entries[number:])

    def acknowledged_at(self, seconds, since):
        """Whether anything was, after so many entries and at about this time of the server."""
        return any(entry["type"] == "ok" and abs(entry["ts"] / 1000 - seconds) < 60
                   for entry in self.entries[since:])

    def refusals_since(self, number):
        """The codes of what was refused, for now or for good, after so many entries."""
        return {entry["code"] for entry in self.entries[number:]
                if entry["type"] in ("again", "fail")}

    def close(self):
        self._file.close()


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
