"""How much one owner may ask of a node."""


def test_an_owner_may_have_only_so_many_unfinished_tasks(new_node, portrait):
    node = new_node("--max-open-tasks", "2").start(until_ready=False)
    client = node.ana()
    tasks = [client.create() for _ in range(2)]

    created = client.request_task()
    uploaded = client.call("POST", "/v1/file?face=true", data=portrait, headers={"Authorization": client.token})
    client.call("DELETE", f"/v2/task/{tasks[0]['task_id']}")

    text = (
        "You have 2 unfinished tasks, which is the limit of this service. Please wait until some have ended, or delete"
    )
    assert created.json() == {"status_code": 429, "error": f"Could not create task. {text} some."}
    assert uploaded.json() == {"status_code": 429, "error": f"Could not take the file. {text} some."}
    assert client.request_task().status_code == 200
    node.close()
