"""Many connections: a thousand in one room, and one more than the server takes."""
import asyncio
import json

import psutil
import pytest

from chat import Chat, refusal_of, run
from raw_http import RawConnection, get
from support import DEADLINE_S, LIFTED, SLOW, call, eventually, mint_tokens, new_user, unique_room

CONNECTIONS = 1000
MESSAGES = 20


@pytest.fixture
def crowded(start_server):
    return start_server(settings=LIFTED)


async def connect_all(server, tokens, room):
    import websockets
    gate = asyncio.Semaphore(50)

    async def connect(token):
        async with gate:
            return await websockets.connect(
                server.ws_url(token, room), ping_interval=None, max_queue=None, compression=None,
                open_timeout=DEADLINE_S * 4, close_timeout=DEADLINE_S)
    return await asyncio.gather(*(connect(token) for token in tokens))


async def hear(socket, count):
    """The next messages, notices left out."""
    heard = []
    while len(heard) < count:
        frame = await socket.recv()
        if not frame.startswith("system:"):
            heard.append(json.loads(frame)["message"])
    return heard


def test_a_thousand_connections_hear_every_message_in_order(crowded):
    tokens = mint_tokens(crowded, CONNECTIONS)
    assert len(set(tokens)) == CONNECTIONS
    room = unique_room()
    sockets = run(connect_all(crowded, tokens, room), 120 * SLOW)
    crowded.counts(CONNECTIONS, "confab_connections", kind="websocket")
    crowded.counts(1, "confab_rooms")
    lines = [f"line {number}" for number in range(MESSAGES)]

    async def talk():
        listening = [asyncio.ensure_future(hear(socket, MESSAGES)) for socket in sockets]
        for text in lines:
            await sockets[0].send(text)
        return await asyncio.gather(*listening)
    for heard in run(talk(), 120 * SLOW):
        assert heard == lines

    async def leave():
        await asyncio.gather(*(socket.close() for socket in sockets))
    run(leave(), 120 * SLOW)
    crowded.counts(0, "confab_connections", kind="websocket")
    crowded.counts(0, "confab_rooms")


def test_descriptors_and_threads_return(crowded):
    process = psutil.Process(crowded.popen.pid)
    crowded.wait_for_output('"event":"serving"')  # it answers before its last loop has a thread
    call(crowded, "GET", "/health")
    descriptors, threads = process.num_fds(), process.num_threads()
    tokens = mint_tokens(crowded, 200)
    for _ in range(2):
        sockets = run(connect_all(crowded, tokens, unique_room()), 60 * SLOW)

        async def cut():
            for socket in sockets:
                socket.transport.abort()
        run(cut())
        crowded.counts(0, "confab_connections", kind="websocket")
    assert process.num_fds() <= descriptors + 8
    assert process.num_threads() == threads


def test_many_rooms_at_a_time(crowded):
    """200 rooms of two, each pair undisturbed by the others."""
    user = new_user(crowded)
    tokens = [user.token] * 2

    async def pair(number):
        first, second = await connect_all(crowded, tokens, f"pair-{number}")
        await first.send(f"hello {number}")
        heard = [(await hear(socket, 1))[0] for socket in (first, second)]
        await asyncio.gather(first.close(), second.close())
        return heard

    async def all_pairs():
        return await asyncio.gather(*(pair(number) for number in range(200)))
    for number, heard in enumerate(run(all_pairs(), 60 * SLOW)):
        assert heard == [f"hello {number}"] * 2


def test_over_the_cap_a_connection_is_told_so_and_a_free_place_is_given_again(start_server):
    small = start_server(settings={"server.connections_max": "5"})
    user = new_user(small)
    clients = [Chat(small, user.token) for _ in range(5)]
    with RawConnection(small) as sixth:
        sixth.send(get())
        response = sixth.read_response()
        assert response.status == 503
        assert json.loads(response.body)["code"] == "connection_cap"
        assert response.header("Retry-After")
        sixth.expect_end()
    assert refusal_of(small, user.token) == 503
    clients[0].send("undisturbed")
    while (frame := clients[1].receive()).startswith("system:"):
        pass
    assert json.loads(frame)["message"] == "undisturbed"
    clients.pop().close()
    eventually(lambda: refusal_of(small, user.token) == 101, "the free place is given again")
    for client in clients:
        client.close()


def test_running_out_of_descriptors_is_survived(start_server):
    import resource
    tight = start_server(settings={"server.connections_max": "5000"})
    user = new_user(tight)
    client = Chat(tight, user.token)
    process = psutil.Process(tight.popen.pid)
    limit = process.num_fds() + 20
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (limit, limit))
    waiting = [RawConnection(tight) for _ in range(60)]
    client.send("undisturbed")
    while (frame := client.receive()).startswith("system:"):
        pass
    assert json.loads(frame)["message"] == "undisturbed"
    spent = process.cpu_times()
    busy_before = spent.user + spent.system
    assert client.stays_open(1)
    spent = process.cpu_times()
    assert spent.user + spent.system - busy_before < 0.5 * max(1, SLOW), "spinning on accept"
    for connection in waiting:
        connection.close()
    eventually(lambda: call(tight, "GET", "/health").status == 200, "it takes connections again")
    client.close()
