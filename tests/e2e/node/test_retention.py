"""A node that is told how long to keep things."""

from veil.adapters.sqlite.database import microseconds


def test_a_task_whose_time_is_over_is_gone_with_its_files_and_others_stay(node, eventually):
    node.environment |= {"VEIL_RETENTION_DAYS": "7"}
    client = node.start(until_ready=False).ana()
    old, young = (client.create() for _ in range(2))
    for task in (old, young):
        client.upload(task, b"not a picture")
        client.ended(task["task_id"])
    node.kill()
    stores = node.stores()
    aged = microseconds(stores.tasks.get(old["customer_id"], old["task_id"]).updated_at) - 7 * 24 * 3600 * 1_000_000
    with stores.database.writing() as connection:
        connection.execute("UPDATE tasks SET ended_at = ? WHERE task_id = ?", (aged, old["task_id"]))

    client = node.start(until_ready=False).ana()

    assert eventually(lambda: node.log("expired"))[0]["tasks"] == 1
    assert client.call("GET", f"/v2/task/{old['task_id']}").status_code == 400
    assert client.call("GET", f"/v2/task/{young['task_id']}").json()["failure_cause"] == "CONTENT_TYPE_ERROR"
