"""The live feed with many clients at once; the figures are bench.live_bench's."""

from bench.live_bench import measure


async def test_every_line_reaches_every_client_of_its_room() -> None:
    measured = await measure(clients=60, rooms=6, rate=300, seconds=2)
    assert measured.lines_missed == 0, measured
    assert measured.p99 < 5_000, measured
