"""One command → its wall time, CPU and peak memory as a line of JSON; run as a process of its own by `measure.py`.

A child begins with the peak memory of the process that started it, so this one stays small: `-I -S`, five modules.
"""

import json
import os
import sys
import time


def main() -> None:
    """`argv[1]`: JSON with `core`, `folder`, `arguments`, `environment`, `out`, `err`."""
    order = json.loads(sys.argv[1])
    os.sched_setaffinity(0, {order["core"]})
    os.chdir(order["folder"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    outputs = [
        (os.POSIX_SPAWN_OPEN, descriptor, order[name], flags, 0o600) for descriptor, name in ((1, "out"), (2, "err"))
    ]
    began_at, began = time.time(), time.perf_counter()
    child = os.posix_spawn(order["arguments"][0], order["arguments"], order["environment"], file_actions=outputs)
    _, status, usage = os.wait4(child, 0)
    wall_s = time.perf_counter() - began
    measured = {
        "began_at": began_at,
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
        "exit_code": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(measured))


main()
