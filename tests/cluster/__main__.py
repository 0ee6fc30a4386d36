"""`python -m cluster build|up|demo|down`: the tests' Kubernetes, and the demo on it."""

import argparse
import signal
import sys

from cluster import demo
from cluster.building import CannotBuild, build_all
from cluster.choosing import choose, running_cluster
from cluster.existing import Existing
from cluster.images import ROOT
from cluster.release import running_node_cluster


def main() -> int:
    """Build or run the cluster of the tests, or the demo on it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("verb", choices=("build", "up", "demo", "down"))
    parser.add_argument("--exit", action="store_true", help="demo: end when the imports are done")
    parser.add_argument("--context", help="demo: use this context of your kubeconfig, and only it")
    parser.add_argument(
        "--images",
        metavar="PREFIX",
        help="demo with --context: what stands before jobimport-<part> in the images' names",
    )
    parser.add_argument("--tag", default="0.1.0", help="demo with --context: the images' tag")
    parser.add_argument(
        "--stand-ins",
        action="store_true",
        help="demo with --context: stand-ins as stores, where redis:8 and mongo:8 can't be pulled",
    )
    parser.add_argument("--node", action="store_true", help="up: with a node that runs pods")
    options = parser.parse_args()
    verb = options.verb
    try:
        if verb == "demo":
            demo.run(ROOT / "examples", stay=not options.exit, existing=_existing(options))
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


def _existing(options: argparse.Namespace) -> Existing | None:
    """The context that was asked for; CannotBuild where its nodes would find no images."""
    if options.context is None:
        return None
    if options.images is None:
        raise CannotBuild(
            "with --context, say with --images where the cluster's nodes find the images, such as"
            " --images registry.example.com/team/ for registry.example.com/team/jobimport-operator"
            " (README.md, On Kubernetes, builds them; the demo needs the target standins as well)"
        )
    return Existing(options.context, options.images, options.tag, options.stand_ins)


if __name__ == "__main__":
    sys.exit(main())
