"""The API reference as one page that loads nothing from anywhere."""

from functools import cache
from importlib.resources import files
from string import Template

from veil.http.openapi import TITLE, openapi_json

# The policy makes the promise: a browser refuses whatever is not in the page or on this server. Without
# `validatorUrl: null` the bundle would send the document's address to a public validator.
_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'">
<title>$title API</title>
<style>$style</style>
</head>
<body>
<div id="reference"></div>
<script>$script</script>
<script>
SwaggerUIBundle({dom_id: "#reference", spec: $document, validatorUrl: null, deepLinking: true});
</script>
</body>
</html>
""")


@cache
def reference_page() -> str:
    """Return the page, about 1.7 MB of HTML. It depends on the code alone, so it is built once."""
    bundle = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    return _PAGE.substitute(
        title=TITLE,
        style=bundle.joinpath("swagger-ui.min.css").read_text(encoding="utf-8"),
        script=bundle.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        document=openapi_json().replace("</", "<\\/"),
    )
