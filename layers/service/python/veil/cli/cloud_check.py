"""`veil cloud check`: whether a deployment does what a customer asks of it."""

import json
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.text import Text

from veil.adapters.deployment_check.checklist import Checklist, Outcome, Step
from veil.cli.cloud_stack import DEFAULT_STACK, REGION, StackOption
from veil.cli.console import out, printable
from veil.cli.passwords import PasswordStdinOption, read_password

EXAMPLE = "[dim]Example:[/]  veil cloud check https://api.example.com --user ana --region eu-central-1"
_COLOURS = {Outcome.OK: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "yellow"}
_LONGEST_NAME = 24


def _readable(url: str) -> str:
    """Return the address without a slash at its end. It gets the password, so only this machine may go without TLS."""
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in {("http", "127.0.0.1"), ("http", "localhost")}:
        raise typer.BadParameter("The address must begin with https://.")
    return url.rstrip("/")


def check(
    url: Annotated[
        str,
        typer.Argument(help="Address of the API: the stack's output ApiUrl.", callback=_readable, show_default=False),
    ],
    user: Annotated[str, typer.Option("--user", help="Who signs in.", show_default=False)],
    password_stdin: PasswordStdinOption = False,
    webhook: Annotated[
        str | None, typer.Option(help="Receiver of yours that is called once; it must confirm.", show_default=False)
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="API key by which a job is sent that costs nothing.", envvar="VEIL_KEY"),
    ] = None,
    patience: Annotated[float, typer.Option(help="Seconds that each task, and the webhook, may take.", min=1)] = 300,
    video: Annotated[bool, typer.Option("--video/--no-video", help="Whether a short clip is sent as well.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")] = False,
    region: Annotated[str | None, REGION] = None,
    stack: StackOption = DEFAULT_STACK,
) -> None:
    """Try a deployment: sign in, send a drawn photo by v2 and v1 and a short clip, fetch them back, delete them.

    Without --password-stdin the password is asked for. With credentials of the account, quotas and alarms are looked
    at as well; what cannot be asked is skipped and says why. Exit code 0 when no step failed, 1 when one did.
    """
    from veil.adapters.deployment_check.account import check_account
    from veil.adapters.deployment_check.check import check_api

    password = read_password(from_stdin=password_stdin, twice=False)
    checklist = Checklist((lambda _: None) if as_json else _print_line)
    check_api(checklist, url, user, password, webhook=webhook, key=key, with_video=video, patience_seconds=patience)
    check_account(checklist, url, stack=stack, region=region)
    if as_json:
        out.print(_document(url, checklist))
    raise typer.Exit(code=0 if checklist.passed else 1)


def _print_line(step: Step) -> None:
    outcome = (f"{step.outcome:8}", _COLOURS[step.outcome])
    out.print(Text.assemble(outcome, f"{step.name:{_LONGEST_NAME}}  ", printable(step.reason)))


def _document(url: str, checklist: Checklist) -> str:
    steps = [
        {"name": each.name, "outcome": each.outcome, "reason": each.reason, "seconds": each.seconds}
        for each in checklist.steps
    ]
    return json.dumps({"url": url, "passed": checklist.passed, "steps": steps}, indent=2)
