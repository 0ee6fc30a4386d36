"""`python -m cluster build|up`: build the tests' Kubernetes, or run it until Ctrl-C."""

import argparse
import signal
import sys

from cluster.building import CannotBuild, build_all
from cluster.choosing import choose, running_cluster


def main() -> int:
    """Build or run the cluster of the tests."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("verb", choices=("build", "up"))
    verb = parser.parse_args().verb
    try:
        if verb == "up":
            with running_cluster() as cluster:
                print(f"export KUBECONFIG={cluster.kubeconfig}", flush=True)
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
        elif choose().kind == "built":
            build_all()
    except CannotBuild as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
