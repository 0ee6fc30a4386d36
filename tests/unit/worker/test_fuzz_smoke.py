"""The fuzzer's corpus and 20 seconds of mutations of it; `make fuzz` goes on for ten minutes."""

from pathlib import Path

from fuzz.mutating import fuzz

CORPUS = Path(__file__).parents[2] / "fuzz" / "corpus"
SECONDS = 20


def test_no_response_breaks_a_decoder() -> None:
    said: list[str] = []
    assert len(list(CORPUS.iterdir())) >= 30
    assert fuzz(CORPUS, SECONDS, say=said.append), said
