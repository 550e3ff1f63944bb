"""Writes promotions.json: numpy's `result_type` of every pair of number types.

    python tests/promotions.py
"""

import json
from pathlib import Path

import numpy as np

TYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
)

table = {a: {b: np.result_type(a, b).name for b in TYPES} for a in TYPES}
rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
Path(__file__).with_name("promotions.json").write_text(f"{{\n{rows}\n}}\n")
