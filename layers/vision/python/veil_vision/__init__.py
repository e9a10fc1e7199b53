"""Find people in pixels and hide them. Knows nothing of tasks, HTTP or clouds."""
