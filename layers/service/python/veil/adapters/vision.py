"""The anonymizer of every shape: the vision layer's pipelines behind the service's contract.

What works on videos is imported by the first of them: FFmpeg with all around it takes a tenth of a run for one photo.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from veil.adapters.failure_causes import causes_named
from veil.adapters.media_files import is_video
from veil.adapters.models import ModelsUnusableError, installed_cards
from veil.adapters.picture_results import write_picture
from veil.adapters.pixel_budget import PixelBudget
from veil.adapters.recipes import recipe_of
from veil.adapters.rendering import changes_of, findings_in
from veil.adapters.video_options import VideoOptions
from veil.domain.device import CPU, Device
from veil.domain.image_size import weight
from veil.domain.policy import ObjectClass, Policy, Profile
from veil.ports.anonymizer import Anonymized, Checkpoints, Found, Progress, Sink
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for
from veil_vision.detect.families import open_detector
from veil_vision.errors import ImageTooLargeError, VisionError
from veil_vision.hide.recipe import Recipe
from veil_vision.image.containers import read_header
from veil_vision.image.header import ImageHeader, ImageLimits
from veil_vision.models.catalogue import ModelFolder, segmenter_catalogue
from veil_vision.models.device import Device as VisionDevice
from veil_vision.models.device import Provider as VisionProvider
from veil_vision.models.sessions import required_provider
from veil_vision.pipelines.image import Anonymized as Result
from veil_vision.pipelines.image import anonymize_image
from veil_vision.segment import Segmenter, open_segmenter

# Of plain colour: what all threads work on at once takes as much memory as one such picture at the limit.
PIXELS_AT_ONCE = 200_000_000
MEGA = 1_000_000


class VisionAnonymizer:
    """Anonymizes local files with the models of a folder. Threads share it."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        segmenter: Segmenter | None = None,
        profile: Profile = Profile.BALANCED,
        limits: ImageLimits | None = None,
        max_room: int | None = None,
        videos: VideoOptions | None = None,
    ) -> None:
        """Use the given detectors.

        Args:
            detectors: Of them, each profile takes its own.
            segmenter: Shows the outlines of persons and vehicles; without one their boxes are hidden.
            profile: For policies that leave it open.
            limits: The vision layer's own unless others are given.
            max_room: Pictures that take as much memory as more pixels of plain colour do not fit; None for any.
            videos: How videos are worked on.
        """
        self._detectors = detectors
        self._segmenter = segmenter
        self._profile = profile
        self._limits = limits or ImageLimits()
        self._max_room = max_room
        self._videos = videos or VideoOptions()
        self._budget = PixelBudget(PIXELS_AT_ONCE)

    @classmethod
    def open(
        cls,
        models: Path,
        *,
        threads: int,
        device: Device = CPU,
        profile: Profile = Profile.BALANCED,
        max_pixels: int = ImageLimits().max_pixels,
        max_room: int | None = None,
        videos: VideoOptions | None = None,
    ) -> "VisionAnonymizer":
        """Take every installed model that a profile takes; policies that name no profile get the given one.

        Each is opened when it first looks.

        Images of more than `max_pixels` are refused before they are decoded, as are those that take as much memory as
        more than `max_room` pixels of plain colour.

        Raises:
            ModelsUnusableError: One is damaged, or the device is not available here.
        """
        folder = ModelFolder(models)
        try:
            where = _vision_device(device)
            detectors = [open_detector(card, folder, device=where, threads=threads) for card in installed_cards(folder)]
            segmenter, limits = _segmenter(folder, where, threads), _limits_of(max_pixels)
            return cls(detectors, segmenter=segmenter, profile=profile, limits=limits, max_room=max_room, videos=videos)
        except VisionError as error:
            raise ModelsUnusableError(str(error)) from error

    @property
    def classes(self) -> frozenset[ObjectClass]:
        """The classes that an installed model finds."""
        return frozenset(ObjectClass(each) for detector in self._detectors for each in detector.classes)

    def without_outlines(self) -> "VisionAnonymizer":
        """Return one that finds the same and hides persons and vehicles by their boxes."""
        return VisionAnonymizer(
            self._detectors,
            profile=self._profile,
            limits=self._limits,
            max_room=self._max_room,
            videos=self._videos,
        )

    def models_for(self, policy: Policy) -> list[str]:
        """Return the names of the models that look by a policy."""
        recipe = self.recipe_for(policy)
        names = [detector.name for detector in detectors_for(recipe, self._detectors)]
        if self._segmenter and not recipe.targets.keys().isdisjoint(self._segmenter.classes):
            names.append(self._segmenter.name)
        return names

    @property
    def identity(self) -> str:
        """The models in use, by checksum."""
        segmenters = [self._segmenter.sha256] if self._segmenter else []
        return ",".join(sorted([*(detector.sha256 for detector in self._detectors), *segmenters]))

    def anonymize(self, source: Path, sink: Sink, policy: Policy, progress: Progress) -> Anonymized:
        """Write the results into the sink and tell about them.

        Raises:
            AnonymizationError: There is no result that may be published; it names the cause.
            StaleTaskError: `progress` raised it.
        """
        with causes_named():
            if is_video(source):
                return self._video(source, sink, policy, progress)
            return write_picture(self.result_for(_read(source, self._limits), policy, progress), source, sink)

    def _video(self, source: Path, sink: Sink, policy: Policy, progress: Progress) -> Anonymized:
        from veil.adapters.videos import anonymize_video_file

        recipe, options = self.recipe_for(policy), self._videos
        return anonymize_video_file(
            source,
            sink,
            policy,
            progress,
            recipe=recipe,
            detectors=self._detectors,
            segmenter=self._segmenter,
            options=options,
        )

    def look(self, source: Path, policy: Policy, progress: Progress, checkpoints: Checkpoints) -> None:
        """Look at the segments of a video that are the caller's, for whoever anonymizes it.

        Raises:
            AnonymizationError: It cannot be looked at; it names the cause.
            StaleTaskError: `progress` raised it.
        """
        from veil.adapters.videos import look_at_video_file

        recipe, options = self.recipe_for(policy), self._videos
        with causes_named():
            look_at_video_file(
                source,
                policy,
                progress,
                checkpoints,
                recipe=recipe,
                detectors=self._detectors,
                segmenter=self._segmenter,
                options=options,
            )

    def render(self, source: Path, found: Found, sink: Sink, policy: Policy, progress: Progress) -> Anonymized:
        """Write the results again from the findings of an earlier run, by another policy, without looking again.

        Raises:
            AnonymizationError: There is no result that may be published; it names the cause.
            StaleTaskError: `progress` raised it.
        """
        from veil.adapters.videos import render_video_file
        from veil_vision.pipelines.render import render_image

        with causes_named():
            findings, changes, recipe = findings_in(found.findings), changes_of(found.changes), self.recipe_for(policy)
            if not is_video(source):
                data = _read(source, self._limits)
                with self._room_for(data, progress):
                    made = render_image(data, findings, recipe, self._detectors, changes=changes)
                return write_picture(made, source, sink)
            return render_video_file(
                source,
                sink,
                findings,
                changes,
                policy,
                progress=progress,
                recipe=recipe,
                detectors=self._detectors,
                options=self._videos,
            )

    def recipe_for(self, policy: Policy) -> Recipe:
        """Return the policy in terms of pixels."""
        return recipe_of(policy, self._limits, self._profile)

    def result_for(self, data: bytes, policy: Policy, progress: Progress) -> Result:
        """Return what the pipeline makes of an image file; a large one waits until there is room for it.

        Raises:
            VisionError: There is no result that may be published.
            StaleTaskError: `progress` raised it.
        """
        with self._room_for(data, progress):
            return anonymize_image(data, self.recipe_for(policy), self._detectors, self._segmenter)

    @contextmanager
    def _room_for(self, data: bytes, progress: Progress) -> Iterator[None]:
        room = room_of(read_header(data, limits=self._limits))
        if self._max_room is not None and room > self._max_room:
            raise ImageTooLargeError(
                f"the picture takes as much memory as {room // MEGA} megapixels of plain colour, and there is room for "
                f"{self._max_room // MEGA}; make it smaller, or save it without transparency and with 8 bits"
            )
        with self._budget.taken(room):
            # The wait may have been long: nobody may want the picture any more.
            progress.report(0.0)
            yield


