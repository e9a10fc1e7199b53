"""Who goes with whom at the least total cost: the Hungarian method by shortest augmenting paths.

Published as Jonker and Volgenant, A shortest augmenting path algorithm, Computing 38, 1987. SciPy has the same
(`linear_sum_assignment`) and is what the tests hold this against; decision 0025 says why it is not installed for it.
"""

import numpy as np
from numpy.typing import NDArray


def assign(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return pairs (row, column) of least total cost, as many as the shorter side has. Costs must be finite."""
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assign(costs.T))
    cheapest = costs.argmin(axis=1).tolist() if costs.size else []
    if len(set(cheapest)) == len(costs):
        # Nobody wants what another one wants, as mostly: no path has to be found.
        return list(enumerate(cheapest))
    row_of = _solve(costs)
    return sorted((int(row_of[column]) - 1, column - 1) for column in range(1, len(row_of)) if row_of[column])


def _solve(costs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the row of each column, both counted from 1; 0 for none. Column 0 is where a path starts."""
    rows, columns = costs.shape
    row_prices, column_prices = np.zeros(rows + 1), np.zeros(columns + 1)
    row_of = np.zeros(columns + 1, dtype=np.intp)
    for row in range(1, rows + 1):
        row_of[0] = row
        column, came_from = _shortest_path(costs, row_of, row_prices, column_prices)
        while column:
            row_of[column] = row_of[came_from[column]]
            column = int(came_from[column])
    return row_of


def _shortest_path(
    costs: NDArray[np.float64],
    row_of: NDArray[np.intp],
    row_prices: NDArray[np.float64],
    column_prices: NDArray[np.float64],
) -> tuple[int, NDArray[np.intp]]:
    """Return the free column nearest to the waiting row, and by which column each was reached; adapts the prices."""
    least = np.full(len(row_of), np.inf)
    came_from = np.zeros(len(row_of), dtype=np.intp)
    visited = np.zeros(len(row_of), dtype=np.bool_)
    column = 0
    while True:
        visited[column] = True
        row = row_of[column]
        reduced = np.append(np.inf, costs[row - 1] - row_prices[row] - column_prices[1:])
        better = ~visited & (reduced < least)
        least[better], came_from[better] = reduced[better], column
        column = int(np.argmin(np.where(visited, np.inf, least)))
        step = least[column]
        row_prices[row_of[visited]] += step
        column_prices[visited] -= step
        least[~visited] -= step
        if not row_of[column]:
            return column, came_from
