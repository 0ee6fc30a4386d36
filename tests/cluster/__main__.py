"""`python -m cluster build|up|demo|down`: the tests' Kubernetes, and the demo on it."""

import argparse
import signal
import sys

from cluster import demo
from cluster.building import CannotBuild, build_all
from cluster.choosing import choose, running_cluster
from cluster.images import ROOT
from cluster.release import running_node_cluster


def main() -> int:
    """Build or run the cluster of the tests, or the demo on it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("verb", choices=("build", "up", "demo", "down"))
    parser.add_argument("--exit", action="store_true", help="demo: end when the imports are done")
    parser.add_argument("--node", action="store_true", help="up: with a node that runs pods")
    options = parser.parse_args()
    verb = options.verb
    try:
        if verb == "demo":
            demo.run(ROOT / "examples", stay=not options.exit)
        elif verb == "down":
            demo.down()
        elif verb == "up":
            with running_node_cluster(()) if options.node else running_cluster() as cluster:
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
