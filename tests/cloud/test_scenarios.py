"""The scenarios that a node answers, answered by the cloud: the same HTTP client, another address."""

import os
import subprocess
import sys

import pytest

# One test, but a whole suite runs in it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SCENARIOS = "tests/e2e/scenarios"
ONLY_ON_A_NODE = {
    "test_v1_container.py": "the container's own mode is a node's",
    "test_classes.py::test_a_task_is_looked_at_as_hard_as_it_asks_for[form": "the container's own mode is a node's",
    "test_classes.py::test_a_profile_that_there_is_not_is_refused[form": "the container's own mode is a node's",
    "test_classes.py::test_each_class_has_a_threshold_and_a_kernel_size_of_its_own[form": "the container's own mode "
    "is a node's",
    "test_http.py::test_the_reference_works_offline": "the cloud serves no reference",
    "test_http.py::test_the_address_alone_leads_people_to_the_reference": "the cloud serves no reference",
    "test_http.py::test_a_slash_at_the_end_never_redirects[/docs/]": "the cloud serves no reference",
    "test_http.py::test_odd_paths_get_an_answer_in_the_usual_shape[/media/-403]": "files are at S3, not below the API",
    "test_http.py::test_odd_paths_get_an_answer_in_the_usual_shape[/v2/task/%3Fx%23y-404]": "the path stays encoded",
    "test_http.py::test_every_answer_has_an_id_of_its_own_and_does_not_say_what_serves": "AWS names its ids otherwise",
    "test_http.py::test_head_is_answered_like_get_without_a_body": "the template has no such method",
    "test_sign_in.py::test_other_methods_are_told_which_one_to_use": "the gateway knows of no method, and says 404",
    "test_http.py::test_a_browser_may_upload_and_read_the_answers": "moto has CORS rules of its own",
    "test_signed_urls.py::test_an_upload_url_downloads_nothing_and_a_download_url_takes_nothing": "S3 refuses in XML",
    "test_signed_urls.py::test_another_owner_or_task_in_the_path_opens_nothing": "S3 refuses in XML",
    "test_signed_urls.py::test_head_tells_the_size_and_sends_nothing": "S3 signs for one method, GET is not HEAD",
    "test_life_of_a_task.py::test_a_task_may_be_deleted_before_its_upload_which_is_then_refused": "S3 takes any "
    "upload; test_failures.py holds that it is deleted",
    "test_uploads.py::test_sending_the_same_again_succeeds_and_anything_else_is_refused": "S3 takes any upload",
    "test_uploads.py::test_an_upload_beyond_the_limit_is_refused_and_the_client_can_read_why": "S3 takes any size; "
    "the task then fails",
    "test_uploads.py::test_a_client_that_waits_for_100_continue_need_not_send_what_is_too_large": "S3 takes any size",
    "test_uploads.py::test_a_client_that_waits_for_100_continue_is_told_to_go_on": "its host is signed, and is not x",
    "test_uploads.py::test_a_json_body_beyond_64_kilobytes_is_refused_and_the_client_can_read_why": "the gateway's "
    "limit is 10 MB",
}


def test_the_cloud_answers_as_a_node_does(cloud, accounts, repository, tmp_path):
    told = {name: ":".join(account) for name, account in accounts.items()} | {"VEIL_E2E_URL": cloud.url}
    left_out = [f"--deselect={SCENARIOS}/{each}" for each in ONLY_ON_A_NODE]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", SCENARIOS, "-q", "--tb=short", f"--basetemp={tmp_path / 'run'}", *left_out],
        cwd=repository,
        env=os.environ | told,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert cloud.endpoint.denials == []
