"""Event patterns, as EventBridge and Pipes match them, as far as the template uses them."""


def matches(pattern, event):
    """Say whether the event has everything that the pattern asks for."""
    for key, wanted in pattern.items():
        if not isinstance(event, dict) or key not in event:
            return False
        if wanted == [{"exists": True}]:
            continue
        if isinstance(wanted, dict):
            if not matches(wanted, event[key]):
                return False
        elif not any(_fits(each, event[key]) for each in wanted):
            return False
    return True


def _fits(wanted, value):
    if not isinstance(wanted, dict):
        return wanted == value
    ((operator, argument),) = wanted.items()
    return {"prefix": str.startswith, "suffix": str.endswith}[operator](str(value), argument)
