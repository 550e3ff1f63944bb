"""The flags of `anncat concat`, as one value: to arguments, from arguments, to `anndata.concat`."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, fields, replace


STRATEGIES = ("same", "unique", "first", "only")


@dataclass(frozen=True)
class Options:
    axis: str = "obs"
    join: str = "inner"
    merge: str | None = None
    uns_merge: str | None = None
    label: str | None = None
    keys: tuple[str, ...] | None = None
    index_unique: str | None = None
    fill_value: int | float | None = None
    pairwise: bool = False
    sparse_layout: str = "auto"
    zarr_format: int | None = None
    chunks: str | None = None
    shards: str | None = None
    codec: str | None = None
    workers: int | None = None
    memory: str | None = None

    @property
    def alt_axis(self) -> str:
        return "var" if self.axis == "obs" else "obs"

    def to_args(self) -> list[str]:
        """Only what differs from the default; `--flag=value`, so that values may start with a dash."""
        args: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            flag = "--" + field.name.replace("_", "-")
            if field.name == "keys":
                args += _key_args(value)
            elif value is True:
                args.append(flag)
            else:
                args.append(f"{flag}={value}")
        return args

    @classmethod
    def from_args(cls, args: list[str]) -> Options:
        return cls.from_namespace(argument_parser().parse_args(args))

    @classmethod
    def from_namespace(cls, parsed: argparse.Namespace) -> Options:
        values = {field.name: getattr(parsed, field.name) for field in fields(cls)}
        return cls(**values)

    def concat_kwargs(self) -> dict:
        """The keyword arguments of `anndata.concat`."""
        names = ("axis", "join", "merge", "uns_merge", "label", "index_unique", "fill_value", "pairwise")
        kwargs = {name: getattr(self, name) for name in names}
        kwargs |= {name: None for name in ("merge", "uns_merge") if kwargs[name] not in STRATEGIES}
        return kwargs | {"keys": None if self.keys is None else list(self.keys)}

    def without(self, name: str) -> Options:
        default = next(field.default for field in fields(self) if field.name == name)
        return replace(self, **{name: default})

    def changed(self) -> list[str]:
        """Names of the options that are not at their default."""
        return [name for name, value in asdict(self).items() if value != getattr(Options(), name)]


def argument_parser(**kwargs) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False, **kwargs)
    parser.add_argument("--axis", default="obs", type=_axis)
    parser.add_argument("--join", default="inner", choices=["inner", "outer"])
    parser.add_argument("--merge", choices=[*STRATEGIES, "coalesce"])
    parser.add_argument("--uns-merge", choices=[*STRATEGIES, "nest"])
    parser.add_argument("--label")
    parser.add_argument("--keys", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--key", dest="keys", action=_AppendKey)
    parser.add_argument("--index-unique")
    parser.add_argument("--fill-value", type=parse_fill_value)
    parser.add_argument("--pairwise", action="store_true")
    parser.add_argument("--sparse-layout", default="auto", choices=["auto", "csr", "csc"])
    parser.add_argument("--zarr-format", type=int, choices=[2, 3])
    for name in ("chunks", "shards", "codec", "memory"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--workers", type=int)
    return parser


def parse_fill_value(text: str) -> int | float:
    """`1` and `1.0` are both the integer 1: a command line and JavaScript tell them not apart."""
    value = float(text)
    return int(value) if value.is_integer() else value


class _AppendKey(argparse.Action):
    def __call__(self, _parser, namespace, value, _flag=None):
        namespace.keys = (*(namespace.keys or ()), value)


def _axis(text: str) -> str:
    return {"0": "obs", "1": "var"}.get(text, text)


def _key_args(keys: tuple[str, ...]) -> list[str]:
    if any("," in key or key == "" for key in keys) or not keys:
        return [f"--key={key}" for key in keys]
    return ["--keys=" + ",".join(keys)]
