"""The pauses of a chaos run: people think, servers stand still. No test waits by them."""
import asyncio
import time


async def pause(seconds):
    await asyncio.sleep(seconds)


async def until(condition, seconds):
    """Asks again and again; whether the condition held before the time was over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await pause(0.02)
    return True
