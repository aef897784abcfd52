"""Protocol v2: what the events of a private room say adds up to what its members are told, whoever
does what to whom in whatever order."""
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from support import mint_tokens
from v2 import V2, new_cid

PEOPLE = strategies.integers(0, 3)
ROLES = strategies.sampled_from(["owner", "moderator", "member", "member", "none"])
EFFORT = settings(derandomize=True, max_examples=60, stateful_step_count=40, deadline=None,
                  suppress_health_check=list(HealthCheck))
UNTIL = {"ban": "banned_until", "mute": "muted_until"}
NOTHING = {"title": "", "read_only": False, "slow_mode_s": 0}


def fold(events):
    """Who is what, and how the room is set, after these events."""
    people, room = {}, dict(NOTHING)
    for event in events:
        if event["kind"] == "room":
            room.update(event["settings"])
            if room.pop("created", False):
                people[event["user"]["id"]] = {"role": "owner"}
        elif event["kind"] == "member":
            who = people.setdefault(event["member"]["user"], {})
            who["role"] = event["member"]["role"]
        elif event["kind"] == "moderation":
            told = event["moderation"]
            who = people.setdefault(told["user"], {"role": "none"})
            action = told["action"]
            if action in ("kick", "ban"):
                who["role"] = "none"
            if action in UNTIL:
                who[UNTIL[action]] = event["ts"] + 1000 * told["for_s"]
            elif action in ("unban", "unmute"):
                who.pop(UNTIL[action.removeprefix("un")])
    known = {user: who for user, who in people.items() if who != {"role": "none"}}
    return known, room


def room_machine(people):
    class Room(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.ids = [person.hello["user"]["id"] for person in people]
            self.room = people[0].call("create", cid=new_cid(), title="Plans")["room"]
            for person in self.ids[1:]:
                people[0].call("set_role", room=self.room, user=person, role="member")
            self.stored = len(people)

        def try_to(self, who, method, **arguments):
            frame = people[who].reply(people[who].begin(method, room=self.room, **arguments))
            if "error" not in frame:
                self.stored += 1
                assert frame[method]["seq"] == self.stored, "what is refused leaves no trace"

        @rule(who=PEOPLE, whom=PEOPLE, role=ROLES)
        def set_role(self, who, whom, role):
            self.try_to(who, "set_role", user=self.ids[whom], role=role)

        @rule(who=PEOPLE, whom=PEOPLE, method=strategies.sampled_from(["ban", "mute"]),
              hours=strategies.integers(1, 3))
        def restrain(self, who, whom, method, hours):
            self.try_to(who, method, user=self.ids[whom], for_s=3600 * hours)

        @rule(who=PEOPLE, whom=PEOPLE, method=strategies.sampled_from(["kick", "unban", "unmute"]))
        def release(self, who, whom, method):
            self.try_to(who, method, user=self.ids[whom])

        @rule(who=PEOPLE, what=strategies.sampled_from([
            {"title": "Secrets"}, {"read_only": True}, {"read_only": False, "title": ""},
            {"slow_mode_s": 5}]))
        def configure(self, who, what):
            self.try_to(who, "configure", **what)

        def teardown(self):
            for person in people:
                answer = person.reply(person.begin("members", room=self.room))
                if answer.get("members", {}).get("role") not in ("owner", "moderator"):
                    continue
                told = answer["members"]
                person.call("join", room=self.room)
                history = person.call("history", room=self.room, after=0, limit=100, events=True)
                person.call("leave", room=self.room)
                assert history["end"] and history["head"] == self.stored
                known, room = fold(history["events"])
                assert {key: told[key] for key in NOTHING} == room
                assert {member["id"]: standing(member) for member in told["members"]} == known
    return Room


def standing(member):
    return {key: value for key, value in member.items() if key in ("role", *UNTIL.values())}


def test_the_events_of_a_room_say_who_is_what_in_it(server):
    people = [V2(server, token) for token in mint_tokens(server, 4)]
    run_state_machine_as_test(room_machine(people), settings=EFFORT)
    for person in people:
        person.close()
