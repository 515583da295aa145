"""mergekit-yaml, as the script of its package runs it; and in the end its largest resident set, in KiB, into file 3."""

import atexit
import os
import resource
import sys


def tell_peak():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    os.write(3, str(peak // 1024 if sys.platform == "darwin" else peak).encode())


atexit.register(tell_peak)

from mergekit.scripts.run_yaml import main  # noqa: E402

main()
