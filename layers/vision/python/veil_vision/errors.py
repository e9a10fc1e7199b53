"""Every way a picture or video can refuse to be anonymized, as one small tree.

VisionError
|- ImageError               the file is at fault
|  |- UnsupportedImageError
|  |- DefectiveImageError
|  |- ImageTooLargeError
|  |- FormatMismatchError
|- VideoError               the same of a video
|  |- UnsupportedVideoError
|  |- DefectiveVideoError
|  |  |- SegmentError
|  |- VideoTooLargeError
|- FindingsError            findings do not fit the file that is to be drawn again
|- ModelError               the installation is at fault
|  |- ModelMissingError
|  |- ModelCorruptError
|  |- DownloadError
|  |  |- NotThereError
|- VerificationError        the result could not be proven safe, so there is none
"""


class VisionError(Exception):
    """Base of everything this package raises on purpose."""


class ImageError(VisionError):
    """The file cannot be anonymized as it stands; another file can."""


class UnsupportedImageError(ImageError):
    """The bytes are not an image format Veil reads."""


class DefectiveImageError(ImageError):
    """The image is truncated or corrupt."""


class ImageTooLargeError(ImageError):
    """The image exceeds the byte or pixel limit."""


class FormatMismatchError(ImageError):
    """The image does not have the size that the requested tiling format needs."""


class VideoError(VisionError):
    """The video cannot be anonymized as it stands; another one can."""


class UnsupportedVideoError(VideoError):
    """The bytes are no video that Veil reads, or the encoder asked for is not to be had."""


class DefectiveVideoError(VideoError):
    """The video is truncated, damaged or shows nothing."""


class SegmentError(DefectiveVideoError):
    """A segment of the video has other frames than its packets announce."""


class VideoTooLargeError(VideoError):
    """The video exceeds the byte or pixel limit."""


class FindingsError(VisionError):
    """Findings of an earlier run do not fit the file, or do not hold what is asked of them."""


class ModelError(VisionError):
    """The detector needed is not usable on this machine."""


class ModelMissingError(ModelError):
    """No installed model finds the requested class."""


class ModelCorruptError(ModelError):
    """A model file cannot be read, or does not have the checksum of the catalogue."""


class DownloadError(ModelError):
    """A model could not be fetched from its source."""


class NotThereError(DownloadError):
    """The server does not have the file."""


class VerificationError(VisionError):
    """The gate refused the result; nothing may be published."""
