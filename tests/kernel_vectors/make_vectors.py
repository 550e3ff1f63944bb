"""Writes the known vectors of kernel_test.ts, with numcodecs: `python make_vectors.py`.

index.json has for each vector its name, codec, type size, base64 of the encoded
bytes, and how to make the decoded ones (`source` below, and its twin in
kernel_test.ts), so that the files stay small.
"""

import base64
import json
import pathlib

import numcodecs
import numpy as np


def source(kind: str, size: int) -> bytes:
    """Bytes that both languages make alike: 'ramp' encodes well, 'noise' not."""
    i = np.arange(size, dtype=np.uint64)
    if kind == "ramp":
        return ((i // 24) % 251 * (i % 4 == 0)).astype(np.uint8).tobytes()
    if kind == "zeros":
        return bytes(size)
    x = (i * 2654435761 + 12345) % 2**32
    x ^= x >> 15
    x = (x * 2246822519) % 2**32
    return ((x ^ (x >> 13)) % 256).astype(np.uint8).tobytes()


def main() -> None:
    vectors = []

    def add(codec: dict, typesize: int, kind: str, size: int, encoded: bytes) -> None:
        vectors.append(
            dict(codec=codec, typesize=typesize, kind=kind, bytes=size, encoded=base64.b64encode(encoded).decode())
        )

    for cname in ("lz4", "lz4hc", "blosclz", "zlib", "zstd"):
        for shuffle in (0, 1, 2):
            sizes = [(1, 0), (1, 1), (8, 8), (2, 127 * 2), (4, 4096), (8, 8 * 1031)]
            if cname == "lz4":
                sizes += [(16, 16 * 300), (12, 12 * 300), (200, 200 * 40), (3, 3 * 701)]
            for typesize, size in sizes:
                raw = source("ramp", size)
                array = np.frombuffer(raw, dtype=f"V{typesize}" if typesize not in (1, 2, 4, 8) else f"u{typesize}")
                codec = numcodecs.Blosc(cname, clevel=5, shuffle=shuffle)
                add(codec.get_config(), typesize, "ramp", size, bytes(codec.encode(array)))
    for kind, level, block, size in (
        ("noise", 5, 0, 600),  # copied as it does not shrink
        ("ramp", 0, 0, 600),  # copied as told
        ("ramp", 9, 1024, 5000),  # blocks with a leftover
        ("zeros", 5, 0, 300_000),  # several blocks, long matches
    ):
        for cname in ("lz4", "zstd", "blosclz"):
            codec = numcodecs.Blosc(cname, clevel=level, shuffle=1, blocksize=block)
            add(codec.get_config(), 4, kind, size, bytes(codec.encode(np.frombuffer(source(kind, size), "u4"))))
    for kind, size in (("ramp", 1), ("ramp", 5000), ("noise", 300), ("zeros", 300_000)):
        codec = numcodecs.LZ4()
        add(codec.get_config(), 1, kind, size, bytes(codec.encode(source(kind, size))))
    for typesize, size in ((2, 255), (3, 100), (4, 4103), (8, 999), (16, 1600)):
        codec = numcodecs.Shuffle(typesize)
        whole = size // typesize * typesize
        add(codec.get_config(), typesize, "ramp", whole, bytes(codec.encode(source("ramp", whole))))

    here = pathlib.Path(__file__).parent
    lines = ",\n".join(json.dumps(v) for v in vectors)
    (here / "index.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
