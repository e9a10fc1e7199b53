import socket

import pytest

from veil.adapters.webhook_sender import HttpWebhookSender
from veil.domain.errors import WebhookCallError, WebhookRefusedError
from veil.ports.webhooks import WebhookAnswer, WebhookCall
from veil.webhooks.reach import WebhookReach, read_networks

SECRET_QUERY = "token=do-not-tell"


def call_to(port, *, scheme="http", host="127.0.0.1"):
    headers = {"Content-Type": "application/json", "User-Agent": "Veil", "webhook-id": "evt_1_4"}
    return WebhookCall(f"{scheme}://{host}:{port}/hook?{SECRET_QUERY}", headers, b'{"task_id":1}')


def sender(**settings):
    return HttpWebhookSender(reach=WebhookReach(own_machine=True), **settings)


class Resolver:
    """Answers each question with the next of the given answers, and remembers the questions."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, host, port):
        self.asked.append((host, port))
        return self.answers.pop(0)


def test_the_receiver_gets_the_call_as_it_was_signed(receiver):
    server = receiver(200)

    answer = sender().send(call_to(server.port))

    assert answer == WebhookAnswer(200)
    [(path, headers, body)] = server.received
    assert (path, body) == (f"/hook?{SECRET_QUERY}", b'{"task_id":1}')
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["User-Agent"] == "Veil"
    assert headers["webhook-id"] == "evt_1_4"
    assert headers["Content-Length"] == "13"


def test_a_receiver_at_an_address_that_the_operator_named_is_called_without_tls(receiver):
    server = receiver(200)
    named = HttpWebhookSender(reach=WebhookReach(networks=read_networks(["127.0.0.1"])))

    assert named.send(call_to(server.port)).status == 200
    with pytest.raises(WebhookRefusedError):
        HttpWebhookSender().send(call_to(server.port, scheme="https"))


@pytest.mark.parametrize("status", [202, 400, 410, 500])
def test_the_status_is_returned_whatever_it_is(receiver, status):
    assert sender().send(call_to(receiver(status).port)).status == status


def test_the_wish_for_a_pause_is_returned(receiver):
    def busy(request):
        request.send_response(503)
        request.send_header("Retry-After", "120")
        request.end_headers()

    assert sender().send(call_to(receiver(busy).port)) == WebhookAnswer(503, "120")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(receiver, status):
    elsewhere = receiver(200)

    def redirect(request):
        request.send_response(status)
        request.send_header("Location", f"http://127.0.0.1:{elsewhere.port}/")
        request.end_headers()

    assert sender().send(call_to(receiver(redirect).port)).status == status
    assert elsewhere.received == []


def test_a_proxy_of_the_environment_is_ignored(receiver, monkeypatch):
    proxy, server = receiver(500), receiver(200)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    assert sender().send(call_to(server.port)).status == 200
    assert proxy.received == []


def test_a_huge_answer_costs_neither_time_nor_memory(receiver):
    def endless(request):
        request.send_response(200)
        request.end_headers()
        while not request.server.over.is_set():
            request.wfile.write(b"x" * 65536)

    # What is sent never ends, so an answer at all shows that it was not read to its end.
    assert sender().send(call_to(receiver(endless).port)).status == 200


def slow_head(request):
    while not request.server.over.wait(0.02):
        request.wfile.write(b"H")


def slow_headers(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    slow_head(request)


def slow_continue(request):
    while not request.server.over.wait(0.02):
        request.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def never(request):
    request.server.over.wait()


@pytest.mark.parametrize("answer", [slow_head, slow_headers, slow_continue, never])
def test_a_receiver_that_drips_or_never_answers_holds_the_call_for_its_time_only(receiver, answer):
    # What is sent never ends, so the error can come from the call's time only.
    with pytest.raises(WebhookCallError, match="took too long"):
        sender(total_seconds=0.5).send(call_to(receiver(answer).port))


def test_a_receiver_that_never_shakes_hands_holds_the_call_for_its_time_only(silent_port):
    with pytest.raises(WebhookCallError, match="took too long"):
        sender(connect_seconds=0.5).send(call_to(silent_port, scheme="https"))


def nonsense(request):
    request.wfile.write(b"\x00\xff nonsense\r\n\r\n")


def hang_up(request):
    request.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("answer", [nonsense, hang_up])
def test_no_answer_is_told_without_the_url(receiver, answer):
    with pytest.raises(WebhookCallError) as raised:
        sender().send(call_to(receiver(answer).port))

    assert "127.0.0.1" in str(raised.value)
    assert "do-not-tell" not in str(raised.value)


@pytest.mark.parametrize(("scheme", "status"), [("http", 413), ("http", 200), ("https", 413)])
def test_an_answer_that_comes_before_the_whole_body_was_sent_counts(early, server_tls, trusting_tls, scheme, status):
    port = early(status, server_tls if scheme == "https" else None)
    call = call_to(port, scheme=scheme, host="hook.example")
    # The report of a job with thousands of files, which no proxy buffers before it refuses it.
    long = WebhookCall(call.url, call.headers, b"{}" * 4_000_000)

    answer = sender(tls=trusting_tls, resolve=Resolver(["127.0.0.1"])).send(long)

    assert answer.status == status


def test_a_refused_connection_is_told_without_the_url(closed_port):
    with pytest.raises(WebhookCallError, match=r"^127\.0\.0\.1 refused the connection\.$"):
        sender().send(call_to(closed_port))


def test_a_name_that_does_not_exist_is_told_without_the_url():
    with pytest.raises(WebhookCallError, match=r"^The name nowhere\.invalid was not found\.$"):
        sender(resolve=_unknown).send(call_to(443, scheme="https", host="nowhere.invalid"))


def _unknown(host, port):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_what_is_not_public_is_not_even_connected_to(receiver):
    server = receiver(200)
    strict = HttpWebhookSender(resolve=Resolver(["127.0.0.1"]))

    with pytest.raises(WebhookRefusedError, match="not public"):
        strict.send(call_to(server.port, scheme="https", host="hook.example"))

    assert server.received == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1", "0x7f.1", "localhost"])
def test_no_spelling_of_this_machine_is_called(host):
    with pytest.raises(WebhookRefusedError):
        HttpWebhookSender().send(call_to(443, scheme="https", host=host))


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(receiver, server_tls, trusting_tls):
    server = receiver(200, tls=server_tls)
    rebinding = Resolver(["127.0.0.1"], ["169.254.169.254"])

    answer = sender(resolve=rebinding, tls=trusting_tls).send(call_to(server.port, scheme="https", host="hook.example"))

    assert answer.status == 200
    assert rebinding.asked == [("hook.example", server.port)]


def test_tls_names_the_host_and_checks_the_certificate_for_it(receiver, server_tls, trusting_tls):
    asked_for = []
    server_tls.sni_callback = lambda _connection, name, _context: asked_for.append(name)
    server = receiver(200, tls=server_tls)
    trusting = sender(resolve=Resolver(["127.0.0.1"]), tls=trusting_tls)

    answer = trusting.send(call_to(server.port, scheme="https", host="hook.example"))

    assert answer.status == 200
    assert asked_for == ["hook.example"]
    assert server.received[0][1]["Host"] == f"hook.example:{server.port}"


def test_a_certificate_for_another_name_is_refused(receiver, server_tls, trusting_tls):
    server = receiver(200, tls=server_tls)
    trusting = sender(resolve=Resolver(["127.0.0.1"]), tls=trusting_tls)

    with pytest.raises(WebhookCallError, match=r"certificate of other\.example is not valid"):
        trusting.send(call_to(server.port, scheme="https", host="other.example"))

    assert server.received == []


def test_a_certificate_of_an_unknown_authority_is_refused(receiver, server_tls):
    server = receiver(200, tls=server_tls)

    with pytest.raises(WebhookCallError, match="certificate"):
        sender(resolve=Resolver(["127.0.0.1"])).send(call_to(server.port, scheme="https", host="hook.example"))

    assert server.received == []


def test_a_family_of_addresses_that_does_not_work_is_passed_over(receiver):
    server = receiver(200)
    both = Resolver(["::1", "127.0.0.1"])

    assert sender(resolve=both).send(call_to(server.port, host="localhost")).status == 200
