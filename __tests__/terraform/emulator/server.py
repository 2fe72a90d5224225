"""The AWS emulator: moto's server in this process, with what it lacks or does wrong put right.

usage: server.py PORT

Every patch is made in this process; nothing installed is edited. It is a reading of AWS's API, not AWS.
"""

import os
import sys

# Managed policies (AmazonEKSClusterPolicy and the like) exist on AWS without anybody making them.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_PORT"] = sys.argv[1]

from werkzeug.serving import run_simple  # noqa: E402

from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from patches import apply_all  # noqa: E402


def main() -> None:
    apply_all()
    application = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True, request_handler=MotoRequestHandler)


main()
