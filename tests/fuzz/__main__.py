"""`make fuzz`: with atheris, guided by coverage, where it is installed; else by mutation alone.

    python -m fuzz --seconds 600

What is found is written to tests/fuzz/corpus/found-*, so that it is tried first from then on.
"""

import argparse
import sys
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def with_atheris(seconds: int) -> None:
    """Fuzz until the time is over; atheris ends the process."""
    import atheris  # noqa: PLC0415 - it is installed for this alone

    with atheris.instrument_imports(include=["jobimport_worker", "fuzz"]):
        from fuzz.target import one_input  # noqa: PLC0415
    found = f"-artifact_prefix={CORPUS}/found-"
    options = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=10", "-rss_limit_mb=1024"]
    work = Path("bench-results/fuzz-corpus")  # what atheris adds is not kept in the repository
    work.mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *options, found, str(work), str(CORPUS)], one_input)
    atheris.Fuzz()


def main() -> int:
    """Fuzz; exit status 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    seconds = parser.parse_args().seconds
    try:
        with_atheris(seconds)
    except ImportError as error:
        print(f"without coverage: {error}")
    from fuzz.mutating import fuzz  # noqa: PLC0415 - atheris must see the imports first

    return 0 if fuzz(CORPUS, seconds, say=print) else 1


if __name__ == "__main__":
    sys.exit(main())
