"""Least squares with absorbed effects, kept as an orthonormal basis for the covariance estimators."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import (
    CodeArray,
    FloatArray,
    IdArray,
    number_groups,
    read_floats,
    sum_by_group,
)

COLLINEAR_SHARE = 1e-8
"""A column is taken as given by others when less than this share of its length is left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastSquares:
    """A least-squares fit of ``p`` columns, after absorbing the effects of one grouping.

    Parameters
    ----------
    names : tuple of str
        Names of the columns.
    coefficients : (p,) float array
        In the unit of the outcome per unit of the column.
    basis : (n, p) float array
        Orthonormal basis of the columns, once the absorbed effects are taken out.
    root : (p, p) float array
        Upper triangular; ``basis @ root`` is the design, once the absorbed effects are taken out.
    root_inverse : (p, p) float array
        Inverse of ``root``.
    residuals : (n,) float array
        In the unit of the outcome.
    absorbed : (n,) int array or None
        Group number of each row in the absorbed grouping.
    n_absorbed : int
        How many effects were absorbed.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    basis: FloatArray
    root: FloatArray
    root_inverse: FloatArray
    residuals: FloatArray
    absorbed: CodeArray | None
    n_absorbed: int

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.residuals.size)

    @property
    def df_residual(self) -> int:
        """Rows less the parameters estimated, absorbed effects included."""
        return self.n - len(self.names) - self.n_absorbed

    def rotate(self, contrasts: FloatArray) -> FloatArray:
        """Express contrasts of the coefficients in the orthonormal basis, as a ``(p, q)`` array."""
        return np.asarray(self.root_inverse.T @ contrasts, dtype=np.float64)


def fit_least_squares(
    *, outcome: FloatArray, design: FloatArray, names: Sequence[str], absorb: IdArray | None = None
) -> LeastSquares:
    """Fit ordinary least squares, taking the effects of one grouping out first if asked to.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, p) float array
        Columns of the model, the constant included unless effects are absorbed.
    names : sequence of str
        ``p`` names of the columns.
    absorb : (n,) array, optional
        Group of each row whose effect is absorbed, such as the school.

    Returns
    -------
    LeastSquares
        Coefficients of the ``p`` columns, as if a dummy column per absorbed group had been added.

    Raises
    ------
    TooFewError
        No more rows than parameters, or a column that others give: the message names it.

    References
    ----------
    Frisch & Waugh (1933), Econometrica 1, 387-401; Lovell (1963), JASA 58, 993-1010.
    """
    values = read_floats(outcome, ndim=1, what="outcome")
    columns = read_floats(design, ndim=2, what="design")
    n, p = columns.shape
    if values.shape != (n,):
        raise ValueError(f"outcome has {values.size} rows and design {n}")
    if len(names) != p or len(set(names)) != p:
        raise ValueError(f"design has {p} columns; names must be as many, all different")
    codes, n_absorbed = (None, 0) if absorb is None else number_groups(absorb, n=n, what="absorb")
    if n <= p + n_absorbed:
        raise TooFewError(f"there are {n} rows for the {p + n_absorbed} numbers that the model estimates")
    lengths = np.linalg.norm(columns, axis=0)
    if codes is not None:
        columns = subtract_group_means(columns, codes=codes, n_groups=n_absorbed)
        values = subtract_group_means(values[:, None], codes=codes, n_groups=n_absorbed)[:, 0]
    basis, root = np.linalg.qr(columns)
    _check_rank(root=root, lengths=lengths, names=names, absorbed=codes is not None)
    root_inverse = np.linalg.inv(root)
    coefficients = root_inverse @ (basis.T @ values)
    return LeastSquares(
        names=tuple(names),
        coefficients=coefficients,
        basis=basis,
        root=root,
        root_inverse=root_inverse,
        residuals=values - columns @ coefficients,
        absorbed=codes,
        n_absorbed=n_absorbed,
    )


def subtract_group_means(values: FloatArray, *, codes: CodeArray, n_groups: int) -> FloatArray:
    """Subtract from each row its group's mean.

    Parameters
    ----------
    values : (n, p) float array
        Columns.
    codes : (n,) int array
        Group number of each row.
    n_groups : int
        How many groups there are; none is empty.

    Returns
    -------
    FloatArray
        ``(n, p)``.
    """
    sizes = np.bincount(codes, minlength=n_groups)
    means = sum_by_group(values, codes=codes, n_groups=n_groups) / sizes[:, None]
    return np.asarray(values - means[codes], dtype=np.float64)


def _check_rank(*, root: FloatArray, lengths: FloatArray, names: Sequence[str], absorbed: bool) -> None:
    left = np.abs(np.diag(root))
    collinear = np.flatnonzero(left <= COLLINEAR_SHARE * np.maximum(lengths, np.finfo(np.float64).tiny))
    if collinear.size == 0:
        return
    column = int(collinear[0])
    name = names[column]
    if lengths[column] == 0:
        raise TooFewError(f"“{name}” is zero in every row")
    own_length = float(np.linalg.norm(root[:, column]))
    if absorbed and own_length <= COLLINEAR_SHARE * lengths[column]:
        raise TooFewError(f"“{name}” does not vary within the groups that are compared")
    others = ", ".join(f"“{other}”" for other in names[:column]) or "the groups that are compared"
    raise TooFewError(f"“{name}” cannot be told apart from {others}")
