"""The API reference as one page that loads nothing from anywhere."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

from veil.contracts.document import TITLE, document_json

# Without `validatorUrl: null` the bundle would send the document's address to a public validator.
_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title API</title>
<style>$style</style>
</head>
<body>
<div id="reference"></div>
<script>$script</script>
<script>$start</script>
</body>
</html>
""")


_START = Template(
    """SwaggerUIBundle({dom_id: "#reference", spec: $document, validatorUrl: null, deepLinking: true});"""
)


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """The page as it is sent.

    Attributes:
        html: About 1.8 MB.
        policy: The Content-Security-Policy that makes the promise: a browser runs these scripts and this style by
            their checksums and no others, loads nothing, and calls nothing but this server.
    """

    html: str
    policy: str


@cache
def reference_page() -> ReferencePage:
    """Return the page. It depends on the code alone, so it is built once."""
    bundle = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    style = bundle.joinpath("swagger-ui.min.css").read_text(encoding="utf-8")
    script = bundle.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8")
    start = _START.substitute(document=document_json().replace("</", "<\\/"))
    html = _PAGE.substitute(title=TITLE, style=style, script=script, start=start)
    return ReferencePage(html, _policy(style, script, start))


def _policy(style: str, *scripts: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_checksum, scripts))}",
            f"style-src {_checksum(style)}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _checksum(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
