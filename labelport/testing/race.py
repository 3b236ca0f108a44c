"""Writers that write at once."""

import threading
from collections.abc import Callable

from labelport.errors import PreconditionFailed

WRITERS = 32


def race(write: Callable[[bytes], object], *, writers: int = WRITERS) -> list[bytes]:
    """Let writers, each with a name of its own, write at once; return the names of those that won."""
    start = threading.Barrier(writers)
    won: list[bytes] = []
    faults: list[Exception] = []

    def writer(name: bytes) -> None:
        start.wait()
        try:
            write(name)
        except PreconditionFailed:
            return
        except Exception as error:  # told below, in the thread of the test
            faults.append(error)
            return
        won.append(name)

    threads = [threading.Thread(target=writer, args=(b"writer %d" % number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return won
