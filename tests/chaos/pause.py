"""The pauses of a chaos run: people think, servers stand still. No test waits by them."""
import asyncio


async def pause(seconds):
    await asyncio.sleep(seconds)
