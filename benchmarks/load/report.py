"""The model's answers as the tables of docs/operations.md."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.load import limits, loads, scenarios
from benchmarks.load.limits import Kind, Limit
from benchmarks.load.loads import BURST_FACTOR, LOADS, Load
from benchmarks.load.scenarios import Delay, Outcome, outcome
from benchmarks.load.settings import SPARE, Settings, recommended
from infra import costs

FULL = 0.7


@dataclass(frozen=True, slots=True)
class Answers:
    """What is asked of each load: as deployed, as recommended, and all on the GPU lane."""

    default: Outcome
    recommended: Outcome
    on_gpu: Outcome


def answers(load: Load) -> Answers:
    """Run the model for one load."""

    def suited(*, tasks_on_gpu: bool) -> Settings:
        return recommended(
            load.per_second, load.per_second * BURST_FACTOR, load.work, tasks_on_gpu=tasks_on_gpu or load.is_video
        )

    best = outcome(load, suited(tasks_on_gpu=False))
    on_gpu = outcome(load, suited(tasks_on_gpu=True)) if best.settings.express else best
    return Answers(outcome(load, Settings(express=not load.is_video)), best, on_gpu)


def tables() -> str:
    """Return all tables as Markdown."""
    found = [answers(load) for load in LOADS]
    parts = (_bends(), _fullest(found), _settings(found), _quotas(found), _results(found), _inputs())
    return "\n\n".join(parts)


def _bends() -> str:
    by_name = {
        each.name: each for express in (False, True) for each in limits.limits(Settings(express=express), costs.Work())
    }
    rows = (
        (
            each.name, f"{each.holds:,.0f}", f"{each.tasks_per_minute:,.0f}", each.kind, each.advice,
            each.source or "-",
        )
        for each in sorted(by_name.values(), key=lambda each: each.tasks_per_minute)
    )  # fmt: skip
    return _table(
        "Limit of a fresh deployment | holds | images a minute | moved by | what to do | read in", rows, "-rr---"
    )


def _fullest(found: Sequence[Answers]) -> str:
    rows = (
        (
            each.default.load.name,
            *(f"{limit.name}, {each.default.used(limit):,.0%}" for limit in each.default.limits[:4]),
        )
        for each in found
    )
    return _table("Load, as deployed | bends first | then | then | then", rows)


def _settings(found: Sequence[Answers]) -> str:
    asked: Sequence[tuple[str, Callable[[Settings], str]]] = (
        ("lane of the images", lambda each: "express" if each.express else "GPU (`express_max_megapixels=0`)"),
        ("`express_concurrency`", lambda each: f"{each.express_concurrency}"),
        ("`gpu_max_vcpus`", lambda each: f"{each.gpu_max_vcpus}"),
        ("`requests_per_second`", lambda each: f"{each.requests_per_second}"),
        ("`waf_requests_per_5_minutes`, one sender", lambda each: f"{each.waf_requests_per_5_minutes}"),
        ("`uploads_at_once`", lambda each: f"{each.uploads_at_once}"),
        ("`webhooks_at_once`", lambda each: f"{each.webhooks_at_once}"),
    )
    suited = [Settings(), *(each.recommended.settings for each in found)]
    rows = ((name, *map(shown, suited)) for name, shown in asked)
    names = " | ".join(each.default.load.name for each in found)
    return _table(f"Setting | default | {names}", rows, "-" + "r" * len(suited))


def _quotas(found: Sequence[Answers]) -> str:
    rows = [
        (each.default.load.name, limit.name, f"{limit.holds:,.0f}", _needed(each.recommended, limit), limit.advice)
        for each in found
        for limit in each.recommended.limits
        if limit.kind in {Kind.QUOTA, Kind.FIXED} and each.recommended.used(limit, burst=True) > FULL
    ]
    rows += [
        (
            each.default.load.name, "EC2: vCPUs of G instances, Spot", "0",
            f"{each.recommended.settings.gpu_max_vcpus:,}", "ask before the first task",
        )
        for each in found
        if not each.recommended.settings.express
    ]  # fmt: skip
    return _table("Load, as recommended | does not suffice | holds | needed | what to do", rows, "--rr-")


def _needed(result: Outcome, limit: Limit) -> str:
    return f"{limit.holds * result.used(limit, burst=True) * SPARE:,.0f}"


def _results(found: Sequence[Answers]) -> str:
    rows = []
    for each in found:
        named = [("as deployed", each.default), ("as recommended", each.recommended)]
        if each.recommended.settings.express:
            named.append(("on the GPU lane", each.on_gpu))
        rows += [(result.load.name, name, *_result(result)) for name, result in named]
    return _table(
        "Load | deployment | steady, p50 / p95 | burst | a day in a night | USD per 1,000 images or hour of video "
        "| USD a month | largest price",
        rows,
        "--rrrrr-",
    )


def _result(result: Outcome) -> Sequence[str]:
    per_unit = result.usd_per_unit * (1 if result.load.is_video else 1000)
    month = f"{result.usd_per_month:,.0f}" if result.keeps_up else "-"
    delays = (_shown(pattern, result) for pattern in ("steady", "burst", "night"))
    return (*delays, f"{per_unit:.2f}", month, _largest(result))


def _largest(result: Outcome) -> str:
    lines = result.bill
    largest = max(lines, key=lambda line: line.usd)
    return f"{largest.what}, {largest.usd / costs.total(lines):.0%}"


def _shown(pattern: str, result: Outcome) -> str:
    if not result.keeps_up:
        return "no end"
    delay: Delay = result.delays[pattern]
    return f"{_time(delay.median)} / {_time(delay.p95)}"


def _time(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}" if seconds >= 10 * size else f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _inputs() -> str:
    work = costs.Work()
    rows = (
        (
            "12 megapixels, all four classes, with masks, 1.7 processors",
            f"{costs.EXPRESS_SECONDS} s",
            "measured (Zen 4)",
        ),
        ("Written units an image", f"{costs.WRITE_UNITS}", "measured (decision 0006)"),
        (
            "Requests, events, objects, sign-ins an image",
            f"{costs.API_REQUESTS}, {costs.TASK_EVENTS}, {costs.OBJECT_EVENTS // 2}, 1/{limits.IMAGES_PER_SIGN_IN}",
            "counted; requests and sign-ins assumed",
        ),
        ("Express lane, an image", f"{work.express_seconds} s", "assumed: 1.5 times that, and 0.5 s"),
        (
            "An API request, an upload judged, a webhook called",
            f"{work.request_seconds}, {work.upload_seconds}, {work.webhook_seconds} s",
            "assumed",
        ),
        ("GPU, an image", f"{work.gpu_seconds} s", "assumed, never measured"),
        ("GPU, an hour of video", f"{work.gpu_hours_video_hour} h", "assumed, never measured, not built"),
        (
            "A machine's start, its idle end, machines more a minute",
            f"{scenarios.MACHINE_START_SECONDS} s, {scenarios.MACHINE_IDLE_SECONDS} s, "
            f"{scenarios.MACHINES_MORE_A_MINUTE}",
            "assumed",
        ),
        ("Spot", f"{costs.SPOT_SHARE:.0%} of on demand, nothing taken away", "assumed"),
        (
            "Calls of a queue: at first, more a minute",
            f"{scenarios.CALLS_AT_FIRST}, {scenarios.CALLS_MORE_A_MINUTE}",
            "docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
        ),
        ("Kept for a month", f"{work.stored_mb:.0f} MB an image, {work.video_hour_gb:.0f} GB an hour", "assumed"),
        ("Arrivals", f"by chance, seed {loads.SEED}", "-"),
    )
    return _table("Input | value | from", rows)


def _table(head: str, rows: Iterable[Sequence[str]], sides: str = "") -> str:
    names = head.split(" | ")
    rule = " | ".join("--:" if side == "r" else "---" for side in sides.ljust(len(names), "-"))
    lines = [head, rule, *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
