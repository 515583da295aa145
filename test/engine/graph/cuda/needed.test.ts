import { expect, test } from "vitest";
import {
  librariesFrom,
  parseNeeded,
  pipCommand,
} from "../../../../server/engine/graph/cuda/install/needed";

const said = (cuda: number): string => `	linux-vdso.so.1 (0x00007ffd)
	libcublasLt.so.${cuda} => not found
	libcublas.so.${cuda} => not found
	libcurand.so.10 => not found
	libcudart.so.${cuda} => /usr/lib/libcudart.so.${cuda} (0x00007f1)
	libcuda.so.1 => not found
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f2)
	libcublas.so.${cuda} => not found
`;

test("parseNeeded() reads what is missing, each once and not the driver's, and of which CUDA", () => {
  expect(parseNeeded(said(12))).toEqual({
    missing: ["libcublasLt.so.12", "libcublas.so.12", "libcurand.so.10"],
    cuda: "12",
  });
  expect(parseNeeded("	libm.so.6 => /lib/libm.so.6 (0x1)\n").missing).toEqual([]);
});

test("librariesFrom() takes what is missing and what is opened later, after what each needs", () => {
  const files = ["cublas.so.12", "cublasLt.so.12", "cublas.so.13", "cudnn.so.9", "curand.so.10"]
    .map((name) => `/env/nvidia/lib/lib${name}`)
    .toReversed();
  const names = ["cublasLt.so.12", "cublas.so.12", "curand.so.10", "cudnn.so.9"];
  expect(librariesFrom(files, parseNeeded(said(12)))).toEqual(
    names.map((name) => `/env/nvidia/lib/lib${name}`),
  );
  expect(librariesFrom(files, parseNeeded(said(13)))).toBeUndefined();
});

test("pipCommand() names the packages of that CUDA, once each", () => {
  expect(pipCommand(parseNeeded(said(12)))).toBe(
    "pip install nvidia-cuda-nvrtc-cu12 nvidia-cublas-cu12 nvidia-curand-cu12 nvidia-cudnn-cu12",
  );
  expect(pipCommand(parseNeeded(said(13)))).toBe(
    "pip install nvidia-cuda-nvrtc nvidia-cublas nvidia-curand nvidia-cudnn-cu13",
  );
});
