"""Writes the zip files beside it: the first input of one case each, as zarr-python and as zip programs pack it.

    /path/to/python testdata/zip/make.py
"""

import asyncio
import zipfile
from pathlib import Path

import zarr
from zarr.core.buffer import default_buffer_prototype

HERE = Path(__file__).resolve().parent
CASES = HERE.parent / "cases"
SHARDED, LAYERS = CASES / "v3_sharded_small/inputs/0.zarr", CASES / "layers_kinds_inner_v2/inputs/0.zarr"


async def copy(source: Path, target: Path) -> None:
    store = await zarr.storage.ZipStore.open(target, mode="w", read_only=False)
    for file in sorted(source.rglob("*")):
        if file.is_file():
            buffer = default_buffer_prototype().buffer.from_bytes(file.read_bytes())
            await store.set(str(file.relative_to(source)), buffer)
    store.close()


def pack(source: Path, target: Path, folder: str, method: int) -> None:
    with zipfile.ZipFile(target, "w", method) as archive:
        for file in sorted(source.rglob("*")):
            info = zipfile.ZipInfo.from_file(file, f"{folder}{file.relative_to(source)}")
            info.date_time = (2020, 1, 1, 0, 0, 0)
            if file.is_dir():
                archive.writestr(info, b"")
            else:
                # From a stream, so that sizes come after the entry and zip64 fields before it.
                info.compress_type = method
                with archive.open(info, "w", force_zip64=True) as entry:
                    entry.write(file.read_bytes())
        archive.comment = b"with a comment"


asyncio.run(copy(SHARDED, HERE / "zarr_python.zarr.zip"))
pack(SHARDED, HERE / "deflated_folder.zarr.zip", "0.zarr/", zipfile.ZIP_DEFLATED)
pack(LAYERS, HERE / "deflated_v2.zarr.zip", "", zipfile.ZIP_DEFLATED)
