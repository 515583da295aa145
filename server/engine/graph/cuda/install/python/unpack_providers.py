"""unpack_providers.py WHEEL FOLDER: of a wheel of onnxruntime-gpu, onnxruntime's shared and CUDA providers into FOLDER."""

import os
import shutil
import sys
import zipfile

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in ("libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"):
        with archive.open("onnxruntime/capi/" + name) as source, open(os.path.join(folder, name), "wb") as target:
            shutil.copyfileobj(source, target, 1 << 24)
