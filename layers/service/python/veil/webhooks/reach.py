"""How far webhooks reach: public addresses, and what whoever runs the service adds to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from veil.domain.errors import VeilError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = ip_network("2000::/3")
# Public by the registries' tables (RFC 6890), yet they lead back inside or nowhere.
_INWARD = (
    ip_network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata service lives here
    ip_network("192.88.99.0/24"),  # 6to4 relays
    ip_network("168.63.129.16/32"),  # a cloud's host agent
    ip_network("2001::/23"),  # protocol assignments, Teredo among them
    ip_network("2002::/16"),  # 6to4: an IPv4 address inside
    ip_network("3fff::/20"),  # documentation
)
# Where people's own networks are (RFC 1918, 6598, 4193).
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
# Inside those, and yet a cloud's metadata and services of the machine itself.
_METADATA = tuple(
    map(ip_network, ("100.100.100.200/32", "fd00:ec2::/32", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128"))
)


class NetworkRefusedError(VeilError):
    """What was given is no network that webhooks could be sent into; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReach:
    """Which addresses are called besides public ones; by default none.

    Attributes:
        own_machine: For development: this machine too, also over plain HTTP and on any port.
        networks: Private networks and single addresses, from `read_networks`; there also over plain HTTP.
    """

    own_machine: bool = False
    networks: tuple[Network, ...] = ()

    def allows(self, address: Address) -> bool:
        """Say whether the address is called at all."""
        return self.allows_plain_http(address) or is_public(address)

    def allows_plain_http(self, address: Address) -> bool:
        """Say whether the address is called without TLS as well: nobody outside hears it."""
        return (self.own_machine and address.is_loopback) or any(_reaches(each, address) for each in self.networks)

    @property
    def has_plain_http(self) -> bool:
        """Whether some address is called without TLS."""
        return self.own_machine or bool(self.networks)

    @property
    def has_own_machine(self) -> bool:
        """Whether some address of this machine is called."""
        return self.own_machine or any(each.is_loopback for each in self.networks)


PUBLIC_ONLY = WebhookReach()


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks, such as `192.168.0.0/16`, or single addresses that the texts name.

    Raises:
        NetworkRefusedError: One is no network, or a wide one that is not private: what leads to this machine, to its
            neighbours on the link or to a cloud's metadata is allowed only address by address.
    """
    return tuple(map(_read, texts))


def is_public(address: Address) -> bool:
    """Say whether the address is one that anybody on the internet reaches.

    Of IPv6 only global unicast is, so mapped, translated (NAT64) and unique local addresses are not.
    """
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    inward = any(address in network for network in _INWARD)
    return address.is_global and not address.is_multicast and not inward


def _read(text: str) -> Network:
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        raise NetworkRefusedError(f"{text!r} is no network such as 192.168.0.0/16: {error}.") from error
    address = network.network_address
    if not _is_single(network) and not any(_is_inside(network, each) for each in _PRIVATE):
        raise NetworkRefusedError(f"{network} is not within a private network; others are named address by address.")
    nowhere = address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback)
    if nowhere or is_public(address):
        raise NetworkRefusedError(f"{address} is public, or leads to no single machine.")
    return network


def _reaches(network: Network, address: Address) -> bool:
    return address in network and (_is_single(network) or not any(address in each for each in _METADATA))


def _is_single(network: Network) -> bool:
    return network.num_addresses == 1


def _is_inside(network: Network, outer: Network) -> bool:
    return network.network_address in outer and network.broadcast_address in outer
