from veil.node.disk_space import why_no_room


def test_a_disk_with_room_is_no_reason(tmp_path):
    assert why_no_room(tmp_path, 1) is None


def test_a_disk_without_room_is_told_with_both_numbers(tmp_path):
    why = why_no_room(tmp_path, 10**24)

    assert why.startswith("The disk is full: ")
    assert why.endswith(f"less than {10**18}.")
