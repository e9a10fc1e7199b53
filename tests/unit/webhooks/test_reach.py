"""Which networks an operator can open to webhooks."""

from ipaddress import ip_address

import pytest

from veil.webhooks.reach import NetworkRefusedError, WebhookReach, read_networks

SPECIAL = ["127.0.0.1", "::1", "169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254", "192.0.0.192"]


def reach(*networks):
    return WebhookReach(networks=read_networks(networks))


@pytest.mark.parametrize("text", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"])
def test_a_private_network_is_taken(text):
    assert reach(text).allows(read_networks([text])[0][9])


@pytest.mark.parametrize("address", SPECIAL)
def test_this_machine_and_metadata_stay_closed_in_every_network_that_can_be_named(address):
    everything = reach("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")

    assert not everything.allows(ip_address(address))


@pytest.mark.parametrize("address", SPECIAL)
def test_a_single_address_can_be_named_whatever_it_is(address):
    assert reach(address).allows_plain_http(ip_address(address))


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "127.0.0.0/8", "169.254.0.0/16", "fe80::/10", "192.0.0.0/8"])
def test_a_wide_network_that_is_not_private_is_refused(text):
    with pytest.raises(NetworkRefusedError, match="address by address"):
        read_networks([text])


@pytest.mark.parametrize("text", ["8.8.8.8", "224.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::ffff:169.254.169.254"])
def test_what_is_public_or_no_machine_is_refused(text):
    with pytest.raises(NetworkRefusedError, match="no single machine"):
        read_networks([text])


@pytest.mark.parametrize("text", ["lan", "192.168.0.1/16", "10.0.0.0/33", ""])
def test_what_is_no_network_is_refused_by_name(text):
    with pytest.raises(NetworkRefusedError, match="is no network such as"):
        read_networks([text])
