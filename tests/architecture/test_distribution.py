"""Several processes run the suite; what shares something costly stays in one of them."""


def test_processes_are_told_which_tests_stay_together(request):
    told = request.node.nodeid.endswith("@tests/architecture/test_distribution.py")

    assert told == request.config.getoption("loadgroup", default=False)