def room_of(header: ImageHeader) -> int:
    """Return how many pixels of plain colour take as much memory as the picture."""
    each = weight(channels=header.channels, bit_depth=header.bit_depth, is_transparent=header.is_transparent)
    return header.width * header.height * each


def _limits_of(max_pixels: int) -> ImageLimits:
    """Return the limits of pictures of so many pixels: files may have half a byte for each, at least as usual."""
    usual = ImageLimits()
    return ImageLimits(max_pixels=max_pixels, max_bytes=max(usual.max_bytes, max_pixels // 2))


def require_device(device: Device) -> None:
    """Refuse what no model can run on here.

    Raises:
        ModelsUnusableError: This installation lacks what the device needs.
    """
    try:
        required_provider(_vision_device(device))
    except VisionError as error:
        raise ModelsUnusableError(str(error)) from error


def _vision_device(device: Device) -> VisionDevice:
    return VisionDevice(VisionProvider(device.provider), device.index)


def _read(source: Path, limits: ImageLimits) -> bytes:
    """Return the file's bytes, but never more than the limits allow."""
    if source.stat().st_size > limits.max_bytes:
        raise ImageTooLargeError(f"the file is larger than {limits.max_bytes} bytes")
    return source.read_bytes()


def _segmenter(folder: ModelFolder, device: VisionDevice, threads: int) -> Segmenter | None:
    """Return the first segmenter of the catalogue that is installed."""
    installed = (card for card in segmenter_catalogue() if folder.has(card))
    card = next(installed, None)
    return open_segmenter(card, folder, device=device, threads=threads) if card else None
