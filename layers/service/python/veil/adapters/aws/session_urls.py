"""The URLs that take uploads of jobs: our own signature, because one of AWS's lives as long as its credentials."""

from veil.adapters.folders.secrets import InstallationSecret, Purpose
from veil.adapters.folders.signed_urls import SESSION_FORM, SignedUrls
from veil.ports.clock import Clock


def session_urls(install_key_secret: str, clock: Clock, *, base_url: str = "") -> SignedUrls:
    """Return who signs and verifies them, with a key made of the secret of this name.

    Args:
        install_key_secret: Its name in Secrets Manager.
        clock: Tells when a URL's time is over.
        base_url: Where clients reach the API; needed only by whoever hands URLs out.
    """
    from aws_lambda_powertools.utilities import parameters  # it loads the SDK, which nothing else does at import

    secret = InstallationSecret(str(parameters.get_secret(install_key_secret)).encode())
    return SignedUrls(base_url, secret.key_for(Purpose.UPLOAD_SESSIONS), clock, form=SESSION_FORM)
