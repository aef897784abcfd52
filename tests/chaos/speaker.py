"""A member who says something, and does not rest until it is acknowledged or refused for good: what
was not acknowledged is sent again under the same cid. It is written down before it is sent.
"""
import uuid

from connection import LOST, Refused
from history import hash_of, text_of_change
from member import KEPT_OUT, Member
from pause import pause

KINDS = {"publish": "message", "edit": "edit", "react": "reaction"}
# What is refused because of what somebody is in a room, and not of what the server is able to.
OF_STANDING = KEPT_OUT | {"not_joined", "not_allowed", "not_banned", "no_such_member"}


class Speaker(Member):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._operations = 0

    async def say(self, method, room, text, target=None, insists=True):
        """Its seq, or None. Who insists waits until he is in the room."""
        arguments = {"publish": lambda: {"body": text, **({"reply_to": target} if target else {})},
                     "edit": lambda: {"seq": target, "body": text},
                     "react": lambda: {"seq": target, "reaction": text}}[method]()
        op, cid = self._begin(method, room, lambda cid: hash_of(self.user, KINDS[method], target,
                                                                text))
        return await self._until_answered(op, method, insists=insists, room=room, cid=cid,
                                          **arguments)

    async def change(self, method, room, subject, patience=1.0, **what):
        """Does something to somebody in a room; with less than all patience, it may be given up
        when an answer is lost. Its seq, or None."""
        kind = "member" if method == "set_role" else "moderation"
        said = {"user": subject, **what}
        told = said if kind == "member" else {"action": method, **said}
        op, cid = self._begin(method, room, lambda cid: hash_of(self.user, kind, None,
                                                                text_of_change(cid, told)),
                              subject=subject)
        return await self._until_answered(op, method, patience=patience, room=room, cid=cid,
                                          **said)

    async def create(self, title):
        """A new private room; its name."""
        cid = self._new_cid()
        made = await self._call("create", cid=cid, title=title)
        again = await self._call("create", cid=cid, title=title)
        if made["dup"] or again != {**made, "dup": True}:
            self.world.problems.append(f"INV2: {title} was made as {made} and then as {again}")
        room = made["room"]
        op, _ = self._begin("create", room, lambda cid: hash_of(
            self.user, "room", None, text_of_change(None, {"created": True, "title": title})))
        self.history.add(self.name, "ok", op=op, seq=1, dup=False, retried=False)
        return room

    def _new_cid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _begin(self, method, room, hash_with, **more):
        self._operations += 1
        op, cid = f"{self.name}-{self._operations}", self._new_cid()
        self.history.add(self.name, "invoke", op=op, method=method, room=room, cid=cid,
                         conn=self.conn, hash=hash_with(cid), **more)
        return op, cid

    async def _until_answered(self, op, method, *, patience=1.0, insists=True, **arguments):
        attempts = lost = 0
        while not self._ending:
            await self.online.wait()
            attempts += 1
            try:
                answer = await self._call(method, **arguments)
                self.history.add(self.name, "ok", op=op, seq=answer["seq"], dup=answer["dup"],
                                 ts=answer["ts"], retried=attempts > 1)
                return answer["seq"]
            except Refused as refused:
                error = refused.error
                code = error["code"]
                waits_to_come_in = (insists and code == "not_joined"
                                    and arguments["room"] not in self.outside)
                if not error["retryable"] and not waits_to_come_in:
                    # An attempt whose answer was lost may have come before.
                    is_unknown = lost and code in OF_STANDING
                    self.history.add(self.name, "unknown" if is_unknown else "fail", op=op,
                                     code=code)
                    return None
                self.history.add(self.name, "again", op=op, code=code)
                await pause(min(error.get("retry_ms", 100), 300) / 1000)
            except LOST:
                lost += 1
                if self.random.random() > patience:
                    self.history.add(self.name, "unknown", op=op, code="lost")
                    return None
                await pause(0.02)
        return None

    async def type(self, room):
        try:
            if self.online.is_set():
                await self._call("typing", room=room)
        except (*LOST, Refused):
            pass

    async def read_head(self, room, at_least):
        """Asks history whether it knows of what was acknowledged. Whether there was an answer."""
        def note(page):
            for event in page["events"]:
                self.note("seen", event, "history")
            last = page["events"][-1]["seq"] if page["events"] else 0
            self.history.add(self.name, "read", room=room, at_least=at_least, last=last)
        try:
            await self._call("history", note, room=room, limit=1, events=True)
            return True
        except (*LOST, Refused):
            return False

    async def knock(self, room):
        """Tries to come back into a room that it is not in, or to have something of it anyway."""
        dice = self.random.random()
        try:
            if dice < 0.7:
                await self.join(room, with_position=self.random.random() < 0.8)
            elif dice < 0.8:
                await self.read_head(room, 0)
            elif dice < 0.9:
                await self.say("publish", room, f"{self.name} from outside {self._operations}")
            else:
                await self._call("members", room=room)
                self.history.add(self.name, "told", room=room, what="members")
        except LOST:
            pass
        except Refused as refused:
            code = refused.error["code"]
            if code in KEPT_OUT:
                self.history.add(self.name, "denied", room=room, code=code, what="members")
