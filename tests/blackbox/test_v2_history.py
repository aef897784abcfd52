"""Pages of history: whatever is on them, each can be sent and has what it was asked for."""
from chat import Chat
from support import LIFTED, mint_tokens, unique_room
from v2 import V2, new_cid


def test_a_page_around_a_message_has_it_however_long_its_neighbours_are(server):
    room = unique_room()
    client = V2(server, mint_tokens(server, 1)[0], [room])
    for _ in range(30):
        client.publish(room, "\U0001f600" * 4000)
    for kind in ("messages", "events"):
        page = client.call("history", room=room, around=15, limit=30, events=kind == "events")
        seqs = [each["seq"] for each in page[kind]]
        assert 15 in seqs and seqs == list(range(page["from"], page["to"] + 1))
        assert page["from"] > 1 and page["to"] < 30 and page["end"] is False
        assert page["to"] - page["from"] + 1 == 8, "as much as a page holds"
    client.close()


def test_every_page_of_history_can_be_sent(start_server):
    server = start_server(settings=LIFTED)
    token, room = mint_tokens(server, 1)[0], unique_room()
    client = V2(server, token, [room])
    old = Chat(server, token, room)
    for _ in range(2):
        old.send("\x01" * 65000)
    named = [f"{number:03}" + '"' * 125 for number in range(20)]
    for _ in range(98):
        client.call("publish", room=room, body="x", cid=new_cid(), mentions=named)
    old.close()
    seen = []
    while len(seen) < 100:
        page = client.call("history", room=room, after=len(seen), limit=100, events=True)
        seen += [event["seq"] for event in page["events"]]
    assert seen == list(range(1, 101))
    client.close()
