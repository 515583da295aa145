"""Prints as JSON which environment this Python is, and the files of its packages that are NVIDIA's libraries."""

import importlib.util
import json
import os
import sys

spec = importlib.util.find_spec("nvidia")
places = [] if spec is None else list(spec.submodule_search_locations or [])
files = [
    os.path.join(folder, name)
    for place in places
    for folder, _, names in sorted(os.walk(place))
    for name in sorted(names)
    if ".so." in name
]
print(json.dumps({"environment": sys.prefix, "files": files}))
