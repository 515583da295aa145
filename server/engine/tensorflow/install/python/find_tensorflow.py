"""Prints as JSON where this Python has TensorFlow, without importing it: that takes seconds and prints warnings."""

import importlib.metadata
import importlib.util
import json
import os
import sys


def find():
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        return {"reason": "it has no TensorFlow"}
    folder = spec.submodule_search_locations[0]
    if not os.path.exists(os.path.join(folder, "libtensorflow_cc.so.2")):
        return {"reason": "its TensorFlow has no libtensorflow_cc.so.2, as those of PyPI for Linux have"}
    nvidia = os.path.join(os.path.dirname(folder), "nvidia")
    return {
        "version": version(),
        "folder": folder,
        "environment": sys.prefix,
        "cuda": is_cuda_build(folder),
        **({"nvidia": nvidia} if os.path.isdir(nvidia) else {}),
    }


def version():
    for name in ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-intel"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return "0"


def is_cuda_build(folder):
    names = {}
    with open(os.path.join(folder, "python", "platform", "build_info.py"), encoding="utf-8") as file:
        exec(file.read(), names)
    return bool(names["build_info"].get("is_cuda_build"))


print(json.dumps(find()))
