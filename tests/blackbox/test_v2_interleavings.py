"""Protocol v2: whatever people do in whatever order, all get every event once and in order."""
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from support import mint_tokens, unique_room
from v2 import V2, new_cid

PEOPLE = strategies.integers(0, 2)
EFFORT = settings(derandomize=True, max_examples=60, stateful_step_count=30, deadline=None,
                  suppress_health_check=list(HealthCheck))


class Person:
    def __init__(self, token):
        self.token = token
        self.client = None    # None: offline
        self.is_in = False
        self.position = None  # up to which it has heard the room; None: it never was in it
        self.last = None      # what it published last: its cid, text and answer


def room_machine(server, tokens):
    class Room(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.room = unique_room()
            self.head = 0
            self.people = [Person(token) for token in tokens]

        def enter(self, person, state, had_position):
            assert state["head"] == self.head and state["resume"] == "ok"
            if not had_position:
                person.position = {"epoch": state["epoch"], "seq": state["head"]}
            assert person.position["epoch"] == state["epoch"]
            person.is_in = True

        def hear_all(self, person):
            while person.position["seq"] < self.head:
                frame = person.client.push()
                if "event" in frame:
                    assert frame["event"]["seq"] == person.position["seq"] + 1
                    person.position["seq"] += 1

        @rule(number=PEOPLE, remembers=strategies.booleans(), in_room=strategies.booleans())
        def connect(self, number, remembers, in_room):
            person = self.people[number]
            if person.client:
                return
            position = person.position if remembers else None
            person.client = V2(server, person.token, {self.room: position} if in_room else {})
            if in_room:
                self.enter(person, person.client.hello["rooms"][self.room], position is not None)

        @rule(number=PEOPLE, rudely=strategies.booleans())
        def disconnect(self, number, rudely):
            person = self.people[number]
            if not person.client:
                return
            if rudely:
                person.client.socket.transport.abort()
            person.client.close()
            person.client, person.is_in = None, False

        @rule(number=PEOPLE, remembers=strategies.booleans())
        def join(self, number, remembers):
            person = self.people[number]
            if not person.client or person.is_in:
                return
            position = person.position if remembers else None
            more = {"position": position} if position else {}
            # What came before it left and was not looked at is sent again, from its position on.
            person.client.pushes.clear()
            self.enter(person, person.client.call("join", room=self.room, **more), bool(position))
            assert not [push for push in person.client.pushes if "event" in push]

        @rule(number=PEOPLE)
        def leave(self, number):
            person = self.people[number]
            if person.is_in:
                person.client.call("leave", room=self.room)
                person.is_in = False

        @precondition(lambda self: any(person.is_in for person in self.people))
        @rule(number=PEOPLE, count=strategies.integers(1, 5))
        def publish(self, number, count):
            person = self.people[number]
            for _ in range(count if person.is_in else 0):
                cid, text = new_cid(), f"text {self.head + 1}"
                answer = person.client.publish(self.room, text, cid)
                self.head += 1
                assert answer["seq"] == self.head and answer["dup"] is False
                person.last = (cid, text, answer)

        @rule(number=PEOPLE)
        def publish_once_more(self, number):
            person = self.people[number]
            if person.is_in and person.last:
                cid, text, answer = person.last
                assert person.client.publish(self.room, text, cid) == {**answer, "dup": True}

        @rule(number=PEOPLE)
        def listen(self, number):
            if self.people[number].is_in:
                self.hear_all(self.people[number])

        def teardown(self):
            present = [person for person in self.people if person.is_in]
            for person in present:
                self.hear_all(person)
            if present:
                present[0].client.publish(self.room, "the last word")
                self.head += 1
            for person in present:
                self.hear_all(person)  # and not something once more in its place
            for person in self.people:
                if person.client:
                    person.client.close()
    return Room


def test_everybody_gets_every_event_once_and_in_order(server):
    run_state_machine_as_test(room_machine(server, mint_tokens(server, 3)), settings=EFFORT)
