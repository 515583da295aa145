"""unpack_wheel.py WHEEL FOLDER: of a wheel of TensorFlow, its libraries into FOLDER/lib and its C headers into
FOLDER/include, and as JSON on stdout what CUDA needs beside; of one of NVIDIA's, its libraries into FOLDER/nvidia."""

import json
import os
import re
import shutil
import sys
import zipfile

HEADERS = re.compile(
    r"tensorflow/include/((tensorflow/c/(eager/)?|tensorflow/core/platform/ctstring|tsl/platform/ctstring|xla/tsl/c/)[^/]*\.h)"
)
LIBRARIES = re.compile(r"tensorflow/(libtensorflow_(?:cc|framework)\.so\.2)")
NVIDIA = re.compile(r"(nvidia/[^/]+/(?:lib|bin|nvvm/.*)/[^/]+)")
CUDA = re.compile(r"Requires-Dist: (nvidia-[^;]+?)\s*;.*extra == ['\"]and-cuda['\"]")


def place(name):
    for pattern, folder in ((HEADERS, "include"), (LIBRARIES, "lib"), (NVIDIA, "")):
        match = pattern.fullmatch(name)
        if match:
            return os.path.join(folder, match.group(1))
    return None


def unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            found = None if entry.is_dir() else place(entry.filename)
            if found is None:
                continue
            path = os.path.join(folder, found)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 24)
            os.chmod(path, 0o755 if (entry.external_attr >> 16) & 0o111 else 0o644)
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return CUDA.findall(archive.read(metadata).decode())


print(json.dumps(unpack(*sys.argv[1:])))
