"""Whole processes, timed."""

import os
import subprocess
import sys
import time
import typing


class Usage(typing.NamedTuple):
    """What a process took: seconds on the wall and of processors, and bytes of memory at its peak."""

    seconds: float
    processor_seconds: float
    peak: int


def run(command):
    """The usage of one process; its output is dropped, its failure ends the script."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {os.waitstatus_to_exitcode(status)}: {message.decode()}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
