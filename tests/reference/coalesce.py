"""What `--merge coalesce` makes of several values along the joined axis: for every name the first that is not missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from frames import concat_frames, reindexed_frame
from options import Options


def coalesce_frames(frames: list[pd.DataFrame], names: pd.Index) -> pd.DataFrame:
    columns = dict.fromkeys(name for frame in frames for name in frame)
    return pd.DataFrame({name: _column([f[[name]] for f in frames if name in f], names) for name in columns}, index=names)


def _column(frames: list[pd.DataFrame], names: pd.Index) -> pd.Series:
    """Types are those of the same columns one after the other, with a row without the column where a name has no value."""
    if len(frames) == 1:
        return reindexed_frame(frames[0], names).iloc[:, 0]
    if all(frame.index.equals(names) for frame in frames):
        holes = pd.Index([])
    else:
        holes = names.difference(pd.Index([name for frame in frames for name in frame.index]), sort=False)
    parts = [*frames, pd.DataFrame(index=holes)] if len(holes) else frames
    tall = concat_frames(parts, Options(join="outer")).iloc[:, 0]
    if frames[0].index.has_duplicates:  # then all are the same, and go position by position
        places = np.arange(len(tall)).reshape(len(frames), -1).T
    else:
        owners: dict[str, list[int]] = {name: [] for name in names}
        for place, name in enumerate(name for part in parts for name in part.index):
            if name in owners:
                owners[name].append(place)
        places = owners.values()
    is_missing = tall.isna().to_numpy()
    chosen = [next((place for place in own if not is_missing[place]), own[0]) for own in places]
    return tall.iloc[chosen].set_axis(names)


def coalesce_arrays(arrays: list[tuple[pd.Index, np.ndarray]], names: pd.Index) -> np.ndarray:
    """Whole rows: that of the first input which has the name, NaN in it or not."""
    dtype = np.result_type(*[array.dtype for _, array in arrays])
    known = set().union(*[index for index, _ in arrays])
    if any(name not in known for name in names):
        dtype = dtype if dtype.kind in "fc" else np.dtype("f8")
    if len(arrays) == 1 and len(arrays[0][0]) == 0 and len(names):
        dtype = np.dtype("f8")
    result = np.full((len(names), *arrays[0][1].shape[1:]), np.nan if dtype.kind in "fc" else 0, dtype)
    for index, array in reversed(arrays):
        if index.equals(names):
            result[:] = array
            continue
        places = names.get_indexer(index)
        result[places[places >= 0]] = array[places >= 0]
    return result
