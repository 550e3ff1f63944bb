"""The storage layer reads what zarr-python wrote, and zarr-python what the storage layer wrote.

`python tests/reference/storage_readback.py`, with zarr 3, numcodecs and `deno` to hand. Every type, shape and codec
goes there and back: zarr-python writes, storage_readback.ts compares, writes it all again in its own ways, and
zarr-python compares.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import numcodecs
import numpy as np
import zarr
from numcodecs import zarr3 as nz
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

warnings.simplefilter("ignore")

# The byte order of a record's fields has no place in zarr v3: zarr-python itself misreads big-endian ones there.
RECORD = [("a", "<i4"), ("b", "<f8"), ("c", "S3"), ("d", "<U2")]
RECORD_V2 = [("a", "<i4"), ("b", ">f8"), ("c", "S3"), ("d", ">U2")]
DTYPES = """bool i1 <i2 >i2 <i4 >i4 <i8 >i8 u1 <u2 <u4 >u4 <u8 <f2 >f2 <f4 >f4 <f8 >f8 <c8 <c16 >c16 <U5 >U5 S4""".split()
SHAPES = [((), ()), ((0,), (1,)), ((7,), (3,)), ((7, 5), (3, 2)), ((4, 5, 3), (2, 3, 2)), ((0, 3), (1, 3))]
NAMES = ["a#b", "q?x", "p%20", "c:d", "s p", "ü", " ", "..x"]
FILLS = {
    "nan": ("<f4", np.nan),
    "inf": ("<f8", -np.inf),
    "big": ("<i8", 2**62 + 1),
    "neg": ("<i8", -(2**63)),
    "u8": ("<u8", 2**64 - 1),
    "complex": ("<c16", complex(np.nan, 2)),
    "U": ("<U3", "äb"),
    "S": ("S3", b"ab"),
    "bool": ("bool", True),
    "str": (str, "xy"),
    "f2": ("<f2", 0.5),
    "negative zero": ("<f8", -0.0),
    "big-endian": (">i4", 77),
}

expected: list[dict] = []


def values(dtype, shape):
    count = int(np.prod(shape))
    if dtype is str:
        return np.array(["äö" * (i % 4) + str(i) for i in range(count)], dtype=object).reshape(shape)
    dtype = np.dtype(dtype)
    if dtype.kind in "US":
        return np.array([f"s{i}" for i in range(count)], dtype=dtype).reshape(shape)
    if dtype.kind == "V":
        records = np.zeros(count, dtype)
        for name in dtype.names:
            records[name] = np.arange(count).astype(dtype[name])
        return records.reshape(shape)
    if dtype.kind == "b":
        return (np.arange(count) % 3 == 0).reshape(shape)
    if dtype.kind == "c":
        return (np.arange(count) + 1j * np.arange(count)[::-1]).astype(dtype).reshape(shape)
    return (np.arange(count) * 7 % 101).astype(dtype).reshape(shape)


def little(array):
    dtype = array.dtype
    if dtype.names:
        dtype = np.dtype([(name, dtype[name].newbyteorder("<")) for name in dtype.names])
    return np.ascontiguousarray(array.astype(dtype.newbyteorder("<")))


def expect(store, name, dtype, array):
    entry = {"store": store, "name": name}
    if dtype is str:
        entry["texts"] = [str(text) for text in array.reshape(-1)]
    else:
        entry["raw"] = base64.b64encode(little(array).tobytes()).decode()
    expected.append(entry)


def put(group, store, name, dtype, shape, **keywords):
    array = values(dtype, shape)
    node = group.create_array(name, shape=shape, dtype=dtype, **keywords)
    if array.size:
        node[...] = array
    expect(store, name, dtype, array)


def put_common(group, store, version):
    record = RECORD_V2 if version == 2 else RECORD
    for i, dtype in enumerate([*DTYPES, str, record]):
        for j, (shape, chunks) in enumerate(SHAPES):
            put(group, store, f"dtype {i} {j}", dtype, shape, chunks=chunks)
    for name, (dtype, fill) in FILLS.items():
        node = group.create_array(f"fill {name}", shape=(5,), chunks=(2,), dtype=dtype, fill_value=fill)
        expect(store, f"fill {name}", dtype, node[:])
    for name in NAMES:
        put(group, store, name, "<i4", (5,), chunks=(2,))


def put_v2(group, store):
    blosc = {
        f"{cname} {shuffle}": numcodecs.Blosc(cname, 5, shuffle)
        for cname in ("lz4", "lz4hc", "blosclz", "zlib", "zstd")
        for shuffle in (0, 1, 2, -1)
    }
    codecs = {"none": None, "zstd": numcodecs.Zstd(3), "checked": numcodecs.Zstd(3, checksum=True)}
    codecs |= {"gzip": numcodecs.GZip(2), "zlib": numcodecs.Zlib(4), "lz4": numcodecs.LZ4()}
    for name, codec in (codecs | blosc).items():
        for dtype in ("<i4", str, "u1", ">f8"):
            kind = "str" if dtype is str else dtype
            put(group, store, f"codec {name} {kind}", dtype, (300, 70), chunks=(128, 64), compressors=codec)
    put(group, store, "F", "<i4", (7, 5, 3), chunks=(3, 2, 2), order="F")
    put(group, store, "F big", ">i8", (7, 5), chunks=(3, 2), order="F")
    slash = {"name": "v2", "separator": "/"}
    put(group, store, "slash", "<i4", (7, 5), chunks=(3, 2), chunk_key_encoding=slash)
    delta = numcodecs.Delta("<i4")
    filters = {
        "delta": [delta],
        "wide delta": [numcodecs.Delta("<i4", "<i8")],
        "big delta": [numcodecs.Delta("<i4", ">i8")],
        "shuffle": [numcodecs.Shuffle(4)],
        "scale": [numcodecs.FixedScaleOffset(0, 1, "<i4", "u1")],
        "astype": [numcodecs.AsType("<i8", "<i4")],
        "delta, shuffle": [delta, numcodecs.Shuffle(4)],
    }
    for name, chain in filters.items():
        put(group, store, f"filter {name}", "<i4", (30, 7), chunks=(11, 7), filters=chain, compressors=numcodecs.Zstd())
    put(group, store, "filter delta F", "<i4", (30, 7), chunks=(11, 4), filters=[delta], order="F")


def put_v3(group, store):
    zstd = ZstdCodec()
    chains = {
        "none": {"compressors": None},
        "gzip": {"compressors": GzipCodec()},
        "checked": {"compressors": ZstdCodec(level=3, checksum=True)},
        "gzip crc32c": {"compressors": [GzipCodec(), Crc32cCodec()]},
        "crc32c": {"compressors": [Crc32cCodec()]},
        "transpose": {"filters": [TransposeCodec(order=(1, 0))]},
        "big": {"serializer": BytesCodec(endian="big")},
        "transpose big": {"filters": [TransposeCodec(order=(1, 0))], "serializer": BytesCodec(endian="big")},
        "keys v2 dot": {"chunk_key_encoding": {"name": "v2", "separator": "."}},
        "keys v2 slash": {"chunk_key_encoding": {"name": "v2", "separator": "/"}},
        "keys dot": {"chunk_key_encoding": {"name": "default", "separator": "."}},
        "n lz4": {"compressors": [nz.LZ4()]},
        "n zlib": {"compressors": [nz.Zlib()]},
        "n shuffle": {"compressors": [nz.Shuffle(elementsize=4), nz.Zlib()]},
        "n zstd": {"compressors": [nz.Zstd(level=3)]},
        "n gzip": {"compressors": [nz.GZip(level=3)]},
        "n blosc": {"compressors": [nz.Blosc(cname="zstd", shuffle=2)]},
        "n crc32c": {"compressors": [nz.CRC32C()]},
        "n delta": {"filters": [nz.Delta(dtype="<i4")]},
        "n delta big": {"filters": [nz.Delta(dtype="<i4")], "serializer": BytesCodec(endian="big")},
    }
    for cname in ("lz4", "lz4hc", "blosclz", "zlib", "zstd"):
        for shuffle in ("noshuffle", "shuffle", "bitshuffle"):
            chains[f"blosc {cname} {shuffle}"] = {"compressors": BloscCodec(cname=cname, shuffle=shuffle)}
    for name, chain in chains.items():
        put(group, store, f"codec {name}", "<i4", (300, 70), chunks=(128, 64), **chain)

    inner = [BytesCodec(), zstd]
    turned = [TransposeCodec(order=(1, 0)), BytesCodec(endian="big"), GzipCodec()]
    shards = {
        "end": ((64, 30), ShardingCodec(chunk_shape=(16, 10), codecs=inner), {}),
        "start": ((64, 30), ShardingCodec(chunk_shape=(16, 10), codecs=inner, index_location="start"), {}),
        "no checksum": ((64, 30), ShardingCodec(chunk_shape=(16, 10), codecs=inner, index_codecs=[BytesCodec()]), {}),
        "turned inside": ((64, 40), ShardingCodec(chunk_shape=(32, 20), codecs=turned), {}),
        "gzip around": ((64, 40), ShardingCodec(chunk_shape=(32, 20), codecs=[BytesCodec()]), {"compressors": [GzipCodec()]}),
        "nested": (
            (64, 40),
            ShardingCodec(chunk_shape=(32, 20), codecs=[ShardingCodec(chunk_shape=(16, 10), codecs=inner)]),
            {},
        ),
    }
    for name, (chunks, serializer, more) in shards.items():
        keywords = {"compressors": None} | more
        put(group, store, f"shards {name}", "<i4", (100, 70), chunks=chunks, serializer=serializer, **keywords)
    put(group, store, "shards str", str, (100,), chunks=(16,), shards=(64,))


def main() -> int:
    folder = pathlib.Path(tempfile.mkdtemp())
    here = pathlib.Path(__file__).parent
    failed = 0
    try:
        for version, more in ((2, put_v2), (3, put_v3)):
            store = f"v{version}.zarr"
            group = zarr.open_group(folder / store, mode="w", zarr_format=version)
            put_common(group, store, version)
            more(group, store)
            consolidated = f"v{version} consolidated.zarr"
            shutil.copytree(folder / store, folder / consolidated)
            zarr.consolidate_metadata(folder / consolidated)
            expected.extend([{**entry, "store": consolidated} for entry in expected if entry["store"] == store])
        (folder / "expected.json").write_text(json.dumps(expected))
        deno = os.environ.get("DENO", "deno")
        run = subprocess.run(
            [deno, "run", "-A", here / "storage_readback.ts", folder], stdout=subprocess.PIPE, text=True, check=True
        )
        for line in run.stdout.splitlines():
            print(line)
            failed += 1

        read = 0
        for ours in sorted(folder.glob("ours*.zarr")):
            group = zarr.open_consolidated(ours)
            plain = zarr.open_group(ours, mode="r", use_consolidated=False)
            for entry in expected:
                # zarr-python itself cannot read records in shards ("unhashable type").
                if "consolidated" in entry["store"] or ("shards" in ours.name and "dtype 26" in entry["name"]):
                    continue
                name = f"{entry['store']} {entry['name']}"
                try:
                    node = group["arrays"][name]
                    assert node.attrs["from"] == entry["store"]
                    # Of a scalar of fixed-size text, zarr-python gives what the text itself needs.
                    array = np.asarray(node[...], dtype=object if "texts" in entry else node.dtype)
                    if "texts" in entry:
                        assert [str(text) for text in array.reshape(-1)] == entry["texts"], "other text"
                    else:
                        assert little(array).tobytes() == base64.b64decode(entry["raw"]), "other bytes"
                    again = plain["arrays"][name].metadata
                    assert json.dumps(again.to_dict()) == json.dumps(node.metadata.to_dict()), "other metadata"
                    read += 1
                except Exception as error:  # every kind of failure is one of the array's
                    failed += 1
                    print(f"zarr-python does not read {ours.name}: {name}: {error!r}")
    finally:
        shutil.rmtree(folder)
    print(f"{len(expected) + read} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
