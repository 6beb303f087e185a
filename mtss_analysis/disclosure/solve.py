"""Linear programmes in the form that the attack and the search for patterns need."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from mtss_analysis.disclosure.relations import FloatArray

_NODE_LIMIT = 2000


def solve_equations(
    *, cost: FloatArray, matrix: csr_array, right: FloatArray, low: FloatArray, high: FloatArray, whole: bool
) -> FloatArray | None:
    """Find the cheapest numbers within limits that satisfy all equations.

    Parameters
    ----------
    cost : (n,) float array
        Price of one unit of each number.
    matrix : (m, n) sparse array
        Coefficients of the equations.
    right : (m,) float array
        Right-hand sides.
    low, high : (n,) float arrays
        Limits; infinite for none.
    whole : bool
        Whether the numbers must be whole.

    Returns
    -------
    (n,) float array, or None
        None where the solver proved no optimum: within a fixed number of steps, so that the answer does not
        depend on the machine's speed.

    References
    ----------
    Huangfu and Hall, "Parallelizing the dual revised simplex method", Math. Prog. Comp. 10 (2018), 119-142:
    HiGHS, called through ``scipy.optimize.milp``.
    """
    solved = milp(
        cost,
        constraints=LinearConstraint(matrix, right, right) if matrix.shape[0] else None,
        integrality=np.full(len(cost), 1 if whole else 0),
        bounds=Bounds(low, high),
        options={"node_limit": _NODE_LIMIT},
    )
    return np.asarray(solved.x, dtype=np.float64) if solved.status == 0 else None
