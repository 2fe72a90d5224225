"""The AWS emulator: moto's server in this process, with what it lacks or does wrong put right.

usage: server.py PORT

Every patch is made in this process; nothing installed is edited. It is a reading of AWS's API, not AWS.
"""

import os
import sys
from threading import Lock
from typing import Any, Iterable

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


class OneAtATime:
    """Answers one request after the other: moto's stores are plain dictionaries, made at first use, without locks.

    Nothing is lost by it, as every answer is computed under Python's own lock; connections stay parallel.
    """

    def __init__(self, application: Any) -> None:
        self.application, self.lock = application, Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self.lock:
            answer = self.application(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()


def main() -> None:
    apply_all()
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True, request_handler=MotoRequestHandler)


main()
