"""Writes the HDF5 files of this folder, and what h5py reads from them (expected.json).

Each file has one set of features of the format, as h5py and HDF5 of several ages write them:

    python -m venv v && v/bin/pip install h5py==3.16.0 hdf5plugin==6.0.0 numpy==2.4.6 && v/bin/python generate.py
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
from h5py import h5d, h5p, h5s, h5t

HERE = Path(__file__).parent
NUMBERS = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
TEXTS = ["", "a", "äöü", "\U0001f600 smile", "line\nend", "x" * 5000, "last"]


def numbers(dtype: str, count: int) -> np.ndarray:
    return (np.arange(count) * 7 % 101).astype(dtype)


def types(file: h5py.File) -> None:
    """Every type of element, little and big-endian, in one piece and in chunks."""
    for dtype in NUMBERS:
        for order in "<>":
            file.create_dataset(f"{order}{dtype}", data=numbers(dtype, 35).reshape(7, 5).astype(order + dtype))
            file.create_dataset(f"chunked {order}{dtype}", data=numbers(dtype, 35).reshape(7, 5).astype(order + dtype), chunks=(3, 2), compression="gzip", shuffle=True)
    file["bool"] = numbers("i4", 10) % 3 == 0
    file.create_dataset("enum", data=np.array([0, 2, 1, 2], "i2"), dtype=h5py.enum_dtype({"A": 0, "B": 1, "C": 2}, "i2"))
    file["fixed"] = np.array([b"a", b"bcd", b""], "S4")
    file["vlen"] = np.array(TEXTS, dtype=h5py.string_dtype())
    file.create_dataset("chunked vlen", data=np.array(TEXTS * 9, dtype=h5py.string_dtype()), chunks=(8,), compression="gzip", shuffle=True)
    file.create_dataset("vlen matrix", data=np.array(TEXTS[:6]).reshape(2, 3).astype(object), dtype=h5py.string_dtype(), chunks=(1, 2))
    file.create_dataset("unwritten vlen", shape=(5,), dtype=h5py.string_dtype(), chunks=(2,))
    file["records"] = np.array([(1, 2.5, b"xy", True), (3, -1.0, b"", False)], [("a", "i4"), ("b", "f8"), ("c", "S3"), ("d", "?")])
    file["padded records"] = np.array([(1, 2.5), (3, -1.0)], np.dtype([("a", "u1"), ("b", ">f8")], align=True))
    file.create_dataset("text records", data=np.array([("äb", 1), ("", 2), ("cdef", 3)], [("t", h5py.string_dtype()), ("n", "i8")]), chunks=(2,))
    file["array type"] = np.zeros(3, [("x", "f4", (2,))])["x"]
    file.create_dataset("array", shape=(3, 2), dtype=np.dtype(("i4", (2,))))[...] = np.arange(12, dtype="i4").reshape(3, 2, 2)
    file["scalar int"], file["scalar bool"], file["scalar text"], file["scalar float"] = 7, True, "text", 1.5
    file["null"] = h5py.Empty("f4")
    file["no rows"] = np.zeros((0, 3), "f4")
    file.create_dataset("no rows yet", shape=(0,), maxshape=(None,), dtype="i8")
    file.create_dataset("filled", shape=(6,), chunks=(2,), dtype="f8", fillvalue=np.nan)
    file["filled"][2:4] = 5
    file.create_dataset("never written", shape=(4,), dtype="i4", fillvalue=9)
    file["references"] = np.array([file["bool"].ref], dtype=h5py.ref_dtype)


def spaces(file: h5py.File) -> None:
    """Text that is padded with spaces, as Fortran and h5wasm write it."""
    kind = h5t.C_S1.copy()
    kind.set_size(6)
    kind.set_strpad(h5t.STR_SPACEPAD)
    space = h5s.create_simple((3,))
    h5d.create(file.id, b"spaced", kind, space).write(h5s.ALL, h5s.ALL, np.array([b"a     ", b"bcd   ", b"      "], "S6"))


def attributes(file: h5py.File) -> None:
    """Attributes of every kind, on a group and on a dataset."""
    for node in (file, file.create_dataset("d", data=numbers("i4", 3)), file.create_group("g")):
        attrs = node.attrs
        attrs["text"], attrs["empty text"], attrs["texts"], attrs["no texts"] = "ä", "", ["a", "", "ö"], np.array([], dtype=h5py.string_dtype())
        attrs["none"] = []
        attrs["int"], attrs["shape"], attrs["big"], attrs["bigger"] = 5, [3, 4], 2**53, np.uint64(2**63 + 1)
        attrs["bool"], attrs["bools"], attrs["float"], attrs["nan"] = True, [True, False], 1.5, float("nan")
        attrs["fixed"], attrs["matrix"], attrs["null"] = np.bytes_("fix"), np.arange(6).reshape(2, 3), h5py.Empty("f8")
        attrs["reference"], attrs["complex"], attrs["ä name"] = file["d"].ref if "d" in file else file.ref, 1 + 2j, 1
    file.create_group("many").attrs.update({f"a{i}": f"value {i}" for i in range(60)})


def groups(file: h5py.File) -> None:
    """Groups within groups, many names, odd names, links."""
    for i in range(300):
        file.create_group("many", track_order=False) if i == 0 else None
        file[f"many/{i}"] = np.int32(i)
    file["a/b/c/d"] = numbers("i4", 4)
    for name in ["ä", "a b", "#?%", "\U0001f600", "\uff5e"]:
        file[f"odd/{name}"] = numbers("u1", 2)
    file["soft"], file["soft to soft"] = h5py.SoftLink("/a/b/c/d"), h5py.SoftLink("soft")
    file["hard"], file["a/relative"] = file["a/b/c/d"], h5py.SoftLink("b/c/d")
    file.create_group("empty")


def chunks(file: h5py.File) -> None:
    """Chunks in every index that the version of the format has: with one chunk, a few, and many; missing ones."""
    for name, options in {"plain": {}, "gzip": {"compression": "gzip"}, "both": {"compression": "gzip", "shuffle": True}}.items():
        group, data = file.create_group(name), numbers("i4", 3000)
        group.create_dataset("single", data=data[:20], chunks=(20,), **options)
        group.create_dataset("few", data=data[:100], chunks=(7,), **options)
        group.create_dataset("many", data=data, chunks=(2,), **options)
        group.create_dataset("matrix", data=data.reshape(30, 100), chunks=(7, 30), **options)
        group.create_dataset("growing", data=data, chunks=(2,), maxshape=(None,), **options)
        group.create_dataset("growing slowly", data=data[:10], chunks=(2,), maxshape=(None,), **options)
        group.create_dataset("growing rows", data=data.reshape(300, 10), chunks=(3, 5), maxshape=(None, 10), **options)
        group.create_dataset("growing all", data=data.reshape(50, 60), chunks=(3, 5), maxshape=(None, None), **options)
        for maxshape in ((900,), (None,), (None, None)):
            sparse = group.create_dataset(f"sparse {maxshape}", shape=(900, 1)[: len(maxshape)], maxshape=maxshape, chunks=(3, 1)[: len(maxshape)], dtype="i4", fillvalue=4, **options)
            sparse[300:320] = 8
        group.create_dataset("far", shape=(600_000,), maxshape=(None,), chunks=(2,), dtype="i4", **options)[599_001:599_020] = 3
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_chunk((7, 30))
    plist.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    made = h5d.create(file.id, b"early", h5t.STD_I32LE, h5s.create_simple((60, 100)), plist)
    made.write(h5s.ALL, h5s.ALL, numbers("i4", 6000).reshape(60, 100))


def small_chunks(file: h5py.File) -> None:
    """A little of everything, for tests that change bytes."""
    data = numbers("i4", 600)
    for name, maxshape in {"fixed": None, "growing": (None,), "all": (None, None)}.items():
        values = data.reshape(20, 30) if name == "all" else data
        file.create_dataset(name, data=values, chunks=(4, 10) if name == "all" else (7,), maxshape=maxshape, compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("lzf", data=data, chunks=(100,), compression="lzf")
    file.create_dataset("texts", data=np.array(TEXTS[:5] * 9, dtype=h5py.string_dtype()), chunks=(8,), compression="gzip")
    file["records"] = np.array([("äb", 1), ("", 2)], [("t", h5py.string_dtype()), ("n", "i8")])
    for i in range(20):
        file[f"many/{i}"] = i


def plain_edges(file: h5py.File) -> None:
    """Chunks at the edge that are stored without filters."""
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_chunk((7, 30))
    plist.set_deflate(4)
    if hasattr(plist, "set_chunk_opts"):
        plist.set_chunk_opts(2)
    made = h5d.create(file.id, b"edges", h5t.STD_I32LE, h5s.create_simple((60, 100)), plist)
    made.write(h5s.ALL, h5s.ALL, numbers("i4", 6000).reshape(60, 100))


def filters(file: h5py.File) -> None:
    """The filters of HDF5, of h5py, and of the usual plug-ins."""
    data = numbers("i4", 3000).reshape(300, 10)
    plugins = {f"blosc {c} {s}": hdf5plugin.Blosc(cname=c, shuffle=s) for c in ("lz4", "zstd", "blosclz", "zlib") for s in (0, 1, 2)}
    own = {
        "gzip 9": dict(compression="gzip", compression_opts=9),
        "shuffle": dict(shuffle=True),
        "lzf": dict(compression="lzf"),
        "lzf shuffle": dict(compression="lzf", shuffle=True),
        "fletcher32": dict(fletcher32=True),
        "all": dict(compression="gzip", shuffle=True, fletcher32=True),
        "zstd": dict(hdf5plugin.Zstd()),
        "lz4": dict(hdf5plugin.LZ4()),
        **{name: dict(plugin) for name, plugin in plugins.items()},
    }
    rng = np.random.default_rng(0)
    for name, options in own.items():
        file.create_dataset(name, data=data, chunks=(70, 10), **options)
        # What does not get shorter is stored without the filter.
        file.create_dataset(f"{name} noise", data=rng.integers(0, 2**31, 500, "i4"), chunks=(100,), **options)


def refused(file: h5py.File) -> None:
    """What is refused by name."""
    data = numbers("i4", 1000)
    file.create_dataset("szip", data=data, chunks=(100,), compression="szip") if h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP) else None
    file.create_dataset("scaleoffset", data=data, chunks=(100,), scaleoffset=0)
    file.create_dataset("bitshuffle", data=data, chunks=(100,), **hdf5plugin.Bitshuffle())
    file["opaque"] = np.array([b"ab"], "V2")
    file.create_dataset("vlen int", shape=(2,), dtype=h5py.vlen_dtype("i4"))
    file["external"] = h5py.ExternalLink("other.h5", "/x")
    file["circle"] = h5py.SoftLink("/circle")
    file["dangling"] = h5py.SoftLink("/nowhere")
    file["group/itself"] = file.create_group("group") if "group" not in file else file["group"]
    layout = h5py.VirtualLayout(shape=(10,), dtype="i4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(10,))
    file.create_virtual_dataset("virtual", layout)


def encoded(node: h5py.Group | h5py.Dataset, kind: str, version: str = "0.2.0") -> h5py.Group | h5py.Dataset:
    node.attrs.update({"encoding-type": kind, "encoding-version": version})
    return node


def frame(file: h5py.File, name: str, index: list[str], columns: list[str]) -> h5py.Group:
    """A dataframe; whoever calls makes the columns."""
    group, texts = encoded(file.create_group(name), "dataframe"), h5py.string_dtype()
    group.attrs["_index"], group.attrs["column-order"] = "_index", np.array(columns, dtype=texts)
    encoded(group.create_dataset("_index", data=np.array(index, dtype=texts)), "string-array")
    return group


def small(file: h5py.File, columns: list[str]) -> h5py.Group:
    """An AnnData of 2 x 3; its `obs`."""
    encoded(file, "anndata", "0.1.0")
    encoded(file.create_dataset("X", data=numbers("f4", 6).reshape(2, 3)), "array")
    frame(file, "var", ["x", "y", "z"], [])
    return frame(file, "obs", ["a", "b"], columns)


def links(file: h5py.File) -> None:
    """An AnnData with links that lead somewhere: hard ones, soft ones, soft ones to soft ones, by names and by paths."""
    obs = small(file, ["c", "soft", "relative", "hard"])
    encoded(obs.create_dataset("c", data=np.array([5, 6])), "array")
    obs["soft"], obs["relative"], obs["hard"] = h5py.SoftLink("/obs/c"), h5py.SoftLink("./c"), obs["c"]
    layers = encoded(file.create_group("layers"), "dict", "0.1.0")
    layers["hard"], layers["soft"], layers["soft to soft"] = file["X"], h5py.SoftLink("/X"), h5py.SoftLink("soft")
    uns = encoded(file.create_group("uns"), "dict", "0.1.0")
    sparse = encoded(uns.create_group("matrix"), "csr_matrix", "0.1.0")
    sparse.attrs["shape"] = [2, 3]
    sparse["data"], sparse["indices"], sparse["indptr"] = np.array([1.5, 2.5], "f4"), np.array([2, 0], "i4"), np.array([0, 1, 2], "i4")
    layers["group"], uns["through a link"] = h5py.SoftLink("/uns/matrix"), h5py.SoftLink("/layers/group/data")


def unlinked(file: h5py.File) -> None:
    """What `links` makes, everything where its links lead to, as HDF5 itself follows them."""
    with h5py.File(io.BytesIO(), "w") as linked:
        links(linked)
        for name in linked:
            linked.copy(name, file, expand_soft=True)
        file.attrs.update(linked.attrs)


def broken_link(element: str, target: h5py.SoftLink | h5py.ExternalLink | str) -> Callable[[h5py.File], None]:
    """An AnnData with one link that leads nowhere, out of the file, or (a path) back to a group around it."""

    def fill(file: h5py.File) -> None:
        small(file, ["c"] if element == "obs/c" else [])
        parent, _, name = element.rpartition("/")
        if parent and parent not in file:
            encoded(file.create_group(parent), "dict", "0.1.0")
        if element in file:
            del file[element]
        (file[parent] if parent else file)[name] = file[target] if isinstance(target, str) else target

    return fill


def wide(file: h5py.File) -> None:
    """An AnnData whose `obs` has more columns than an object header can name, and attributes of every size in `uns`."""
    obs = small(file, [f"c{i}" for i in range(4100)])
    # Three arrays, each under many names: the file stays small.
    made = [encoded(obs.create_dataset(f"c{i}", data=np.array([i, i + 10])), "array") for i in range(3)]
    for i in range(3, 4100):
        obs[f"c{i}"] = made[i % 3]
    uns = encoded(file.create_group("uns"), "dict", "0.1.0")
    uns.attrs["numbers"], uns.attrs["matrix"] = np.arange(9000), np.arange(6000).reshape(2, 3000)
    uns.attrs["texts"] = np.array([f"text {i}" for i in range(300)], dtype=h5py.string_dtype())
    uns.attrs.update({f"a{i}": f"value {i}" for i in range(300)})


FILES: dict[str, tuple[Callable[[h5py.File], None], dict]] = {
    "types": (types, dict(libver=("earliest", "v108"))),
    "types_latest": (types, dict(libver="latest")),
    "spaces": (spaces, dict(libver=("earliest", "v108"))),
    "attributes": (attributes, dict(libver=("earliest", "v108"))),
    "attributes_latest": (attributes, dict(libver="latest")),
    "groups": (groups, dict(libver=("earliest", "v108"))),
    "groups_v108": (groups, dict(libver=("v108", "v108"))),
    "groups_latest": (groups, dict(libver="latest")),
    "user_block": (groups, dict(libver=("earliest", "v108"), userblock_size=1024)),
    "chunks": (chunks, dict(libver=("earliest", "v108"))),
    "chunks_v110": (chunks, dict(libver=("v110", "v110"))),
    "chunks_latest": (chunks, dict(libver="latest")),
    "small_chunks": (small_chunks, dict(libver=("earliest", "v108"))),
    "small_chunks_latest": (small_chunks, dict(libver="latest")),
    "plain_edges": (plain_edges, dict(libver="latest")),
    "filters": (filters, dict(libver=("earliest", "v108"))),
    "refused": (refused, dict(libver="latest")),
}

EARLIEST = dict(libver=("earliest", "v108"))

# Files that are kept compressed, and which a test looks at by itself.
PACKED: dict[str, tuple[Callable[[h5py.File], None], dict]] = {
    "wide": (wide, dict(libver="latest")),
    "links/good": (links, EARLIEST),
    "links/unlinked": (unlinked, EARLIEST),
    "links/good_latest": (links, dict(libver="latest")),
    **{
        f"links/{kind} {element.replace('/', ' ')}": (broken_link(element, target), EARLIEST)
        for element in ("X", "obs", "obs/c", "layers/l", "uns/u", "obsm/m")
        for kind, target in {
            "dangling": h5py.SoftLink("/nowhere/at all"),
            "circle": h5py.SoftLink(f"/{element}"),
            "external": h5py.ExternalLink("other.h5ad", "/X"),
        }.items()
    },
    **{f"links/cycle {group}": (broken_link(f"{group}/itself", f"/{group}"), EARLIEST) for group in ("uns", "layers", "obsm")},
    "links/cycle soft": (broken_link("uns/up", h5py.SoftLink("/uns")), EARLIEST),
    "links/cycle root": (broken_link("uns/root", "/"), EARLIEST),
}


def describe(dataset: h5py.Dataset) -> dict:
    """A dataset as the port should show it: bytes little-endian, text as text."""
    if dataset.shape is None:
        return {"shape": [], "dtype": str(dataset.dtype), "null": True}
    info = h5py.check_string_dtype(dataset.dtype)
    if dataset.size > 100_000:
        return {"shape": list(dataset.shape), "dtype": dataset.dtype.str, "tail": dataset[-2000:].tolist()}
    value = dataset[()]
    if info is not None and info.length is None:
        return {"shape": list(dataset.shape), "dtype": "string", "texts": [one.decode() for one in np.ravel(value)]}
    if dataset.dtype.names is not None:
        value = np.asarray(value)
        fields = [(n, packed(value[n])) for n in value.dtype.names]
        struct = np.zeros(value.shape, [(n, v.dtype) for n, v in fields])
        for n, v in fields:
            struct[n] = v
        return {"shape": list(value.shape), "dtype": [[n, v.dtype.str] for n, v in fields], **content(struct)}
    value = np.asarray(value)
    return {"shape": list(value.shape), "dtype": value.dtype.newbyteorder("<").str, **content(value.astype(value.dtype.newbyteorder("<")))}


def packed(column: np.ndarray) -> np.ndarray:
    if column.dtype.kind == "O":
        return np.array([one.decode() for one in column])
    return column.astype(column.dtype.newbyteorder("<"))


def content(array: np.ndarray) -> dict:
    """The bytes, or their digest where they are many."""
    data = np.ascontiguousarray(array).tobytes()
    return {"bytes": base64.b64encode(data).decode()} if len(data) < 200 else {"sha256": hashlib.sha256(data).hexdigest()}


def main() -> None:
    expected: dict[str, dict] = {}
    for name, (fill, options) in FILES.items():
        path = HERE / f"{name}.h5"
        path.unlink(missing_ok=True)
        with h5py.File(path, "w", **options) as file:
            fill(file)
        if name == "refused":
            continue
        found: dict[str, dict] = {}
        with h5py.File(path) as file:
            file.visititems(lambda key, node: found.__setitem__(key, describe(node)) if isinstance(node, h5py.Dataset) and node.dtype != h5py.ref_dtype else None)
        expected[name] = found
    for name, (fill, options) in PACKED.items():
        held, path = io.BytesIO(), HERE / f"{name}.h5.gz"
        with h5py.File(held, "w", **options) as file:
            fill(file)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(held.getvalue(), mtime=0))
    # What text h5py itself makes of padded text is its own; the zeros are ours.
    (HERE / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
