"""The first process of a job's or an endpoint's group: runs the program, and ends the group when the cloud is gone.

Arguments: the number of a pipe whose other end the cloud holds, then the program and its own arguments. Exits as the
program does, 128 + n for one that died of signal n. It runs in the training environment, with nothing of Millrace.
"""

import os
import signal
import subprocess
import sys
import threading


def _end_with_the_cloud(pipe: int) -> None:
    os.read(pipe, 1)  # nothing is ever written: it ends when the other end is closed
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    # The group gets SIGTERM: this process waits for what the program makes of it. A handler, unlike SIG_IGN, is not
    # handed on to the program.
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=_end_with_the_cloud, args=(int(sys.argv[1]),), daemon=True).start()
    code = subprocess.Popen([sys.executable, *sys.argv[2:]]).wait()
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
