"""The container image with the pixels in it: one Dockerfile, a target per lane."""

from typing import Any

from aws_cdk import aws_ecr_assets as ecr_assets

from infra import REPOSITORY
from infra.config import DeployConfig

DOCKERFILE = "functions/anonymizer/Dockerfile"
# Everything else stays out of the build context, so that editing it builds no new image.
_INPUTS = ("functions/anonymizer", "layers", "requirements/express.txt", "requirements/gpu.txt")


def image_asset(target: str, config: DeployConfig) -> dict[str, Any]:
    """Return the arguments that name the image of a target, for every construct that takes an asset."""
    packs = "street" if config.street_pack else ""
    return {
        "directory": str(REPOSITORY),
        "file": DOCKERFILE,
        "target": target,
        "build_args": {"MODEL_PACKS": packs, "MODELS_MIRROR": config.models_mirror},
        "platform": ecr_assets.Platform.LINUX_AMD64,
        "exclude": ["*", *(f"!{each}" for each in _INPUTS), "**/__pycache__", "**/*.egg-info"],
    }
