"""`veil serve`: the whole service on this machine."""

import os
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from veil.cli.console import err
from veil.cli.errors import CommandError
from veil.cli.options import (
    DEFAULT_CHECK_EVERY,
    DEFAULT_DATA,
    DEFAULT_ENCODER,
    DEFAULT_MAX_MEGAPIXELS,
    CheckEveryOption,
    DataOption,
    DeviceOption,
    EncoderOption,
    MaxMegapixelsOption,
    ModelsOption,
    PartialModelsOption,
    ProfileOption,
    chosen_device,
    models_to_look_with,
)
from veil.domain.credits import Prices
from veil.domain.device import Device, Provider
from veil.domain.policy import ObjectClass, Profile
from veil.settings import NodeSettings
from veil.webhooks.reach import WebhookReach, read_networks

EXAMPLE = "[dim]Example:[/]  VEIL_USER=ana VEIL_PASSWORD=... veil serve --data ./veil-data --port 8080"


class Auth(StrEnum):
    """Who may call."""

    ACCOUNTS = "accounts"
    NONE = "none"


def serve(
    data: DataOption = DEFAULT_DATA,
    host: Annotated[str, typer.Option(help="Address to listen on.", envvar="VEIL_HOST")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 lets the system choose.", envvar="VEIL_PORT", min=0, max=65535)
    ] = 8080,
    public_url: Annotated[
        str | None,
        typer.Option(help="Address that clients reach, if it is not http://HOST:PORT.", envvar="VEIL_PUBLIC_URL"),
    ] = None,
    trusted_proxies: Annotated[
        str,
        typer.Option(
            help="Addresses and networks of proxies, with commas, whose X-Forwarded-For is believed.",
            envvar="VEIL_TRUSTED_PROXIES",
            metavar="ADDRESS,...",
            show_default=False,
        ),
    ] = "",
    models: ModelsOption = None,
    allow_missing_models: PartialModelsOption = False,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes; default: one for every two cores.", min=1)
    ] = None,
    device: DeviceOption = "cpu",
    profile: ProfileOption = Profile.BALANCED,
    encoder: EncoderOption = DEFAULT_ENCODER,
    check_every: CheckEveryOption = DEFAULT_CHECK_EVERY,
    upload_limit: Annotated[
        int, typer.Option(help="Largest upload in megabytes; of a picture never more than 100.", min=1)
    ] = 4295,
    max_megapixels: MaxMegapixelsOption = DEFAULT_MAX_MEGAPIXELS,
    max_open_tasks: Annotated[
        int, typer.Option(help="Tasks that one owner may have at a time which have not ended.", min=1)
    ] = 5000,
    max_open_jobs: Annotated[
        int, typer.Option(help="Jobs that one API key may have at a time which have not ended.", min=1)
    ] = 1000,
    retention_days: Annotated[
        int | None,
        typer.Option(
            help="Days until a task that ended is deleted with its files; default: never.",
            envvar="VEIL_RETENTION_DAYS",
            min=1,
            max=3650,
        ),
    ] = None,
    auth: Annotated[
        Auth, typer.Option(help="Who may call: holders of an account, or everybody who reaches the address.")
    ] = Auth.ACCOUNTS,
    wait_seconds: Annotated[
        float, typer.Option(help="How long a synchronous upload (container mode) waits for its result.", min=0)
    ] = 300,
    allow_private_webhooks: Annotated[
        bool, typer.Option(help="For development: webhooks may go to this machine and over plain HTTP.")
    ] = False,
    webhook_networks: Annotated[
        str,
        typer.Option(
            help="Private networks, with commas, that webhooks may go into, there also over plain HTTP.",
            envvar="VEIL_WEBHOOK_NETWORKS",
            metavar="NETWORK,...",
            show_default=False,
        ),
    ] = "",
    jobs_folder: Annotated[
        Path | None,
        typer.Option(
            help="Folder that clients of Syntonym's backend API name files in, as /syntonym/jobs.",
            envvar="VEIL_JOBS_FOLDER",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    auto_approve: Annotated[
        bool, typer.Option(help="Jobs start without approval where their key has enough credits.")
    ] = False,
    price_image: Annotated[int, typer.Option(help="Credits that a picture of a job costs.", min=0)] = 1,
    price_video_second: Annotated[
        int, typer.Option(help="Credits that each second of a video of a job costs.", min=0)
    ] = 1,
    price_further_class: Annotated[
        int, typer.Option(help="Credits on top, as often, for each class beyond the first.", min=0)
    ] = 0,
) -> None:
    """Serve the API until stopped, keeping everything in one folder.

    GET /v1/status answers 200 once the service is ready. VEIL_USER and VEIL_PASSWORD create that account
    at start. The API reference is served at /docs, metrics at /metrics. With --auth none nobody signs in,
    as container clients expect: keep --host on this machine then, unless the network around it is yours.
    """
    from veil.node.service import serve_node

    folder = models_to_look_with(models, profile, list(ObjectClass), allow_missing=allow_missing_models)
    cores = os.cpu_count() or 1
    chosen_workers = workers or max(1, cores // 2)
    settings = NodeSettings(
        data=data,
        models=folder,
        host=host,
        port=port,
        public_url=checked_public_url(public_url) if public_url else None,
        trusted_proxies=checked_proxies(trusted_proxies),
        workers=chosen_workers,
        threads=max(1, cores // chosen_workers),
        device=_device_here(device),
        profile=profile,
        video_encoder=encoder,
        check_every=check_every,
        max_pixels=max_megapixels * 1_000_000,
        webhook_reach=WebhookReach(
            own_machine=allow_private_webhooks, networks=read_networks(filter(None, webhook_networks.split(",")))
        ),
        needs_sign_in=auth is Auth.ACCOUNTS,
        wait_seconds=wait_seconds,
        upload_limit_bytes=upload_limit * 1_000_000,
        max_open_tasks=max_open_tasks,
        max_open_jobs=max_open_jobs,
        retention_days=retention_days,
        prices=Prices(image=price_image, video_second=price_video_second, further_class=price_further_class),
        jobs_folder=jobs_folder,
        auto_approve=auto_approve,
    )
    serve_node(settings, first_account=_first_account(), announce=_announce)


def _device_here(text: str) -> Device:
    """Return the device that was asked for; workers that lack it would start again and again.

    Raises:
        CommandError: There is no such device.
        ModelsUnusableError: This installation cannot use it.
    """
    device = chosen_device(text)
    if device.provider is not Provider.CPU:
        # It loads ONNX Runtime, which the service itself does without.
        from veil.adapters.vision import require_device

        require_device(device)
    return device


def _announce(url: str, *, lacks_accounts: bool) -> None:
    """Tell a person at a terminal where to go; what reads the log finds the same there."""
    if not err.is_terminal:
        return
    err.print(f"Veil serves on {url}; for people: {url}/docs. Ctrl-C stops it.")
    if lacks_accounts:
        err.print("There is no account yet, so every call is answered 401. Make one: veil users add NAME --data DATA.")


def checked_public_url(text: str) -> str:
    """Return the address without a slash at its end.

    Raises:
        CommandError: It is no HTTP address with a host, so neither links nor the Host check could use it.
    """
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query + parts.fragment
    except ValueError:
        is_usable = False
    if not is_usable:
        raise CommandError(f"--public-url takes an address such as https://veil.example, not {text!r}.")
    return text.rstrip("/")


def checked_proxies(text: str) -> tuple[str, ...]:
    """Return the addresses and networks that the text names.

    Raises:
        CommandError: One is neither: what is mistyped would be believed from nobody, and nobody would be told apart.
    """
    proxies = tuple(filter(None, (each.strip() for each in text.split(","))))
    for each in proxies:
        try:
            ip_network(each)
        except ValueError as error:
            raise CommandError(f"--trusted-proxies takes addresses and networks; {error}.") from error
    return proxies


def _first_account() -> tuple[str, str] | None:
    name, password = os.environ.get("VEIL_USER"), os.environ.get("VEIL_PASSWORD")
    if bool(name) != bool(password):
        raise CommandError("Set both VEIL_USER and VEIL_PASSWORD, or neither.")
    return (name, password) if name and password else None
