import asyncio
import json
import threading

from interplay.web.hub import WAITING, Client, Hub


def run(what):
    """Run to the end, or fail: a message that never comes is no reason to wait forever."""
    return asyncio.run(asyncio.wait_for(what, 10))


def test_a_slow_page_loses_old_frames_and_is_told():
    async def slow():
        client = Client()
        client.put("hello", keep=True)
        for k in range(WAITING + 20):
            client.put(f"frame {k}", keep=False)
        client.put("end", keep=True)
        got = [await client.get()]
        while got[-1] != "end":
            got.append(await client.get())
        return client.dropped, got

    dropped, got = run(slow())
    assert dropped == 22
    assert json.loads(got[0]) == {"type": "dropped", "frames": 22}
    assert got[1] == "hello"
    assert got[-2:] == [f"frame {WAITING + 19}", "end"]


def test_messages_that_must_arrive_are_never_dropped():
    async def full():
        client = Client()
        for k in range(3 * WAITING):
            client.put(str(k), keep=True)
        return client.dropped, [await client.get() for _ in range(3 * WAITING)]

    assert run(full()) == (0, [str(k) for k in range(3 * WAITING)])


def test_frames_from_another_thread_reach_every_client():
    async def spread():
        hub, one, two = Hub(), Client(), Client()
        hub.open(asyncio.get_running_loop())
        hub.clients |= {one, two}
        thread = threading.Thread(target=lambda: [hub.post({"type": "frame", "number": k}) for k in range(5)])
        thread.start()
        got = [[json.loads(await c.get())["number"] for _ in range(5)] for c in (one, two)]
        thread.join()
        return got

    assert run(spread()) == [[0, 1, 2, 3, 4]] * 2


def test_a_loop_that_stands_still_is_never_waited_for():
    hub = Hub()
    loop = asyncio.new_event_loop()
    hub.open(loop)
    for k in range(1000):
        hub.post({"type": "frame", "number": k})
    hub.post({"type": "end"})
    assert len(hub._posted) <= 4 * WAITING + 1
    assert hub._posted[-1]["type"] == "end"
    loop.close()
    hub.post({"type": "frame"})
    hub.close()
    hub.post({"type": "frame"})
