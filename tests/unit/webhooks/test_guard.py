import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.domain.errors import WebhookRefusedError
from veil.webhooks.guard import WebhookTarget, check_webhook_url, checked_addresses, read_webhook_url
from veil.webhooks.reach import PUBLIC_ONLY, WebhookReach, is_public, read_networks

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::8.8.8.8",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OWN_MACHINE = WebhookReach(own_machine=True)
LAN = WebhookReach(networks=read_networks(["192.168.0.0/16", "fd12::/48"]))
EXAMPLE = WebhookTarget("https", "example.com", 443, "/")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(address):
    assert is_public(ipaddress.ip_address(address))
    assert checked_addresses(EXAMPLE, [address], reach=PUBLIC_ONLY) == (ipaddress.ip_address(address),)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_never_called(address):
    with pytest.raises(WebhookRefusedError, match="not public"):
        checked_addresses(EXAMPLE, [address], reach=PUBLIC_ONLY)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_the_development_setting_allows_this_machine_and_nothing_else(address):
    if ipaddress.ip_address(address).is_loopback:
        assert checked_addresses(EXAMPLE, [address], reach=OWN_MACHINE)
    else:
        with pytest.raises(WebhookRefusedError, match="not public"):
            checked_addresses(EXAMPLE, [address], reach=OWN_MACHINE)


@given(value=st.integers(0, 2**128 - 1))
def test_no_ipv6_address_outside_global_unicast_is_public(value):
    address = ipaddress.IPv6Address(value)

    assert value >> 125 == 1 or not is_public(address)


@pytest.mark.parametrize("others", [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["2606:4700::1111", "::1"]])
def test_one_address_that_is_not_public_refuses_the_whole_name(others):
    with pytest.raises(WebhookRefusedError):
        checked_addresses(EXAMPLE, others, reach=PUBLIC_ONLY)


def test_a_name_without_addresses_is_refused():
    with pytest.raises(WebhookRefusedError, match="no address"):
        checked_addresses(EXAMPLE, [], reach=PUBLIC_ONLY)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", WebhookTarget("https", "example.com", 443, "/")),
        ("https://EXAMPLE.com/Hook?param=test", WebhookTarget("https", "example.com", 443, "/Hook?param=test")),
        ("https://a.example:8443/?a=1&a=%26#part", WebhookTarget("https", "a.example", 8443, "/?a=1&a=%26")),
        ("https://example.com?q", WebhookTarget("https", "example.com", 443, "/?q")),
        ("https://8.8.8.8/x", WebhookTarget("https", "8.8.8.8", 443, "/x")),
        ("https://[2606:4700::1111]/x", WebhookTarget("https", "2606:4700::1111", 443, "/x")),
        ("https://xn--mnchen-3ya.example/", WebhookTarget("https", "xn--mnchen-3ya.example", 443, "/")),
        ("https://my_hook.example/", WebhookTarget("https", "my_hook.example", 443, "/")),
    ],
)
def test_a_good_url_keeps_its_path_and_query(url, target):
    assert read_webhook_url(url, reach=PUBLIC_ONLY) == target


REFUSED_ALWAYS = [
    "",
    "example.com",
    "//example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://",
    "https:///path",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://example.com@10.0.0.1/",
    "https://example.com\\@10.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://1.2.3.4.5/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:169.254.169.254]/",
    "https://[fe80::1%25eth0]/",
    "https://[2606:4700::1111%25eth0]/",
    "https://[::1/",
    "https://a..example/",
    "https://-a.example/",
    "https://" + "a" * 64 + ".example/",
    "https://m\u00fcnchen.example/",
    "https://ex%61mple.com/",
    "https://example.com/a b",
    "https://example.com/\r\nX-Injected: 1",
    "https://exam\tple.com/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:port/",
    "https://example.com/" + "a" * 2048,
]


@pytest.mark.parametrize("reach", [PUBLIC_ONLY, OWN_MACHINE, LAN])
@pytest.mark.parametrize("url", REFUSED_ALWAYS)
def test_a_url_that_tricks_or_leads_inside_is_refused(url, reach):
    with pytest.raises(WebhookRefusedError):
        check_webhook_url(url, reach=reach)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "https://127.0.0.1/hook",
        "https://[::1]:9000/hook",
        "http://localhost/hook",
        "https://dev.localhost/hook",
        "https://example.com:22/",
        "https://example.com:80/",
    ],
)
def test_only_the_development_setting_allows_this_machine_plain_http_and_any_port(url):
    check_webhook_url(url, reach=OWN_MACHINE)

    with pytest.raises(WebhookRefusedError):
        check_webhook_url(url, reach=PUBLIC_ONLY)


def test_even_the_development_setting_sends_nothing_in_the_clear_to_another_machine():
    target = read_webhook_url("http://example.com/", reach=OWN_MACHINE)

    with pytest.raises(WebhookRefusedError, match="https"):
        checked_addresses(target, ["8.8.8.8"], reach=OWN_MACHINE)
    with pytest.raises(WebhookRefusedError, match="https"):
        check_webhook_url("http://8.8.8.8/", reach=OWN_MACHINE)


@pytest.mark.parametrize("url", ["http://192.168.7.9/hook", "https://192.168.7.9:8443/", "http://[fd12::5]:9000/"])
def test_a_network_that_was_named_is_called_also_over_plain_http(url):
    target = read_webhook_url(url, reach=LAN)

    assert checked_addresses(target, [target.host], reach=LAN)
    with pytest.raises(WebhookRefusedError):
        check_webhook_url(url, reach=PUBLIC_ONLY)


@pytest.mark.parametrize("address", [each for each in NOT_PUBLIC if each != "192.168.1.1"])
def test_a_network_that_was_named_opens_no_other_one(address):
    with pytest.raises(WebhookRefusedError, match="not public"):
        checked_addresses(EXAMPLE, [address], reach=LAN)


def test_a_name_is_called_without_tls_only_when_it_leads_into_a_network_that_was_named():
    target = read_webhook_url("http://receiver.lan/", reach=LAN)

    assert checked_addresses(target, ["192.168.1.1"], reach=LAN)
    for addresses in (["8.8.8.8"], ["192.168.1.1", "8.8.8.8"]):
        with pytest.raises(WebhookRefusedError, match="https"):
            checked_addresses(target, addresses, reach=LAN)


@pytest.mark.parametrize("url", ["http://192.168.7.9:22/", "https://192.168.7.9:80/"])
def test_a_network_that_was_named_has_its_ports_guarded_still(url):
    with pytest.raises(WebhookRefusedError, match="port"):
        check_webhook_url(url, reach=LAN)


def test_a_refusal_does_not_repeat_what_may_be_a_secret():
    with pytest.raises(WebhookRefusedError) as refused:
        check_webhook_url("https://user:pass@example.com/?token=do-not-tell", reach=PUBLIC_ONLY)

    assert str(refused.value) == "The webhook is refused. It must not contain a user name or password."


@given(url=st.text(max_size=60) | st.text(max_size=30).map("https://{}".format))
def test_any_text_is_either_refused_or_read(url):
    try:
        target = read_webhook_url(url, reach=PUBLIC_ONLY)
    except WebhookRefusedError:
        pass
    else:
        assert target.host.isascii()
        assert target.path.startswith("/")
