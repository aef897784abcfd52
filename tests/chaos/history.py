"""What clients of a chaos run saw, as lines of JSON, and the end that they are compared with.

Every entry has `client` and `type`:
  invoke  {op, room, cid, body, hash, conn, number}   a command is given for the first time
  ok      {op, seq, dup}                              it was acknowledged
  fail    {op, code}                                  it was refused for good: nothing was stored
  again   {op, code}                                  it was refused for now, and is sent again
  event   {room, seq, hash, via}                      live or history, in the order of use
  start   {room, after, why}                          from here on `after` + 1, … are expected: the
                                                      room was entered without a position, or the
                                                      server said that the old one means nothing
  read    {room, at_least, last}                      history was asked after an ack of `at_least`;
                                                      `last` is the last event that it told
An `op` is the client and a number. What has neither ok nor fail is unknown: it may have happened.
"""
import hashlib
import json
import threading
import time


def hash_of(sender, kind, target, text):
    """What must be the same wherever an event is seen."""
    said = json.dumps([sender, kind, target or 0, text], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def hash_of_event(event):
    return hash_of(event["user"]["id"], event["kind"],
                   event.get("target") or event.get("reply_to"),
                   event.get("body", event.get("reaction")))


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

    def close(self):
        self._file.close()


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
