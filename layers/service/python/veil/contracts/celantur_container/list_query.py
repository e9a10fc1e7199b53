"""The query of the container's list of tasks (contracts/celantur.md C.4)."""

from veil.http.numbered_pages import page_parameters

TASKS_PER_PAGE = 1000
TASK_LIST_QUERY = page_parameters(TASKS_PER_PAGE, "Tasks")
