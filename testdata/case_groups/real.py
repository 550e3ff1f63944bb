"""Real data: scanpy's pbmc68k_reduced (700 cells, 765 genes), split into batches."""

from __future__ import annotations

from collections.abc import Iterator

import anndata as ad
import scanpy
from scipy import sparse
from stores import Style

from .recipe import Recipe, recipe

COLUMNS = ["bulk_labels", "n_genes", "percent_mito", "phase"]
STYLES = (
    Style(2, chunk=4000, codec="blosc-zstd"),
    Style(3, chunk=20000, codec="zstd"),
    Style(3, chunk=5000, shard=4, codec="zstd"),
)


def recipes() -> Iterator[Recipe]:
    counts = _log_counts()
    yield recipe("pbmc_batches_outer", "three batches of cells with other genes, csr, csc and csr", list(_batches(counts, ("csr", "csc", "csr"))), join="outer", label="batch", index_unique="-")
    yield recipe("pbmc_batches_inner_mixed", "the same with a dense batch", list(_batches(counts, ("csr", "dense", "csc"))), join="inner", label="batch")
    yield recipe("pbmc_genes_var", "two sets of genes on axis var", list(_gene_sets(counts)), axis="var", join="outer", label="panel")


def _log_counts() -> ad.AnnData:
    """The log-normalised expression (raw), the genes that X keeps, a few columns."""
    pbmc = scanpy.datasets.pbmc68k_reduced()
    genes = pbmc.var[["n_counts", "highly_variable"]]
    return ad.AnnData(sparse.csr_matrix(pbmc.raw[:, pbmc.var_names].X), obs=pbmc.obs[COLUMNS], var=genes)


def _batches(counts: ad.AnnData, kinds: tuple[str, ...]) -> Iterator[tuple[ad.AnnData, Style]]:
    parts = (counts[:120, :400], counts[120:200, 300:600], counts[200:320, 500:100:-1])
    for part, kind, style in zip(parts, kinds, STYLES, strict=True):
        yield _as_kind(part.copy(), kind), style


def _gene_sets(counts: ad.AnnData) -> Iterator[tuple[ad.AnnData, Style]]:
    yield _as_kind(counts[:150, :200].copy(), "csc"), STYLES[0]
    yield _as_kind(counts[200:80:-1, 200:350].copy(), "csc"), STYLES[2]


def _as_kind(part: ad.AnnData, kind: str) -> ad.AnnData:
    part.X = {"csr": part.X.tocsr, "csc": part.X.tocsc, "dense": part.X.toarray}[kind]()
    return part
