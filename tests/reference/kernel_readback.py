"""numcodecs reads what the kernel wrote and the kernel what numcodecs wrote.

`python tests/reference/kernel_readback.py [SEED]`, with numcodecs and `deno` to hand.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numcodecs
import numpy as np

LENGTHS = [0, 1, 2, 15, 127, 128, 129, 1000, 4096, 32767, 32768, 65537, 262144, 1_048_577, 3_000_017]
ZSTD_DTYPES = ["?", "i1", "u1", "i2", "u2", "f2", "i4", "u4", "f4", "i8", "u8", "f8", "c8"]
TYPESIZES = [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 32, 100, 255]


def raw(rng: np.random.Generator, typesize: int, length: int) -> bytes:
    """Counts, indices, noise or nothing, whatever the type size makes of their bytes."""
    kind = rng.integers(4)
    count = length // 4 + 1
    if kind == 0:
        values = rng.negative_binomial(1, 0.3, count).astype("f4")
    elif kind == 1:
        values = np.cumsum(rng.integers(1, 40, count)).astype("i4") % 30000
    elif kind == 2:
        values = rng.integers(0, 2**32, count, dtype="u4")
    else:
        values = np.repeat(rng.integers(0, 9, count // 50 + 1), 50)[:count].astype("i4")
    return values.tobytes()[:length]


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(2**32)
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    cases = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for cname in ("lz4", "lz4hc", "blosclz", "zlib", "zstd"):
            for typesize in TYPESIZES:
                for length in LENGTHS:
                    # the slow ones are long only now and then
                    if length > 300_000 and cname != "lz4" and rng.random() < 0.9:
                        continue
                    whole = length // typesize * typesize
                    case = dict(
                        id=len(cases),
                        cname=cname,
                        clevel=int(rng.integers(0, 10)) if length < 100_000 else 5,
                        shuffle=int(rng.integers(0, 3)),
                        blocksize=int(rng.choice([0, 0, 0, 200, 5000, 70_000])),
                        typesize=typesize,
                    )
                    data = raw(rng, typesize, whole)
                    codec = numcodecs.Blosc(cname, case["clevel"], case["shuffle"], case["blocksize"])
                    native = codec.encode(np.frombuffer(data, f"V{typesize}"))
                    (folder / f"{case['id']}.raw").write_bytes(data)
                    (folder / f"{case['id']}.native").write_bytes(native)
                    cases.append(case)
        for dtype in ZSTD_DTYPES:
            for length in LENGTHS:
                case = dict(id=len(cases), cname="bare zstd", typesize=np.dtype(dtype).itemsize)
                whole = length // case["typesize"] * case["typesize"]
                # the numbers of that type, or whatever their bytes are in it
                data = raw(rng, case["typesize"], whole)
                if rng.integers(2) and whole:
                    data = rng.integers(0, 100, whole // case["typesize"]).astype(dtype).tobytes()
                (folder / f"{case['id']}.raw").write_bytes(data)
                (folder / f"{case['id']}.native").write_bytes(numcodecs.Zstd(3).encode(data))
                cases.append(case)
        (folder / "cases.json").write_text(json.dumps(cases))
        driver = pathlib.Path(__file__).with_suffix(".ts")
        subprocess.run(["deno", "run", f"--allow-read={folder}", f"--allow-write={folder}", driver, folder], check=True)
        sizes = [0, 0]
        for case in cases:
            data = (folder / f"{case['id']}.raw").read_bytes()
            ours = (folder / f"{case['id']}.ours").read_bytes()
            native = (folder / f"{case['id']}.native").read_bytes()
            # numcodecs cannot read its own empty frames either: the same will do
            if case["cname"] == "bare zstd":
                # nor its own empty ones here
                same = bytes(numcodecs.Zstd().decode(ours)) == data if data else len(ours) == len(native)
            else:
                same = bytes(numcodecs.blosc.decompress(ours)) == data if data else ours == native
            if not same:
                raise SystemExit(f"numcodecs reads something else: {case}, {len(data)} bytes")
            sizes[0] += len(ours)
            sizes[1] += len(native)
    print(f"{len(cases)} cases the same both ways; ours take {sizes[0] / sizes[1]:.3f} of numcodecs' bytes")


if __name__ == "__main__":
    main()
