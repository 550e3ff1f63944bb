"""Executes the notebook in Deno's Jupyter kernel, and compares what it prints with the outputs that it holds.

    python tests/notebook/run.py [--write]

Needs nbclient, and Deno: `DENO` or `deno` on the path. The kernel is told of in a folder of its own: nothing is installed.
Numbers before a unit of memory or time may differ, everything else may not. `--write` keeps the new outputs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from queue import Empty

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).with_name("on_disk_concatenation.ipynb")
VARIABLE = re.compile(r"\d+(\.\d+)?(?= (MiB|s)\b)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    kept, fresh = (nbformat.read(NOTEBOOK, as_version=4) for _ in range(2))
    with tempfile.TemporaryDirectory(prefix="anncat-jupyter-") as folder:
        os.environ["JUPYTER_PATH"] = folder
        add_kernel(Path(folder))
        resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
        options = {"timeout": 120, "kernel_name": "anncat-deno", "coalesce_streams": True}
        PatientClient(fresh, resources=resources, **options).execute()  # raises where a cell does
    for cell in fresh.cells:
        cell.metadata.pop("execution", None)  # times of day
    if args.write:
        nbformat.write(fresh, NOTEBOOK)
    cells = [(old, new) for old, new in zip(kept.cells, fresh.cells, strict=True) if new.cell_type == "code"]
    unequal = [number for number, (old, new) in enumerate(cells, 1) if printed(old) != printed(new)]
    for number in unequal if not args.write else []:
        old, new = cells[number - 1]
        print(f"FAIL cell {number} prints\n{printed(new)}\ninstead of\n{printed(old)}")
    failed = 0 if args.write else len(unequal)
    print(f"{len(cells) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not cells else 0)


class PatientClient(NotebookClient):
    """Takes the outputs of a cell that Deno's kernel sends after it has said that it is idle again."""

    async def async_execute_cell(self, cell, cell_index, *args, **kwargs):
        executed = await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=0.5)
            except Empty:
                return executed
            if message["msg_type"] in {"execute_result", "display_data", "stream", "error"}:
                self.process_message(message, executed, cell_index)


def add_kernel(folder: Path) -> None:
    """What `deno jupyter --install` writes, in a place that goes away."""
    place = folder / "kernels" / "anncat-deno"
    place.mkdir(parents=True)
    argv = [os.environ.get("DENO", "deno"), "jupyter", "--kernel", "--conn", "{connection_file}"]
    (place / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Deno", "language": "typescript"}))


def printed(cell: nbformat.NotebookNode) -> str:
    """What a cell prints, whatever pieces it came in."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return VARIABLE.sub("#", "".join(texts))


if __name__ == "__main__":
    main()
