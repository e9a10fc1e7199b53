"""Days of log retention as CDK names them."""

from aws_cdk import aws_logs as logs

_days = logs.RetentionDays
_RETENTION = {
    1: _days.ONE_DAY,
    7: _days.ONE_WEEK,
    14: _days.TWO_WEEKS,
    30: _days.ONE_MONTH,
    60: _days.TWO_MONTHS,
    90: _days.THREE_MONTHS,
    180: _days.SIX_MONTHS,
    365: _days.ONE_YEAR,
}


def retention(days: int) -> logs.RetentionDays:
    """Return CDK's name for a number of days that `DeployConfig.log_days` takes."""
    return _RETENTION[days]
